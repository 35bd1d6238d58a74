import { quoted } from '../fault.ts';
import { POLICY_FOLDER, POLICY_SUFFIX } from '../policy-location.ts';
import { isIdentity } from '../scope.ts';
import { warning, type Doubt, type LintRule } from './lint-rule.ts';

export const fileName: LintRule = ({ context }) => lintFileName(context.path);

/** Apart from the others, for it needs no fields: also for a file that can't be read. */
export function lintFileName(path: string): readonly Doubt[] {
  if (!path.startsWith(`${POLICY_FOLDER}/`)) return [];
  const name = path.slice(POLICY_FOLDER.length + 1);
  if (!name.endsWith(POLICY_SUFFIX)) return [];
  if (isIdentity(name.slice(0, -POLICY_SUFFIX.length))) return [];
  return [
    warning(
      'file-name',
      [],
      `No request can name ${quoted(name)}: its name is no identity.`,
      'Use letters, digits, ".", "_" and "-", begin with a letter or digit, and avoid "..".',
    ),
  ];
}
