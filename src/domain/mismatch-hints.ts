import { claimTexts, type Claims } from './claims.ts';
import { quoted } from './fault.ts';
import { looksLikeGlob, looksLikePattern, withoutGlobStars } from './pattern-style.ts';
import { MAX_MATCHED_CHARACTERS, MatchingSteps } from './pattern-matching.ts';
import { PatternText } from './pattern-text.ts';
import { Pattern } from './pattern.ts';
import { escapedPattern, inQuotes, yamlLine } from './written-policy.ts';
import type { FieldVerdict } from './trust-policy.ts';

export interface HintContext {
  /** The audience that names this service. */
  readonly serviceAudience: string;
  readonly isActionsIssuer: (issuer: string) => boolean;
}

/** A field that does not match, with the texts of the claim that it was tried on. */
interface Mismatch {
  readonly field: string;
  readonly isPattern: boolean;
  readonly expected: string;
  readonly actual: readonly string[];
}

/** A subject of GitHub Actions (GitHub, "OpenID Connect reference"): the repository by name, or with ids that never change. */
const ACTIONS_SUBJECT = /^repo:([^/@:]+)(?:@(\d+))?\/([^/@:]+)(?:@(\d+))?:(.*)$/s;
const IDS_IN_PATTERN = /@(?:\d+|\\d[+*]|\[0-9\][+*])/g;
const URL_SAFE = /^[A-Za-z0-9._~:/-]+$/;

/** Hints try patterns on texts, and a token's sender decides how many of each: what is beyond these gets no hint. */
const MAX_HINTED_TEXT = 1000;
const MAX_HINTED_TEXTS = 20;
/** Atoms of the patterns that are compiled for all hints of one answer: they take about a millisecond. */
const MAX_HINTED_ATOMS = 1000;
/** Classes beyond ASCII in one of them. */
const MAX_HINTED_WIDE_CLASSES = 4;
/** Mismatches of one token that are worth looking into. */
export const MAX_HINTED_MISMATCHES = 10;

/** What the hints of one answer may still try: variants of the policy's patterns, compiled for the hint alone. */
export class HintTrials {
  private readonly steps = new MatchingSteps();
  private atoms = MAX_HINTED_ATOMS;

  /** Whether a pattern takes one of the texts. Beyond the limits it does not, and so leads to no hint. */
  matches(source: string, texts: readonly string[]): boolean {
    const text = new PatternText(source);
    this.atoms -= text.atoms + text.foldedRanges;
    if (this.atoms < 0 || text.wideClasses > MAX_HINTED_WIDE_CLASSES) return false;
    const result = Pattern.compileText(text);
    return result.kind === 'compiled' && result.pattern.matchAny(texts, this.steps) === 'matched';
  }
}

/** The likely mistake behind a field that does not match; nothing where none is recognized. */
export function mismatchHint(
  field: FieldVerdict,
  claims: Claims,
  context: HintContext,
  trials: HintTrials,
): string | undefined {
  if (field.matched) return undefined;
  if (field.untried !== undefined) return UNTRIED[field.untried];
  const list = LISTS.get(field.field);
  if (list !== undefined) return listHint(field, list, claims, context, trials);
  const mismatch = asMismatch(field, claims);
  return singleHint(mismatch, claims, context, trials);
}

/** Lists, and the field that each of their entries is like. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['subjects', 'subject'],
  ['subject_patterns', 'subject_pattern'],
]);

/** The hint for the first entry that has one: the likely one is seldom beyond the first twenty. */
function listHint(
  { field, expected }: FieldVerdict,
  like: string,
  claims: Claims,
  context: HintContext,
  trials: HintTrials,
): string | undefined {
  const entries = JSON.parse(expected) as readonly string[];
  for (const entry of entries.slice(0, MAX_HINTED_TEXTS)) {
    const mismatch = asMismatch({ field: like, expected: entry }, claims);
    const hint = singleHint(mismatch, claims, context, trials);
    if (hint !== undefined) {
      return hint.replace(/([Ww]rite): (subject|subject_pattern): /, (_line, write: string, name: string) => {
        return `${write} in ${name === like ? field : `${name}s, in place of ${field}`}: `;
      });
    }
  }
  return undefined;
}

function singleHint(mismatch: Mismatch, claims: Claims, context: HintContext, trials: HintTrials): string | undefined {
  const texts = [mismatch.expected, ...mismatch.actual];
  if (mismatch.actual.length > MAX_HINTED_TEXTS || texts.some((text) => text.length > MAX_HINTED_TEXT))
    return undefined;
  return (
    (mismatch.field === 'subject' && context.isActionsIssuer(claims.issuer)
      ? actionsHint(mismatch, trials)
      : undefined) ??
    patternHint(mismatch, trials) ??
    globHint(mismatch, trials) ??
    spellingHint(mismatch, trials) ??
    (mismatch.field === 'audience' ? audienceHint(mismatch, context, trials) : undefined)
  );
}

const UNTRIED: Readonly<Record<NonNullable<FieldVerdict['untried']>, string>> = {
  'too-long': `A text of more than ${MAX_MATCHED_CHARACTERS} characters is not tried on a pattern, and does not match.`,
  'too-costly':
    'Trying the patterns of this policy on this token takes too many steps, so this field does not match. Use fewer counted repetitions such as {200}, or an exact text.',
};

function asMismatch({ field, expected }: Pick<FieldVerdict, 'field' | 'expected'>, claims: Claims): Mismatch {
  const claim = /^claim_pattern\.(.*)$/s.exec(field)?.[1];
  if (claim !== undefined)
    return { field: 'claim_pattern', isPattern: true, expected, actual: claimTexts(claims.get(claim)) };
  const name = field.replace(/_pattern$/, '');
  return {
    field: name,
    isPattern: name !== field,
    expected,
    actual: claimTexts(claims.get(CLAIM_OF_FIELD.get(name) ?? name)),
  };
}

const CLAIM_OF_FIELD: ReadonlyMap<string, string> = new Map([
  ['issuer', 'iss'],
  ['subject', 'sub'],
  ['audience', 'aud'],
]);

function actionsHint(mismatch: Mismatch, trials: HintTrials): string | undefined {
  const [subject = ''] = mismatch.actual;
  const parts = ACTIONS_SUBJECT.exec(subject);
  if (parts === null) return undefined;
  const [, owner = '', ownerId, name = '', repositoryId, rest = ''] = parts;
  if (ownerId !== undefined && repositoryId !== undefined) {
    const plain = `repo:${owner}/${name}:${rest}`;
    const hint = mismatch.isPattern
      ? immutablePatternHint(mismatch.expected, subject, plain, { owner, ownerId, name, repositoryId }, trials)
      : immutableHint(mismatch.expected, subject, plain);
    return hint ?? runHint(mismatch, subject, rest);
  }
  return namedHint(mismatch, subject, trials) ?? runHint(mismatch, subject, rest);
}

/** The token's subject holds ids, the policy's exact one does not, or holds others. */
function immutableHint(expected: string, subject: string, plain: string): string | undefined {
  if (expected.toLowerCase() === plain.toLowerCase()) return `${IMMUTABLE} Write: ${yamlLine('subject', subject)}`;
  if (expected.replace(/@\d+/g, '').toLowerCase() !== plain.toLowerCase()) return undefined;
  return "The names are the same and the ids are not: the policy was written for another repository, or another owner's.";
}

const IMMUTABLE =
  "The token's subject is in GitHub's immutable form, with the ids of owner and repository, and the policy's is not.";

interface RepositoryIds {
  readonly owner: string;
  readonly ownerId: string;
  readonly name: string;
  readonly repositoryId: string;
}

function immutablePatternHint(
  expected: string,
  subject: string,
  plain: string,
  ids: RepositoryIds,
  trials: HintTrials,
): string | undefined {
  if (!trials.matches(expected, [plain])) return undefined;
  const withIds = `${escapedPattern(ids.owner)}@${ids.ownerId}/${escapedPattern(ids.name)}@${ids.repositoryId}`;
  const byName = new RegExp(`${loosely(ids.owner)}\\\\?/${loosely(ids.name)}`, 'i');
  const changed = expected.replace(byName, () => withIds);
  const line = trials.matches(changed, [subject]) ? yamlLine('subject_pattern', changed) : yamlLine('subject', subject);
  return `${IMMUTABLE} Write: ${line}`;
}

/** The policy's subject holds ids, the token's does not. */
function namedHint({ isPattern, expected }: Mismatch, subject: string, trials: HintTrials): string | undefined {
  const changed = expected.replace(isPattern ? IDS_IN_PATTERN : /@\d+/g, '');
  if (changed === expected || !(isPattern ? trials.matches(changed, [subject]) : changed === subject)) return undefined;
  const line = yamlLine(isPattern ? 'subject_pattern' : 'subject', changed);
  return `The policy's subject is in GitHub's immutable form, and the repository does not issue it: switch immutable subjects on there, or write: ${line}`;
}

/** A run for a pull request or in an environment has a subject of its own, whatever its branch. */
function runHint({ expected }: Mismatch, subject: string, rest: string): string | undefined {
  if (!/refs?[\\/:]/.test(expected)) return undefined;
  if (rest === 'pull_request')
    return "The token comes from a pull request's run, and the policy names a branch or tag.";
  if (!rest.startsWith('environment:')) return undefined;
  return `The job runs in an environment, so the subject names that and not the branch. Write: ${yamlLine('subject', subject)}`;
}

/** An exact field that holds a regular expression. */
function patternHint({ field, isPattern, expected, actual }: Mismatch, trials: HintTrials): string | undefined {
  if (isPattern || !looksLikePattern(expected) || !trials.matches(expected, actual)) return undefined;
  return `${field} is compared exactly, and holds a regular expression. Write: ${yamlLine(`${field}_pattern`, expected)}`;
}

/** A `*` as in a file glob, in an exact field or in a pattern. */
function globHint({ field, isPattern, expected, actual }: Mismatch, trials: HintTrials): string | undefined {
  if (isPattern ? !looksLikeGlob(expected) : !expected.includes('*')) return undefined;
  const pattern = ['[^/:]+', '.+']
    .map((anyText) =>
      isPattern ? withoutGlobStars(expected, anyText) : expected.split('*').map(escapedPattern).join(anyText),
    )
    .find((candidate) => trials.matches(candidate, actual));
  if (pattern === undefined) return undefined;
  const line = field === 'claim_pattern' ? inQuotes(pattern) : yamlLine(`${field}_pattern`, pattern);
  return `A * stands for any text in file globs, not in patterns. Write: ${line}`;
}

function spellingHint({ field, isPattern, expected, actual }: Mismatch, trials: HintTrials): string | undefined {
  const folded = expected.toLowerCase();
  const sameLetters = isPattern
    ? trials.matches(`(?i:${expected})`, actual)
    : actual.some((text) => text.toLowerCase() === folded);
  if (sameLetters) return 'The letters differ only in case, which counts.';
  if (field !== 'issuer' || isPattern) return undefined;
  return actual.some((text) => `${text}/` === expected || text === `${expected}/`)
    ? 'A slash at the end makes the difference.'
    : undefined;
}

function audienceHint(
  { isPattern, expected }: Mismatch,
  { serviceAudience }: HintContext,
  trials: HintTrials,
): string | undefined {
  const wanted = isPattern ? serviceAudience : expected;
  if (isPattern && !trials.matches(expected, [serviceAudience])) return undefined;
  const parameter = URL_SAFE.test(wanted) ? `, in GitHub Actions with &audience=${wanted}` : '';
  return `The token is for another audience: request it with the audience ${quoted(wanted)}${parameter}.`;
}

/** As a regular expression of ours that finds the text in a pattern, with or without backslashes. */
function loosely(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (character) => `\\\\?${escapedPattern(character)}`);
}
