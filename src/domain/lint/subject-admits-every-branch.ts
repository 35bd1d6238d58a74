import { notice, warning, type LintRule } from './lint-rule.ts';
import { UNLIKELY_BRANCH, type LintedPolicy } from './linted-policy.ts';

/** Dangerous where the token can change something, and any workflow of any branch gets it. */
export const subjectAdmitsEveryBranch: LintRule = (policy) => {
  if (!policy.isForActions || isNarrowed(policy)) return [];
  const say = policy.writes && !policy.namesWorkflow ? warning : notice;
  return policy.subjects
    .filter((subject) => policy.mayAdmit(subject, ['repo:', { anyExcept: ':' }, `:ref:${UNLIKELY_BRANCH}`]))
    .map(({ path, name }) =>
      say(
        'subject-admits-every-branch',
        path,
        `${name} admits every branch: whoever can push one gets the token.`,
        'Name the branch that is meant, such as :ref:refs/heads/main, or a workflow at its ref with job_workflow_ref.',
      ),
    );
};

/** A claim names the branch, asks for a protected one, or pins the workflow. */
function isNarrowed(policy: LintedPolicy): boolean {
  return (
    policy.claimRefuses('ref', [UNLIKELY_BRANCH]) ||
    policy.claimRefuses('ref_protected', ['false']) ||
    policy.pinsWorkflow
  );
}
