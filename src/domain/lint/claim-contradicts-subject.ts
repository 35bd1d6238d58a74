import { quoted } from '../fault.ts';
import { looksLikePattern } from '../pattern-style.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';

const SUBJECT = /^repo:([^:/@]+)(?:@\d+)?\/([^:/@]+)(?:@\d+)?:(?:ref:(.+)|environment:([^:]+)|(pull_request))$/;

/** A claim that an exact subject of GitHub Actions decides already, and decides otherwise: both never hold at once. */
export const claimContradictsSubject: LintRule = (policy) => {
  const [subject, ...others] = policy.subjects;
  if (!policy.isForActions || subject?.by !== 'value' || others.length > 0) return [];
  if (looksLikePattern(subject.text)) return [];
  return [...decidedBy(subject.text)]
    .filter(([claim, texts]) => policy.claimRefuses(claim, texts))
    .flatMap(([claim, [text = '']]) => contradiction(policy, claim, text));
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

/** What tokens with this subject have in other claims: one of these texts. */
function decidedBy(subject: string): ReadonlyMap<string, readonly string[]> {
  const [, owner, name, ref, environment, pullRequest] = SUBJECT.exec(subject) ?? [];
  const decided = new Map<string, readonly string[]>();
  if (owner === undefined || name === undefined) return decided;
  decided.set('repository', [`${owner}/${name}`]);
  decided.set('repository_owner', [owner]);
  if (ref !== undefined) decided.set('ref', [ref]);
  if (environment !== undefined) decided.set('environment', [environment.replaceAll('%3A', ':')]);
  if (pullRequest !== undefined) decided.set('event_name', ['pull_request', 'pull_request_target']);
  return decided;
}
