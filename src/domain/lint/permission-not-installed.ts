import { missingPermissions } from '../accepted-permissions.ts';
import { isGrantable } from '../permission-set.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** Silent where it is not known what the App's installation has. */
export const permissionNotInstalled: LintRule = ({ fields, context }) => {
  const { accepted, level: policyLevel } = context;
  if (accepted === undefined) return [];
  const wanted = [...fields.permissions].filter(([name, level]) => isGrantable(name, level, policyLevel));
  return missingPermissions(wanted, accepted).map(({ name, level, accepted: own }) =>
    warning(
      'permission-not-installed',
      ['permissions', name],
      own === undefined
        ? `The App's installation does not have ${name}, so GitHub will refuse this token.`
        : `The App's installation has ${name} with ${own} only, so GitHub will refuse ${level}.`,
      `The App must ask for it, and an owner of the account accepts it at ${accepted.page}.`,
    ),
  );
};
