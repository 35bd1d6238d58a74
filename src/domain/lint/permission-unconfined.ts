import { isOrganizationPermission } from '../permission-set.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const permissionUnconfined: LintRule = ({ fields, namesRepositories }) => {
  if (!namesRepositories) return [];
  return [...fields.permissions.keys()]
    .filter(isOrganizationPermission)
    .map((name) =>
      warning(
        'permission-unconfined',
        ['permissions', name],
        `${name} reaches the whole organization: repositories does not confine it.`,
        'Grant it in a policy of its own, for fewer callers.',
      ),
    );
};
