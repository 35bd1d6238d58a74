import { quoted } from '../fault.ts';
import { warning, type LintRule } from './lint-rule.ts';
import { isWriteLevel } from './linted-policy.ts';

export const organizationWideWrite: LintRule = ({ fields, context, namesRepositories }) => {
  if (context.level !== 'organization' || namesRepositories || fields.callerRepositoryOnly) return [];
  const write = [...fields.permissions].find(([, level]) => isWriteLevel(level));
  if (write === undefined) return [];
  return [
    warning(
      'organization-wide-write',
      ['permissions', write[0]],
      `${quoted(write[0])} can be written in every repository of the organization that the App sees.`,
      'Name the repositories that are meant in repositories.',
    ),
  ];
};
