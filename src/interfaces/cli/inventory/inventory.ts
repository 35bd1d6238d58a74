import { countFindings, type Finding } from '../../../domain/finding.ts';
import type { Guardrails } from '../../../domain/guardrails.ts';
import { isLevel, PermissionSet } from '../../../domain/permission-set.ts';
import { isOrganizationLevel, policyPath, POLICY_SUFFIX } from '../../../domain/policy-location.ts';
import { sameName } from '../../../domain/scope.ts';
import { subjectsOf, type TrustPolicy } from '../../../domain/trust-policy.ts';
import type { YamlCompiledPolicies } from '../../../infrastructure/yaml/yaml-compiled-policies.ts';
import type { RepositoryFolder } from './policy-source.ts';
import { neverMinted, usageKey, type Usage } from './usage.ts';

/** `not judged`: the policy is invalid in itself, or the guardrails are. */
export type GuardrailsVerdict = 'none' | 'within' | 'outside' | 'would be outside' | 'not judged';

/** One policy of an organization: who can get what by it. */
export interface InventoryRow {
  /** `owner/name`. */
  readonly repository: string;
  readonly identity: string;
  readonly path: string;
  readonly level: 'organization' | 'repository';
  /** Whether an exchange can use it. */
  readonly valid: boolean;
  readonly issuer: string;
  readonly subjects: readonly string[];
  readonly audience: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, string>>;
  /** Names; `all` that the App sees, or `caller`, the repository of whoever asks. */
  readonly reaches: 'all' | 'caller' | readonly string[];
  readonly guardrails: GuardrailsVerdict;
  readonly findings: readonly Finding[];
  /** With `--events` only. */
  readonly usage?: RowUsage;
}

export interface RowUsage {
  /** `null`: no exchange of the log was granted. */
  readonly last_used: string | null;
  readonly granted: number;
  readonly refused: number;
  readonly never_asked_for: readonly string[];
}

export interface InventoryContext {
  readonly compiler: YamlCompiledPolicies;
  readonly policyRepository: string;
  readonly actionsIssuer: string;
  readonly guardrails: Guardrails | undefined;
  readonly guardrailsAreInvalid: boolean;
  readonly usage: Usage | undefined;
}

/** Every policy of these folders, judged as the service would judge it. */
export function inventoryRows(
  folders: readonly RepositoryFolder[],
  context: InventoryContext,
): readonly InventoryRow[] {
  return folders.flatMap((folder) => rowsOf(folder, context));
}

function rowsOf(
  { owner, repository, files = [] }: RepositoryFolder,
  context: InventoryContext,
): readonly InventoryRow[] {
  const { compiler, policyRepository, actionsIssuer, guardrails } = context;
  const level = isOrganizationLevel({ owner, repository }, policyRepository) ? 'organization' : 'repository';
  return files
    .filter(({ name }) => name.endsWith(POLICY_SUFFIX))
    .map((file) => {
      const identity = file.name.slice(0, -POLICY_SUFFIX.length);
      const path = policyPath(identity);
      const checked = compiler.check(file, level, { path, repository, actionsIssuer }, guardrails);
      const { policy, findings } = checked;
      return {
        repository: `${owner}/${repository}`,
        identity,
        path,
        level,
        valid: policy !== undefined && !context.guardrailsAreInvalid,
        ...whoOf(policy),
        reaches: reachOf(policy, repository, level),
        guardrails: verdictOf(policy, findings, context),
        findings,
        ...usageOf(context.usage, usageKey(owner, repository, identity), policy),
      };
    });
}

function whoOf(policy: TrustPolicy | undefined) {
  const fields = policy?.fields;
  return {
    issuer: fields?.issuer ?? fields?.issuerPattern ?? '',
    subjects: fields === undefined ? [] : subjectsOf(fields),
    audience: fields?.audience ?? fields?.audiencePattern ?? '',
    claims: Object.fromEntries(fields?.claimPatterns ?? []),
    permissions: policy?.permissions.toRecord() ?? {},
  };
}

function reachOf(policy: TrustPolicy | undefined, repository: string, level: string): InventoryRow['reaches'] {
  if (policy === undefined) return [];
  if (policy.callerRepositoryOnly) return 'caller';
  if (level === 'repository') return [repository];
  const { repositories = [] } = policy;
  return repositories.length > 0 ? repositories : 'all';
}

function verdictOf(
  policy: TrustPolicy | undefined,
  findings: readonly Finding[],
  { guardrails, guardrailsAreInvalid }: InventoryContext,
): GuardrailsVerdict {
  if (guardrailsAreInvalid) return 'not judged';
  if (guardrails === undefined) return 'none';
  const outside = findings.filter(({ rule }) => rule.startsWith('guardrail-'));
  if (outside.length > 0) return guardrails.mode === 'enforce' ? 'outside' : 'would be outside';
  return policy === undefined ? 'not judged' : 'within';
}

function usageOf(
  usage: Usage | undefined,
  key: string,
  policy: TrustPolicy | undefined,
): { readonly usage?: RowUsage } {
  if (usage === undefined) return {};
  const known = usage.byPolicy.get(key) ?? { lastUsed: undefined, granted: 0, refused: 0, minted: new Map() };
  const { lastUsed, granted, refused } = known;
  const permissions = policy?.permissions.toRecord() ?? {};
  return { usage: { last_used: lastUsed ?? null, granted, refused, never_asked_for: neverMinted(permissions, known) } };
}

/** What an inventory is asked for; without any of these every policy. */
export interface InventoryFilter {
  /** The name of a repository: policies that reach it. */
  readonly reaches?: string | undefined;
  /** `contents`, `contents:write`, or a level alone: `write` is any permission at that level or above. */
  readonly grants?: string | undefined;
  /** Policies by which nobody got a token since then, in milliseconds since the epoch. */
  readonly unusedSince?: number | undefined;
}

export function filtered(rows: readonly InventoryRow[], filter: InventoryFilter): readonly InventoryRow[] {
  return rows.filter((row) => isReached(row, filter) && isGranted(row, filter) && isUnused(row, filter));
}

/** An invalid policy reaches nothing and grants nothing. */
function isReached({ valid, reaches }: InventoryRow, { reaches: name }: InventoryFilter): boolean {
  if (name === undefined) return true;
  return valid && (typeof reaches === 'string' || reaches.some((one) => sameName(one, name)));
}

function isGranted({ valid, permissions }: InventoryRow, { grants }: InventoryFilter): boolean {
  if (grants === undefined) return true;
  const [first = '', second] = grants.split(':');
  const level = second ?? (isLevel(first) ? first : 'read');
  const names = second === undefined && isLevel(first) ? Object.keys(permissions) : [first];
  if (!isLevel(level)) return false;
  return valid && names.some((name) => holds(permissions, name, level));
}

function holds(permissions: InventoryRow['permissions'], name: string, level: 'read' | 'write' | 'admin'): boolean {
  const own = Object.hasOwn(permissions, name) ? permissions[name] : undefined;
  return own !== undefined && isLevel(own) && PermissionSet.of([name, own]).covers(PermissionSet.of([name, level]));
}

function isUnused({ usage }: InventoryRow, { unusedSince }: InventoryFilter): boolean {
  if (unusedSince === undefined) return true;
  const last = usage?.last_used ?? null;
  return last === null || Date.parse(last) < unusedSince;
}

/** Errors, warnings and notices, and their rules: `1/0/2 permission-unknown subject-by-name`. */
export function findingsSummary(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  const { error, warning, notice } = countFindings(findings);
  return findings.length === 0 ? '' : `${error}/${warning}/${notice} ${rules.join(' ')}`;
}
