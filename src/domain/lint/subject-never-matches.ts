import { quoted } from '../fault.ts';
import { looksLikeGlob, looksLikePattern, plainTextOf, withoutAnchors } from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/providers.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type Doubt, type LintRule, type Repair } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';
import { templateIn } from './template-left.ts';

/** A subject of a form that the provider's tokens never have. */
export const subjectNeverMatches: LintRule = (policy) => {
  const { provider } = policy;
  if (provider === undefined) return [];
  return policy.subjects
    .filter((subject) => !isMistakenOtherwise(subject) && !policy.shares(subject, provider.subject))
    .map((subject) => neverMatches(policy, subject, provider));
};

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
  const advice = provider.subjectAdvice?.(text) ?? `Write it in this form: ${provider.subjectExample}`;
  return warning('subject-never-matches', path, message, advice);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Only forms that tell their provider: digits or a word alone can be anybody's. */
function isOf(policy: LintedPolicy, subject: Condition, { subject: form }: Provider): boolean {
  return /[:/]/.test(subject.text) && policy.shares(subject, form) && !form.holds('x');
}

export function writeInstead({ path, key, value }: Repair): string {
  const field = key ?? path.at(-1);
  const line = typeof field === 'string' ? `${field}: ` : '- ';
  return `Write: ${line}${yamlText(value ?? '')}`;
}

/** The subject that was likely meant, in the form that most tokens have. */
export function mendedSubject(
  policy: LintedPolicy,
  { by, text, path }: Condition,
  provider: Provider,
): Repair | undefined {
  const forms = provider.usualSubject ?? provider.subject;
  const plain = by === 'value' ? text : plainTextOf(text);
  for (const mended of provider.mendSubject(plain ?? withoutAnchors(text))) {
    const isPattern = by === 'pattern' || mended.by === 'pattern';
    const isText = plain !== undefined && mended.by === 'value';
    const value = isPattern && isText ? escapedPattern(mended.text) : mended.text;
    const isRight = policy.canPropose(value, isPattern ? 'pattern' : 'value', forms);
    if (!isRight || value === text) continue;
    // An item of a list can't become a pattern: the list would have to.
    if (by === 'value' && isPattern && path.length > 1) continue;
    return by === 'value' && isPattern ? { path, key: 'subject_pattern', value } : { path, value };
  }
  return undefined;
}
