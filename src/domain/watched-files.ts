import type { Fault } from './fault.ts';
import { quoted } from './fault.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE, POLICY_FOLDER, POLICY_SUFFIX } from './policy-location.ts';
import { sameName } from './scope.ts';

/** Whether a change of this path can change what policies a repository has: the folder may be a link or a submodule. */
export function touchesPolicies(path: string): boolean {
  return path === '.github' || path === POLICY_FOLDER || path.startsWith(`${POLICY_FOLDER}/`);
}

/**
 * The name, within the policies' folder, of a file that a check judges: a policy, or the issuer allowlist of the
 * organization's policy repository, or a file that its author takes for one of these. Nothing for any other path.
 */
export function watchedFile(path: string, repository: string, orgPolicyRepository: string): string | undefined {
  if (!path.startsWith(`${POLICY_FOLDER}/`)) return undefined;
  const name = path.slice(POLICY_FOLDER.length + 1);
  if (name.includes('/')) return undefined;
  if (name.endsWith(POLICY_SUFFIX) || looksLikePolicy(name)) return name;
  if (!sameName(repository, orgPolicyRepository)) return undefined;
  return name === ALLOWLIST_FILE || unreadFileFault(name) !== undefined ? name : undefined;
}

/**
 * What is wrong with a name that looks like one of the files that are read, and is none of them: in another case, or
 * with `.yml`. Its author believes that a policy or a list applies, and none does.
 */
export function unreadFileFault(name: string): Fault | undefined {
  if (canonical(name) === GUARDRAILS_FILE) return UNREAD_GUARDRAILS;
  const intended = canonical(name) === ALLOWLIST_FILE ? ALLOWLIST_FILE : intendedPolicy(name);
  if (intended === undefined || intended === name) return undefined;
  return {
    rule: 'file-suffix',
    path: [],
    message: `No exchange reads ${quoted(name)}: names count letter by letter, and end in .yaml.`,
    advice: `Rename it to ${intended}.`,
  };
}

/** Whoever writes such a file believes that it holds all repositories to something. */
const UNREAD_GUARDRAILS: Fault = {
  rule: 'file-suffix',
  path: [],
  message: 'This version of the service reads no guardrails: the file restrains nobody.',
  advice: 'Remove it, so that nobody relies on it.',
};

function intendedPolicy(name: string): string | undefined {
  return looksLikePolicy(name) ? name.replace(/\.sts\.ya?ml$/i, POLICY_SUFFIX) : undefined;
}

function looksLikePolicy(name: string): boolean {
  return canonical(name).endsWith(POLICY_SUFFIX);
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.yml$/, '.yaml');
}
