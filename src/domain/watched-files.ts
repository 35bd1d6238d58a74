import { ALLOWLIST_FILE, POLICY_FOLDER, POLICY_SUFFIX } from './policy-location.ts';
import { sameName } from './scope.ts';

/** Not read by any exchange; a check says so, for its author surely meant a policy. */
const MISTAKEN_SUFFIX = '.sts.yml';

/** Whether a change of this path can change what policies a repository has: the folder may be a link or a submodule. */
export function touchesPolicies(path: string): boolean {
  return path === '.github' || path === POLICY_FOLDER || path.startsWith(`${POLICY_FOLDER}/`);
}

/**
 * The name, within the policies' folder, of a file that a check judges: a policy, or the issuer allowlist of the
 * organization's policy repository. Nothing for any other path.
 */
export function watchedFile(path: string, repository: string, orgPolicyRepository: string): string | undefined {
  if (!path.startsWith(`${POLICY_FOLDER}/`)) return undefined;
  const name = path.slice(POLICY_FOLDER.length + 1);
  if (name.includes('/')) return undefined;
  if (name === ALLOWLIST_FILE) return sameName(repository, orgPolicyRepository) ? name : undefined;
  return name.endsWith(POLICY_SUFFIX) || name.endsWith(MISTAKEN_SUFFIX) ? name : undefined;
}
