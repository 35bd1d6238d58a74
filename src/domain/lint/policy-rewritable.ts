import { notice, type LintRule } from './lint-rule.ts';
import { isWriteLevel } from './linted-policy.ts';

const REWRITING_PERMISSIONS = ['contents', 'workflows'];

export const policyRewritable: LintRule = ({ fields, reachesOwnRepository, pinsWorkflow }) => {
  if (!reachesOwnRepository || pinsWorkflow) return [];
  const name = REWRITING_PERMISSIONS.find((one) => isWriteLevel(fields.permissions.get(one)));
  if (name === undefined) return [];
  return [
    notice(
      'policy-rewritable',
      ['permissions', name],
      `With ${name}: write the identity can reach the repository that holds this policy, and rewrite the policy.`,
      'Protect the default branch, so that the change of a policy needs a review.',
    ),
  ];
};
