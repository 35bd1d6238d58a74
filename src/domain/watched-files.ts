import type { Fault } from './fault.ts';
import { quoted } from './fault.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE, POLICY_FOLDER, POLICY_SUFFIX } from './policy-location.ts';
import { sameName } from './scope.ts';

const ORGANIZATION_FILES: readonly string[] = [ALLOWLIST_FILE, GUARDRAILS_FILE];

/** Whether a file of the policy repository's folder is one that restrains the whole organization. */
export function isOrganizationFile(name: string): boolean {
  return ORGANIZATION_FILES.includes(name);
}

/** Whether a change of this path can change what policies a repository has: the folder may be a link or a submodule. */
export function touchesPolicies(path: string): boolean {
  return path === '.github' || path === POLICY_FOLDER || path.startsWith(`${POLICY_FOLDER}/`);
}

/**
 * The name, within the policies' folder, of a file that a check judges: a policy, or the issuer allowlist or guardrails of
 * the organization's policy repository, or a file that its author takes for one of these. Nothing for any other path.
 */
export function watchedFile(path: string, repository: string, orgPolicyRepository: string): string | undefined {
  if (!path.startsWith(`${POLICY_FOLDER}/`)) return undefined;
  const name = path.slice(POLICY_FOLDER.length + 1);
  if (name.includes('/')) return undefined;
  if (name.endsWith(POLICY_SUFFIX) || looksLikePolicy(name)) return name;
  if (!sameName(repository, orgPolicyRepository)) return undefined;
  return isOrganizationFile(name) || unreadFileFault(name) !== undefined ? name : undefined;
}

/**
 * What is wrong with a name that looks like one of the files that are read, and is none of them: in another case, or
 * with `.yml`. Its author believes that a policy or a list applies, and none does.
 */
export function unreadFileFault(name: string): Fault | undefined {
  const intended = ORGANIZATION_FILES.find((one) => one === canonical(name)) ?? intendedPolicy(name);
  if (intended === undefined || intended === name) return undefined;
  return {
    rule: 'file-suffix',
    path: [],
    message: `No exchange reads ${quoted(name)}: names count letter by letter, and end in .yaml.`,
    advice: `Rename it to ${intended}.`,
  };
}

function intendedPolicy(name: string): string | undefined {
  return looksLikePolicy(name) ? name.replace(/\.sts\.ya?ml$/i, POLICY_SUFFIX) : undefined;
}

function looksLikePolicy(name: string): boolean {
  return canonical(name).endsWith(POLICY_SUFFIX);
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.yml$/, '.yaml');
}
