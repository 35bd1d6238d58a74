import { quoted } from '../fault.ts';
import { looksLikePattern } from '../pattern-style.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** A claim that an exact subject decides already, and decides otherwise: both never hold for one token. */
export const claimContradictsSubject: LintRule = (policy) => {
  const { subject } = policy.beside;
  if (subject === undefined || looksLikePattern(subject)) return [];
  return [...(policy.provider?.decidedBy?.(subject) ?? [])]
    .filter(([claim, texts]) => policy.claimRefuses(claim, texts))
    .flatMap(([claim, [text]]) => contradiction(policy, claim, text));
};

function contradiction({ claimPatterns }: LintedPolicy, claim: string, text: string) {
  const condition = claimPatterns.find((one) => one.claim === claim);
  if (condition === undefined) return [];
  const { path, name } = condition;
  return [
    warning(
      'claim-contradicts-subject',
      path,
      `${name} never matches together with the subject, whose tokens have ${quoted(text)} there.`,
      `Change the subject, or write: ${yamlText(claim)}: ${yamlText(escapedPattern(text))}`,
    ),
  ];
}
