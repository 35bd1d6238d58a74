import { quoted } from '../fault.ts';
import { looksLikeGlob, plainTextOf, withoutAnchors } from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import type { Grammar } from '../providers/grammar.ts';
import type { Provider } from '../providers/provider.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type Doubt, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';
import { templateIn } from './template-left.ts';

/** A pattern for a claim of the provider's that matches none of the texts which that claim can hold. */
export const claimNeverMatches: LintRule = (policy) => {
  const { provider } = policy;
  if (provider === undefined) return [];
  return policy.claimPatterns.flatMap((condition) => {
    const { claim = '', text, path, name } = condition;
    if (provider.objectClaims?.has(claim) === true) {
      const message = `${quoted(claim)} is an object in tokens of ${provider.name}, and no pattern matches one.`;
      return [warning('claim-never-matches', path, message, 'Take the line away, and say it with the subject.')];
    }
    const texts = provider.claims.get(claim);
    if (texts === undefined || isMistakenOtherwise(text) || policy.shares(condition, texts)) return [];
    const message = `${name} never matches: ${provider.name} writes no such text there as ${quoted(text)}.`;
    return [neverMatches(condition, message, mendedClaim(policy, condition, provider, texts))];
  });
};

function isMistakenOtherwise(text: string): boolean {
  return templateIn(text) !== undefined || looksLikeGlob(text);
}

function neverMatches({ path, claim = '' }: Condition, message: string, mended: string | undefined): Doubt {
  if (mended === undefined) {
    return warning('claim-never-matches', path, message, 'Compare it with the claims of a real token.');
  }
  const advice = `Write: ${yamlText(claim)}: ${yamlText(mended)}`;
  return warning('claim-never-matches', path, message, advice, { path, value: mended });
}

function mendedClaim(
  policy: LintedPolicy,
  { claim = '', text }: Condition,
  { mendClaim }: Provider,
  texts: Grammar,
): string | undefined {
  const plain = plainTextOf(text);
  return mendClaim?.(claim, plain ?? withoutAnchors(text))
    .map((mended) => (plain === undefined ? mended : escapedPattern(mended)))
    .find((mended) => mended !== text && policy.canPropose(mended, 'pattern', texts));
}
