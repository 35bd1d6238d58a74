import { warning, type LintRule } from './lint-rule.ts';

/** A branch that nobody thought of when writing a pattern. */
const UNLIKELY_BRANCH = 'refs/heads/Zq7-x_y';

export const subjectAdmitsEveryBranch: LintRule = (policy) => {
  if (!policy.isForActions || policy.claimRefuses('ref', [UNLIKELY_BRANCH])) return [];
  return policy.subjects
    .filter((subject) => policy.admits(subject, ['repo:', { anyExcept: ':' }, `:ref:${UNLIKELY_BRANCH}`]))
    .map(({ path, name }) =>
      warning(
        'subject-admits-every-branch',
        path,
        `${name} admits every branch: whoever can push one gets the token.`,
        'Name the branch that is meant, such as :ref:refs/heads/main.',
      ),
    );
};
