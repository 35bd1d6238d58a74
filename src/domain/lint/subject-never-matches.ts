import { quoted } from '../fault.ts';
import { looksLikeGlob, looksLikePattern, plainTextOf, withoutAnchors } from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import type { Mended, Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/providers.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type Doubt, type LintRule, type Repair } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';
import { templateIn } from './template-left.ts';

/** A subject of a form that the provider's tokens never have. */
export const subjectNeverMatches: LintRule = (policy) => {
  const { provider, possibleSubjects } = policy;
  if (provider === undefined || possibleSubjects === undefined) return [];
  return policy.subjects
    .filter((subject) => !isMistakenOtherwise(subject))
    .filter((subject) => isImpossible(subject, provider) || !policy.sharesAsMeant(subject, possibleSubjects))
    .map((subject) => neverMatches(policy, subject, provider));
};

function isImpossible({ by, text }: Condition, { impossibleSubject }: Provider): boolean {
  const plain = by === 'value' ? text : plainTextOf(text);
  return plain !== undefined && impossibleSubject?.test(plain) === true;
}

/** Other rules name these, with better advice. */
function isMistakenOtherwise({ by, text }: Condition): boolean {
  if (templateIn(text) !== undefined) return true;
  return by === 'value' ? looksLikePattern(text) : looksLikeGlob(text);
}

function neverMatches(policy: LintedPolicy, subject: Condition, provider: Provider): Doubt {
  const { path, name, text } = subject;
  const message = `${name} never matches: no subject of ${provider.name} has the form of ${quoted(text)}.`;
  const repair = mendedSubject(policy, subject, provider);
  const other = PROVIDERS.find((one) => one.subject !== provider.subject && isOf(policy, subject, one));
  if (other !== undefined) {
    const line =
      repair === undefined ? `write it in this form: ${provider.subjectExample}` : lowerFirst(writeInstead(repair));
    const advice = `${other.name} has such subjects: name its issuer, or ${line}`;
    return warning('subject-never-matches', path, message, advice);
  }
  if (repair !== undefined) return warning('subject-never-matches', path, message, writeInstead(repair), repair);
  const several = severalIn(subject, provider);
  if (several !== undefined)
    return warning('subject-never-matches', path, message, `Write: subjects: [${several.map(yamlText).join(', ')}]`);
  const advice = provider.subjectAdvice?.(text) ?? `Write it in this form: ${provider.subjectExample}`;
  return warning('subject-never-matches', path, message, advice);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Only forms that tell their provider: digits alone can be anybody's. */
function isOf(policy: LintedPolicy, subject: Condition, { subject: form }: Provider): boolean {
  return /[:/]/.test(subject.text) && policy.shares(subject, form);
}

export function writeInstead({ path, key, value }: Repair): string {
  const field = key ?? path.at(-1);
  const line = typeof field === 'string' ? `${field}: ` : '- ';
  return `Write: ${line}${yamlText(value ?? '')}`;
}

/** Several subjects in one exact text: with `|`, a comma or a space between them. */
function severalIn({ by, text }: Condition, { subject }: Provider): readonly string[] | undefined {
  if (by !== 'value' || text.length > MAX_MENDED_CHARACTERS) return undefined;
  const texts = text.split(/\s*[|,;]\s*|\s+/).filter((one) => one !== '');
  return texts.length > 1 && texts.every((one) => subject.holds(one)) ? texts : undefined;
}

/** Longer subjects match nothing, and the work of some rules grows with the square. */
const MAX_MENDED_CHARACTERS = 2000;

/** What was copied along with a subject: quotation marks, the slashes around a regular expression, spaces, a comma. */
const AROUND = /^[\s"'`/\u2018-\u201e\u200b\ufeff]+|[\s"'`/:,;\u2018-\u201e\u200b\ufeff]+$/g;

function candidates(condition: Condition, plain: string | undefined, provider: Provider): readonly Mended[] {
  if (plain !== undefined) {
    const bare = plain.replace(AROUND, '');
    const texts = [bare, bare.replaceAll('\\', '')].map((text) => ({ by: 'value', text }) as const);
    return [...texts, ...provider.mendSubject(plain), ...provider.mendSubject(bare)];
  }
  // Backslashes that were escaped for another language, and anchors within.
  const source = withoutAnchors(condition.text).replace(AROUND, '');
  const single = source.replaceAll('\\\\', '\\');
  const unanchored = single.replace(/(?<![\\[])[\^$]/g, '');
  return [
    ...[source, single, unanchored].map((text) => ({ by: 'pattern', text }) as const),
    ...provider.mendSubject(source),
  ];
}

/** The subject that was likely meant, in the form that most tokens have. */
export function mendedSubject(policy: LintedPolicy, condition: Condition, provider: Provider): Repair | undefined {
  const { by, text, path } = condition;
  if (text.length > MAX_MENDED_CHARACTERS) return undefined;
  const forms = provider.usualSubject ?? provider.subject;
  const plain = by === 'value' ? text : plainTextOf(text);
  for (const mended of candidates(condition, plain, provider)) {
    const isPattern = by === 'pattern' || mended.by === 'pattern';
    const isText = plain !== undefined && mended.by === 'value';
    const value = isPattern && isText ? escapedPattern(mended.text) : mended.text;
    const isRight = policy.canPropose(value, isPattern ? 'pattern' : 'value', forms);
    if (!isRight || value === text || provider.impossibleSubject?.test(mended.text) === true) continue;
    // An item of a list can't become a pattern: the list would have to.
    if (by === 'value' && isPattern && path.length > 1) continue;
    return by === 'value' && isPattern ? { path, key: 'subject_pattern', value } : { path, value };
  }
  return undefined;
}
