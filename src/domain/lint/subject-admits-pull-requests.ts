import type { Condition } from '../policy-conditions.ts';
import { notice, warning, type Doubt, type LintRule } from './lint-rule.ts';
import { PULL_REQUEST_REFS, type LintedPolicy } from './linted-policy.ts';

const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_target'];
const EXACT_SUBJECT = /^repo:[^:]+:pull_request$/;

/**
 * Dangerous where the token can change something and the author may not know it. Who names pull requests means them, and
 * is told all the same: an organization can deny it in its guardrails.
 */
export const subjectAdmitsPullRequests: LintRule = (policy) => {
  if (!policy.isForActions || policy.pinsWorkflow) return [];
  if (policy.claimRefuses('event_name', PULL_REQUEST_EVENTS) || policy.claimRulesOut('ref', PULL_REQUEST_REFS))
    return [];
  return policy.subjects
    .filter((subject) => admitsPullRequests(policy, subject))
    .map((subject) => doubtAbout(policy, subject));
};

function admitsPullRequests(policy: LintedPolicy, subject: Condition): boolean {
  if (subject.by === 'value') return EXACT_SUBJECT.test(subject.text);
  return policy.mayAdmit(subject, ['repo:', { anyExcept: ':' }, ':pull_request']);
}

function doubtAbout({ writes, namesWorkflow }: LintedPolicy, { text, path, name }: Condition): Doubt {
  const isMeant = text.includes('pull_request');
  const say = writes && !isMeant && !namesWorkflow ? warning : notice;
  return say(
    'subject-admits-pull-requests',
    path,
    `${name} admits every pull request from a branch of the repository, before anybody has reviewed it.`,
    'Name the branch, tag or environment that is meant, such as :ref:refs/heads/main.',
  );
}
