import type { Finding } from '../../domain/finding.ts';
import type { Guardrails, GuardrailsReading } from '../../domain/guardrails.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { PolicyLintContext } from '../../domain/lint/linted-policy.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import { MAX_POLICY_BYTES, policyPath } from '../../domain/policy-location.ts';
import type { PolicyLevel } from '../../domain/permission-set.ts';
import type { PolicyContext } from '../../domain/trust-policy.ts';
import type { CheckedFile } from '../../application/ports/changed-policy-files.ts';
import type {
  CompiledPolicies,
  FoundPolicy,
  InvalidPolicy,
  PolicyPlace,
} from '../../application/ports/compiled-policies.ts';
import { LruMap } from '../cache/lru-map.ts';
import { checkAllowlistFile, readAllowlistFile } from './allowlist-file.ts';
import { checkGuardrailsFile, readGuardrailsFile } from './guardrails-file.ts';
import { checkPolicyFile, readPolicyFile, unreadFileFindings, type PolicyFileReading } from './policy-file.ts';
import { isolateToken } from '../../application/ports/token.ts';

/** A policy has 64 KiB at most, so all of them take 13 MB in the worst case. */
const COMPILED_POLICIES = 200;
const COMPILED_ALLOWLISTS = 50;
const COMPILED_GUARDRAILS = 50;

/** What policies may be, apart from where they stand, and the issuer of the configured server's Actions tokens. */
export type ServerContext = Omit<PolicyContext, 'level'> & Pick<PolicyLintContext, 'actionsIssuer'>;

/** Compiles what repositories hold, once for each content. One an isolate. */
export class YamlCompiledPolicies implements CompiledPolicies {
  private readonly policies = new LruMap<FoundPolicy | InvalidPolicy>(COMPILED_POLICIES);
  private readonly allowlists = new LruMap<AllowlistReading>(COMPILED_ALLOWLISTS);

  private readonly guardrailReadings = new LruMap<GuardrailsReading>(COMPILED_GUARDRAILS);
  /** A revision for each text of guardrails, so that a judgement is kept for policy and guardrails together. */
  private readonly revisions = new WeakMap<Guardrails, number>();
  private nextRevision = 1;

  constructor(private readonly context: ServerContext) {}

  async policy(
    file: PolicyFile,
    place: PolicyPlace,
    guardrails: Guardrails | undefined,
  ): Promise<FoundPolicy | InvalidPolicy> {
    const fit = fitText(file);
    if (typeof fit !== 'string') return { kind: 'invalid', findings: [fit], contentHash: '' };
    const key = `${this.judgedBy(place, guardrails)}\n${fit}`;
    const known = this.policies.get(key);
    if (known !== undefined) return known;
    const contentHash = await sha256Hex(fit);
    const compiled = compiledPolicy(this.read(fit, place, guardrails), contentHash);
    this.policies.set(key, compiled);
    return compiled;
  }

  allowlist(text: string): AllowlistReading {
    const known = this.allowlists.get(text);
    if (known !== undefined) return known;
    const reading = readAllowlistFile(text, this.context);
    const compiled: AllowlistReading =
      reading.kind === 'valid' ? { kind: 'present', allowlist: reading.allowlist } : { kind: 'invalid' };
    this.allowlists.set(text, compiled);
    return compiled;
  }

  guardrails(text: string): GuardrailsReading {
    const known = this.guardrailReadings.get(text);
    if (known !== undefined) return known;
    const reading = readGuardrailsFile(text, this.context);
    const compiled: GuardrailsReading =
      reading.kind === 'valid' ? { kind: 'present', guardrails: reading.guardrails } : { kind: 'invalid' };
    this.guardrailReadings.set(text, compiled);
    return compiled;
  }

  /** The verdict that an exchange would come to, with every finding; nothing of it is kept. */
  check(file: PolicyFile, level: PolicyLevel, lint: PolicyLintContext, guardrails?: Guardrails): CheckedFile {
    const { name } = file;
    const unread = unreadFileFindings(name);
    if (unread.length > 0) return { name, findings: unread };
    const fit = fitText(file);
    if (typeof fit !== 'string') return { name, findings: [fit] };
    const reading = checkPolicyFile(fit, { ...this.context, level }, lint, guardrails);
    return reading.kind === 'valid'
      ? { name, findings: reading.doubts, text: fit, policy: reading.policy }
      : { name, findings: reading.findings, text: fit };
  }

  checkAllowlist({ name, kind, text }: PolicyFile): CheckedFile {
    if (kind !== 'file' || text === undefined) return { name, findings: [unfit('not-text', 'The file is not text.')] };
    return { name, findings: checkAllowlistFile(text, this.context) };
  }

  checkGuardrails({ name, kind, text }: PolicyFile): CheckedFile {
    if (kind !== 'file' || text === undefined) return { name, findings: [unfit('not-text', 'The file is not text.')] };
    return { name, findings: checkGuardrailsFile(text, this.context) };
  }

  private read(
    text: string,
    { level, repository, identity }: PolicyPlace,
    guardrails: Guardrails | undefined,
  ): PolicyFileReading {
    const { actionsIssuer } = this.context;
    const place = { path: policyPath(identity), repository, actionsIssuer };
    const guarding = guardrails === undefined ? undefined : { guardrails, place };
    return readPolicyFile(text, { ...this.context, level }, guarding);
  }

  /**
   * What a verdict depends on beside the text. Guardrails judge by names too. Always as many lines, or else the text of one
   * organization's file, which follows, could stand for the names in another's.
   */
  private judgedBy({ level, repository, identity }: PolicyPlace, guardrails: Guardrails | undefined): string {
    if (guardrails === undefined) return [level, '', '', ''].join('\n');
    const revision = this.revisions.get(guardrails) ?? this.nextRevision++;
    this.revisions.set(guardrails, revision);
    return [level, revision, repository.toLowerCase(), identity].join('\n');
  }
}

/** The same object, for code that checks files outside of an exchange. */
export const POLICY_FILE_CHECKS = isolateToken<YamlCompiledPolicies>('PolicyFileChecks');

function compiledPolicy(reading: PolicyFileReading, contentHash: string): FoundPolicy | InvalidPolicy {
  if (reading.kind === 'invalid') {
    const { findings, isOutside } = reading;
    return { kind: 'invalid', findings, contentHash, ...(isOutside ? { isOutside } : {}) };
  }
  const { policy, outside } = reading;
  return { kind: 'found', policy, contentHash, ...(outside.length === 0 ? {} : { outside }) };
}

/** @returns the text, or why the file can't be a policy whatever it holds */
function fitText({ kind, bytes, text }: PolicyFile): string | Finding {
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
