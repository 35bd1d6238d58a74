import { nearestName } from '../edit-distance.ts';
import { quoted } from '../fault.ts';
import { looksLikeGlob, plainTextOf, withoutAnchors } from '../pattern-style.ts';
import { DIGITS, UUID, type Grammar } from '../providers/grammar.ts';
import type { Provider } from '../providers/provider.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type Doubt, type LintRule } from './lint-rule.ts';
import type { ClaimCondition, LintedPolicy } from './linted-policy.ts';
import { templateIn } from './template-left.ts';

/** A pattern for a claim of the provider's that matches none of the texts which that claim can hold. */
export const claimNeverMatches: LintRule = (policy) => {
  const { provider } = policy;
  if (provider === undefined) return [];
  return policy.claimPatterns.flatMap((condition) => {
    const { claim, text, path, name } = condition;
    if (provider.objectClaims?.has(claim) === true) {
      const message = `${quoted(claim)} is an object in tokens of ${provider.name}, and no pattern matches one.`;
      return [warning('claim-never-matches', path, message, 'Take the line away, and say it with the subject.')];
    }
    const texts = provider.claims.get(claim);
    if (texts === undefined || isMistakenOtherwise(text)) return [];
    const message = `${name} never matches: ${provider.name} writes no such text there as ${quoted(text)}.`;
    const nearest = nearestUsual(condition, provider);
    if (nearest !== undefined) return [writeInstead(condition, message, nearest)];
    if (policy.sharesAsMeant(condition, texts)) return [];
    const meant = mendedClaim(policy, condition, provider, texts);
    return [
      meant === undefined
        ? warning('claim-never-matches', path, message, formOf(claim, texts, provider))
        : writeInstead(condition, message, meant),
    ];
  });
};

const MAX_TEXT_EDITS = 2;

/** The text that was meant, where a claim has usual texts and this is nearly one of them. */
function nearestUsual({ claim, text }: ClaimCondition, { usualTexts }: Provider): string | undefined {
  const usual = usualTexts?.get(claim);
  const plain = plainTextOf(text);
  if (usual === undefined || plain === undefined || usual.texts.includes(plain)) return undefined;
  const likely = plain.toLowerCase().replaceAll('-', '_');
  return usual.aliases.get(likely) ?? nearestName(likely, usual.texts, MAX_TEXT_EDITS);
}

function isMistakenOtherwise(text: string): boolean {
  return templateIn(text) !== undefined || looksLikeGlob(text);
}

/** What can stand there, for people. */
function formOf(claim: string, { source }: Grammar, { claimExamples }: Provider): string {
  const example = claimExamples?.get(claim);
  if (example !== undefined) return `Write it in this form: ${example}`;
  if (source === DIGITS) return 'Write its number: digits alone.';
  if (source === UUID) return 'Write its id: a UUID in small letters.';
  if (/^[\w-]+(?:\|[\w-]+)+$/.test(source)) return `Write one of: ${source.replaceAll('|', ', ')}.`;
  return 'Compare it with the claims of a real token.';
}

function writeInstead({ path, claim }: ClaimCondition, message: string, meant: string): Doubt {
  const advice = `Write: ${yamlText(claim)}: ${yamlText(meant)}`;
  return warning('claim-never-matches', path, message, advice, { path, value: meant });
}

function mendedClaim(
  policy: LintedPolicy,
  { claim, text }: ClaimCondition,
  { mendClaim }: Provider,
  texts: Grammar,
): string | undefined {
  const plain = plainTextOf(text);
  const bare = (plain ?? withoutAnchors(text)).trim();
  return [...(mendClaim?.(claim, bare, policy.beside) ?? []), bare, bare.toLowerCase(), ...flag(bare)]
    .map((mended) => (plain === undefined ? mended : escapedPattern(mended)))
    .find((mended) => policy.canPropose(mended, 'pattern', texts));
}

/** What YAML 1.1 and people write for a flag. */
function flag(text: string): readonly string[] {
  if (/^(?:y|yes|on|1|protected|verified)$/i.test(text)) return ['true'];
  return /^(?:n|no|off|0)$/i.test(text) ? ['false'] : [];
}
