import { isGrantable, isOrganizationPermission, isWithinCeiling } from '../permission-set.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const permissionOrganization: LintRule = ({ fields, context }) => {
  const { level: policyLevel, organizationPermissions = new Map() } = context;
  if (policyLevel === 'organization') return [];
  return (
    [...fields.permissions]
      .filter(([name, level]) => isOrganizationPermission(name) && isGrantable(name, level, policyLevel))
      // What the organization's guardrails leave to repositories, nobody need doubt.
      .filter(([name, level]) => !isWithinCeiling(organizationPermissions, name, level))
      .map(([name]) =>
        warning(
          'permission-organization',
          ['permissions', name],
          `${name} is an organization permission: it reads from the whole organization, whatever repository the token is for.`,
          "Keep it only if that is meant; better in a policy of the organization's policy repository.",
        ),
      )
  );
};
