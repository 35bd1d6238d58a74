import type { Condition } from '../policy-conditions.ts';
import { notice, warning, type Doubt, type LintRule } from './lint-rule.ts';
import { PULL_REQUEST_REF, type LintedPolicy } from './linted-policy.ts';

const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_target'];

/** Dangerous where the token can change something and the author may not know it. Who names pull requests means them. */
export const subjectAdmitsPullRequests: LintRule = (policy) => {
  if (!policy.isForActions || policy.pinsWorkflow) return [];
  if (policy.claimRefuses('event_name', PULL_REQUEST_EVENTS) || policy.claimRefuses('ref', [PULL_REQUEST_REF]))
    return [];
  return policy.subjects
    .filter((subject) => policy.admits(subject, ['repo:', { anyExcept: ':' }, ':pull_request']))
    .flatMap((subject) => doubtsAbout(policy, subject));
};

function doubtsAbout({ writes, namesWorkflow }: LintedPolicy, { text, path, name }: Condition): readonly Doubt[] {
  const isMeant = text.includes('pull_request');
  if (isMeant && !writes) return [];
  const say = writes && !isMeant && !namesWorkflow ? warning : notice;
  return [
    say(
      'subject-admits-pull-requests',
      path,
      `${name} admits every pull request from a branch of the repository, before anybody has reviewed it.`,
      'Name the branch, tag or environment that is meant, such as :ref:refs/heads/main.',
    ),
  ];
}
