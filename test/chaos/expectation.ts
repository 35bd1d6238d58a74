/** What the specification says of one exchange, for one state of the world. Written for the generator's own documents alone. */

export const ISSUERS = ['actions', 'farm', 'partner', 'offline', 'stranger'] as const;
export type IssuerName = (typeof ISSUERS)[number];

export type Level = 'read' | 'write';
export type PermissionMap = Readonly<Record<string, Level>>;

export interface PolicyDocument {
  readonly issuer: IssuerName;
  /** An anchored pattern, or an exact subject. */
  readonly subject: { readonly exact: string } | { readonly pattern: string };
  readonly audience: string;
  readonly ownerId?: number;
  readonly permissions: PermissionMap;
  /** Organization policies only. */
  readonly repositories?: readonly string[];
  readonly callerOnly?: boolean;
  readonly inlineKeys?: boolean;
}

export type StoredPolicy = PolicyDocument | 'broken';

export type AllowlistDocument =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'list'; readonly mode: 'enforce' | 'audit'; readonly issuers: readonly IssuerName[] };

export interface OwnerState {
  readonly accountId: number;
  /** Zero: the App is not installed. */
  readonly installationId: number;
  readonly suspended: boolean;
}

export interface FolderState {
  readonly accountId: number;
  readonly repositoryId: number;
  readonly policies: Readonly<Record<string, StoredPolicy>>;
}

export interface ListState {
  readonly accountId: number;
  readonly list: AllowlistDocument;
}

export interface Ask {
  readonly owner: string;
  /** Nothing: the organization itself. */
  readonly repository: string | undefined;
  readonly identity: string;
  readonly issuer: IssuerName;
  readonly subject: string;
  readonly audience: string;
  readonly callerOwnerId: number | undefined;
  readonly callerRepositoryId: number | undefined;
  readonly isExpired: boolean;
  /** Whether the issuer's own key made it, published or not; else it is forged. */
  readonly isGenuine: boolean;
  readonly narrowTo: { readonly permissions?: PermissionMap; readonly repositories?: readonly string[] };
}

export interface GrantExpected {
  readonly kind: 'grant';
  readonly accountId: number;
  readonly permissions: PermissionMap;
  readonly repositories: { readonly id: number } | { readonly names: readonly string[] } | 'all';
}

export type Expected =
  GrantExpected | { readonly kind: 'refusal'; readonly statuses: readonly number[]; readonly why: string };

export interface Situation {
  readonly owner: OwnerState;
  readonly folder: FolderState;
  readonly list: AllowlistDocument;
  /** Whether the key that made the token counts as the issuer's. */
  readonly keyCounts: boolean;
}

/** Issuers that are proven before GitHub is asked: for the others every refusal until the proof is one and the same. */
const KNOWN: ReadonlySet<IssuerName> = new Set<IssuerName>(['actions', 'farm']);

export function expected(ask: Ask, situation: Situation): Expected {
  const { owner, folder, list } = situation;
  const isKnown = KNOWN.has(ask.issuer);
  const isSigned = ask.isGenuine && (ask.issuer === 'actions' || situation.keyCounts);
  if (ask.isExpired) return refusal([401, ...(isKnown ? [] : [403])], 'expired');
  if (isKnown && !isSigned) return refusal([401], 'signature');
  const hidden = isKnown ? [] : [403];
  if (owner.installationId === 0) return refusal([404, ...hidden], 'not installed');
  if (owner.suspended) return refusal([403, 404], 'suspended');
  if (list.kind === 'broken') return refusal([403], 'allowlist invalid');
  const isEnforced = list.kind === 'list' && list.mode === 'enforce';
  if (isEnforced && !list.issuers.includes(ask.issuer)) return refusal([403], 'allowlist');
  const policy = folder.policies[ask.identity];
  if (policy === undefined || policy === 'broken') return refusal([404, ...hidden], `policy ${policy ?? 'absent'}`);
  if (policy.inlineKeys === true && policy.issuer === ask.issuer && isEnforced && ask.repository !== undefined) {
    return refusal([404, ...hidden], 'inline keys');
  }
  if (policy.issuer !== ask.issuer) return refusal([403], 'another issuer');
  const isProven = policy.inlineKeys === true ? ask.isGenuine : isSigned;
  if (!isProven) return refusal([401, 403], 'signature');
  if (!matches(policy, ask)) return refusal([403], 'mismatch');
  return granted(policy, ask, situation);
}

function matches(policy: PolicyDocument, ask: Ask): boolean {
  const { subject } = policy;
  const isSubject =
    'exact' in subject ? subject.exact === ask.subject : new RegExp(`^(?:${subject.pattern})$`).test(ask.subject);
  const isOwner = policy.ownerId === undefined || policy.ownerId === ask.callerOwnerId;
  return isSubject && isOwner && policy.audience === ask.audience;
}

function granted(policy: PolicyDocument, ask: Ask, { folder }: Situation): Expected {
  const permissions = narrowedPermissions(policy.permissions, ask.narrowTo.permissions);
  if (permissions === undefined) return refusal([403], 'permissions not granted');
  const whole = wholeSelection(policy, ask, folder);
  if (whole === undefined) return refusal([403], 'no caller repository');
  const repositories = narrowedRepositories(whole, ask.narrowTo.repositories);
  if (repositories === undefined) return refusal([403], 'repositories not granted');
  return { kind: 'grant', accountId: folder.accountId, permissions, repositories };
}

interface Whole {
  readonly selection: GrantExpected['repositories'];
  readonly name: string | undefined;
}

function wholeSelection(policy: PolicyDocument, ask: Ask, folder: FolderState): Whole | undefined {
  if (policy.callerOnly === true) {
    const isOwn = ask.issuer === 'actions' && ask.callerOwnerId === folder.accountId;
    if (!isOwn || ask.callerRepositoryId === undefined) return undefined;
    return { selection: { id: ask.callerRepositoryId }, name: undefined };
  }
  if (ask.repository !== undefined) return { selection: { id: folder.repositoryId }, name: ask.repository };
  return { selection: policy.repositories === undefined ? 'all' : { names: policy.repositories }, name: undefined };
}

function narrowedPermissions(policy: PermissionMap, asked: PermissionMap | undefined): PermissionMap | undefined {
  if (asked === undefined) return policy;
  const isWithin = Object.entries(asked).every(
    ([name, level]) => policy[name] === 'write' || (policy[name] === 'read' && level === 'read'),
  );
  return isWithin ? asked : undefined;
}

function narrowedRepositories(
  { selection, name }: Whole,
  asked: readonly string[] | undefined,
): GrantExpected['repositories'] | undefined {
  if (asked === undefined) return selection;
  if (selection === 'all') return { names: asked };
  if ('id' in selection) return asked.every((one) => one === name) ? selection : undefined;
  return asked.every((one) => selection.names.includes(one)) ? { names: asked } : undefined;
}

function refusal(statuses: readonly number[], why: string): Expected {
  return { kind: 'refusal', statuses, why };
}
