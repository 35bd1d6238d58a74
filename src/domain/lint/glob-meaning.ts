import { dotsMeant, withEscapedDots, withoutGlobStars } from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import type { Mended } from '../providers/provider.ts';
import { escapedPattern } from '../written-policy.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** Longer values match nothing. */
const MAX_MENDED_CHARACTERS = 2000;
const ONE_PART = '[^/:]+';
/** Stands for a star while a text is put right: no name of anybody's. */
const STAR = 'Zq7star';

/**
 * The pattern that the author of a glob means: each star one part, each dot a dot, and all in the form that the
 * provider's tokens have, so that nobody is told to write what the linter then finds something in.
 */
export function globAsPattern(policy: LintedPolicy, condition: Condition): string {
  const { text } = condition;
  const isPlain = !/[\\()[\]|+?{]|\*/.test(withoutGlobStars(text, ''));
  const plain = isPlain
    ? text.split(/\*+/).map(escapedPattern).join(ONE_PART)
    : withoutGlobStars(withEscapedDots(text, dotsMeant(text)), ONE_PART);
  return isPlain ? (inProvidersForm(policy, condition) ?? plain) : plain;
}

function inProvidersForm(policy: LintedPolicy, { of, claim, text }: Condition): string | undefined {
  const { provider, beside } = policy;
  if (provider === undefined || text.length > MAX_MENDED_CHARACTERS) return undefined;
  const filled = withoutGlobStars(text, STAR).replace(/^\^|\$$/g, '');
  const bare: Mended = { by: 'value', text: filled };
  if (of === 'subject') {
    const forms = provider.usualSubject ?? provider.subject;
    // A star that stands for all that follows the name means any context, of which a branch is the one to name.
    const named = new RegExp(`^(repo:[^:]+):${STAR}$`).exec(filled)?.[1];
    return (named === undefined ? [bare, ...provider.mendSubject(filled)] : provider.mendSubject(named))
      .map(asPattern)
      .find((one) => policy.canPropose(one, 'pattern', forms));
  }
  const texts = claim === undefined ? undefined : provider.claims.get(claim);
  if (texts === undefined || claim === undefined) return undefined;
  const mended = provider.mendClaim?.(claim, filled, beside) ?? [];
  return [filled, ...mended]
    .map((one) => asPattern({ by: 'value', text: one }))
    .find((one) => policy.canPropose(one, 'pattern', texts));
}

function asPattern({ by, text }: Mended): string {
  return (by === 'pattern' ? text : escapedPattern(text)).replaceAll(STAR, ONE_PART);
}
