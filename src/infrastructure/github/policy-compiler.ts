import type { Finding } from '../../domain/finding.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { PolicyLintContext } from '../../domain/policy-lint.ts';
import { MAX_POLICY_BYTES, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import type { PolicyLevel } from '../../domain/permission-set.ts';
import type { PolicyContext } from '../../domain/trust-policy.ts';
import type { CheckedFile } from '../../application/ports/changed-policy-files.ts';
import type { PolicyReading } from '../../application/ports/policy-source.ts';
import { LruMap } from '../cache/lru-map.ts';
import { readAllowlistFile } from '../yaml/allowlist-file.ts';
import { checkPolicyFile, readPolicyFile, unreadFileFindings } from '../yaml/policy-file.ts';
import type { FolderFile } from './folder-query.ts';

/** Policies of 64 KiB at most: 13 MB in the worst case. */
const COMPILED_POLICIES = 200;
const COMPILED_ALLOWLISTS = 50;

/** Compiles what repositories hold, once for each content. One an isolate. */
export class PolicyCompiler {
  private readonly policies = new LruMap<PolicyReading>(COMPILED_POLICIES);
  private readonly allowlists = new LruMap<AllowlistReading>(COMPILED_ALLOWLISTS);

  constructor(private readonly context: Omit<PolicyContext, 'level'>) {}

  async policy(file: FolderFile, level: PolicyLevel): Promise<PolicyReading> {
    const fit = fitText(file);
    if (typeof fit !== 'string') return { kind: 'invalid', findings: [fit], contentHash: '' };
    const key = `${level}\n${fit}`;
    const known = this.policies.get(key);
    if (known !== undefined) return known;
    const contentHash = await sha256Hex(fit);
    const reading = readPolicyFile(fit, { ...this.context, level });
    const compiled: PolicyReading =
      reading.kind === 'valid'
        ? { kind: 'found', policy: reading.policy, contentHash }
        : { kind: 'invalid', findings: reading.findings, contentHash };
    this.policies.set(key, compiled);
    return compiled;
  }

  allowlist(text: string): AllowlistReading {
    const known = this.allowlists.get(text);
    if (known !== undefined) return known;
    const reading = readAllowlistFile(text, this.context);
    const compiled: AllowlistReading =
      reading.kind === 'valid' ? { kind: 'present', allowlist: reading.allowlist } : { kind: 'invalid', faults: [] };
    this.allowlists.set(text, compiled);
    return compiled;
  }

  /** The verdict that an exchange would come to, with every finding; nothing of it is kept. */
  check(file: FolderFile, level: PolicyLevel, lint: PolicyLintContext): CheckedFile {
    const { name } = file;
    const unread = unreadFileFindings(name);
    if (unread.length > 0) return { name, findings: unread };
    const fit = fitText(file);
    if (typeof fit !== 'string') return { name, findings: [fit] };
    const reading = checkPolicyFile(fit, { ...this.context, level }, lint);
    return reading.kind === 'valid'
      ? { name, findings: reading.warnings, policy: reading.policy }
      : { name, findings: reading.findings };
  }

  checkAllowlist({ name, kind, text }: FolderFile): CheckedFile {
    if (kind !== 'file' || text === undefined) return { name, findings: [unfit('not-text', 'The file is not text.')] };
    const reading = readAllowlistFile(text, this.context);
    return { name, findings: reading.kind === 'valid' ? [] : reading.findings };
  }
}

/** Files that an author may have meant: the name in other letters, with another ending, or not a file at all. */
export function nearMisses(files: readonly FolderFile[], identity: string): readonly string[] {
  const wanted = identity.toLowerCase();
  const stem = (name: string): string => name.toLowerCase().replace(/(\.sts)?\.ya?ml$|\.sts$/, '');
  return files
    .filter((file) => stem(file.name) === wanted || file.name === identity + POLICY_SUFFIX)
    .slice(0, 3)
    .map((file) => (file.kind === 'symlink' ? `${file.name} (a symbolic link)` : file.name));
}

/** @returns the text, or why the file can't be a policy whatever it holds */
function fitText({ kind, bytes, text }: FolderFile): string | Finding {
  if (kind === 'symlink') return unfit('symbolic-link', 'A symbolic link is no policy.');
  if (bytes > MAX_POLICY_BYTES)
    return unfit('file-too-large', `The file is larger than ${MAX_POLICY_BYTES / 1024} KiB.`);
  return text ?? unfit('not-text', 'The file is not text.');
}

function unfit(rule: string, message: string): Finding {
  return { rule, severity: 'error', line: 1, column: 1, message };
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
