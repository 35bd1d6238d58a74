import { isGrantable, isOrganizationPermission } from '../permission-set.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const permissionOrganization: LintRule = ({ fields, context }) => {
  if (context.level === 'organization') return [];
  return [...fields.permissions]
    .filter(([name, level]) => isOrganizationPermission(name) && isGrantable(name, level, context.level))
    .map(([name]) =>
      warning(
        'permission-organization',
        ['permissions', name],
        `${name} is an organization permission: it reads from the whole organization, whatever repository the token is for.`,
        "Keep it only if that is meant; better in a policy of the organization's policy repository.",
      ),
    );
};
