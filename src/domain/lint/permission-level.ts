import { describedLevels, isGrantable, levelMessage } from '../permission-set.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** A level that GitHub does not list for the permission, and that is not refused here. */
export const permissionLevel: LintRule = ({ fields, context }) =>
  [...fields.permissions]
    .filter(([name, level]) => isGrantable(name, level, context.level) && !isDescribed(name, level))
    .map(([name, level]) =>
      warning(
        'permission-level',
        ['permissions', name],
        `${levelMessage(name, level)} It goes to GitHub as it stands, which may refuse it.`,
        `Write ${describedLevels(name).join(' or ')}.`,
      ),
    );

function isDescribed(name: string, level: string): boolean {
  return describedLevels(name).some((one) => one === level);
}
