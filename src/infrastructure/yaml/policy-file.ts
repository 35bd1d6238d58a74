import type { Fault } from '../../domain/fault.ts';
import { sortFindings, type Finding } from '../../domain/finding.ts';
import { parseInlineKeys, type PublicJwk } from '../../domain/inline-keys.ts';
import { lintFileName, lintPolicy, type PolicyLintContext } from '../../domain/policy-lint.ts';
import { unreadFileFault } from '../../domain/watched-files.ts';
import { TrustPolicy, type PolicyContext, type PolicyFields } from '../../domain/trust-policy.ts';
import { bind, type TextItem } from './document-shape.ts';
import { PolicyDocument } from './policy-document.ts';
import { YamlDocument } from './yaml-document.ts';

export type PolicyFileReading =
  | { readonly kind: 'valid'; readonly policy: TrustPolicy; readonly warnings: readonly Finding[] }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] };

/** What a file came to: the policy if it is whole, the fields as far as they could be read, and every fault. */
interface Judged {
  readonly source: YamlDocument;
  readonly fields: PolicyFields | undefined;
  readonly policy: TrustPolicy | undefined;
  readonly errors: readonly Finding[];
}

/**
 * Reads a trust policy, all of its faults in one go. Never throws. An exchange calls it, so it does not lint:
 * `checkPolicyFile` comes to the same verdict and lints too.
 */
export function readPolicyFile(text: string, context: PolicyContext): PolicyFileReading {
  const { policy, errors } = judge(text, context);
  return policy === undefined ? { kind: 'invalid', findings: errors } : { kind: 'valid', policy, warnings: [] };
}

/** Reads a policy as `readPolicyFile` does, and lints it: for those who write and review policies. */
export function checkPolicyFile(text: string, context: PolicyContext, lint: PolicyLintContext): PolicyFileReading {
  const judged = judge(text, context);
  const warnings = lintJudged(judged, context, lint);
  if (judged.policy === undefined) return { kind: 'invalid', findings: [...judged.errors, ...warnings] };
  return { kind: 'valid', policy: judged.policy, warnings };
}

/** What is wrong with a file that no exchange reads because of its name: an error, for its author believes that it counts. */
export function unreadFileFindings(name: string): readonly Finding[] {
  const fault = unreadFileFault(name);
  return fault === undefined ? [] : [YamlDocument.parse('').locate(fault)];
}

function lintJudged({ source, fields }: Judged, context: PolicyContext, lint: PolicyLintContext): readonly Finding[] {
  const faults = fields === undefined ? lintFileName(lint.path) : lintPolicy(fields, { ...context, ...lint });
  return sortFindings(faults.map((fault) => source.locate(fault, 'warning')));
}

function judge(text: string, context: PolicyContext): Judged {
  const source = YamlDocument.parse(text);
  if (source.root === undefined)
    return { source, fields: undefined, policy: undefined, errors: sortFindings(source.findings) };
  const { document, faults: shapeFaults } = bind(PolicyDocument, source.root);
  const keys = inlineKeys(document);
  const fields = policyFields(document, keys.keys);
  const compiled = TrustPolicy.compile(fields, context);
  const before = [...shapeFaults, ...keys.faults];
  const contents = compiled.kind === 'valid' ? [] : withoutEchoes(compiled.faults, before, source.isIncomplete);
  const errors = source.withContents([...before, ...contents]);
  const policy = compiled.kind === 'valid' && errors.length === 0 ? compiled.policy : undefined;
  return { source, fields, policy, errors };
}

/** What a field of the wrong type, or a line that can't be read, seems to leave out is not missing. */
function withoutEchoes(faults: readonly Fault[], earlier: readonly Fault[], unreadable: boolean): readonly Fault[] {
  const touched = new Set(earlier.map(({ path }) => String(path[0]).replace(/_pattern$/, '')));
  return faults.filter(({ rule }) => {
    const field = MISSING_RULES.get(rule);
    return field === undefined || !(unreadable || touched.has(field));
  });
}

const MISSING_RULES: ReadonlyMap<string, string> = new Map([
  ['issuer-missing', 'issuer'],
  ['subject-missing', 'subject'],
  ['permissions-empty', 'permissions'],
]);

function inlineKeys(document: PolicyDocument): {
  readonly keys?: readonly PublicJwk[];
  readonly faults: readonly Fault[];
} {
  if (document.jwks === undefined) return { faults: [] };
  const value = typeof document.jwks === 'string' ? parsedJson(document.jwks) : document.jwks;
  if (value === undefined)
    return { keys: [], faults: [{ rule: 'jwks-form', path: ['jwks'], message: 'The text of jwks is not JSON.' }] };
  const result = parseInlineKeys(value);
  return result.kind === 'valid' ? { keys: result.keys, faults: [] } : { keys: [], faults: result.faults };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function policyFields(document: PolicyDocument, jwks: readonly PublicJwk[] | undefined): PolicyFields {
  const optional = {
    issuer: document.issuer,
    issuerPattern: document.issuer_pattern,
    subject: document.subject,
    subjectPattern: document.subject_pattern,
    audience: document.audience,
    audiencePattern: document.audience_pattern,
    repositories: document.repositories?.map(({ value }) => value),
    jwks,
    app: document.app,
    appPattern: document.app_pattern,
  };
  return {
    ...defined(optional),
    claimPatterns: texts(document.claim_pattern),
    permissions: texts(document.permissions),
    callerRepositoryOnly: document.caller_repository_only ?? false,
  };
}

function texts(items: ReadonlyMap<string, TextItem> = new Map<string, TextItem>()): ReadonlyMap<string, string> {
  return new Map([...items].map(([name, { value }]) => [name, value]));
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
