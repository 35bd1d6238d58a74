import { warning, type LintRule } from './lint-rule.ts';

const PULL_REQUEST_REF = 'refs/pull/7/merge';
const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_target'];

export const subjectAdmitsPullRequests: LintRule = (policy) => {
  if (!policy.isForActions) return [];
  if (policy.claimRefuses('event_name', PULL_REQUEST_EVENTS) || policy.claimRefuses('ref', [PULL_REQUEST_REF]))
    return [];
  return policy.subjects
    .filter((subject) => policy.admits(subject, ['repo:', { anyExcept: ':' }, ':pull_request']))
    .map(({ path, name }) =>
      warning(
        'subject-admits-pull-requests',
        path,
        `${name} admits every pull request, whoever opens it.`,
        'Name the branch, tag or environment that is meant, such as :ref:refs/heads/main.',
      ),
    );
};
