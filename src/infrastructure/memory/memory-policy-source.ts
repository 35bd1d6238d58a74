import type { Installation } from '../../domain/apps.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type {
  AllowlistRefused,
  PolicyLookup,
  PolicyQuery,
  PolicyReading,
  PolicySource,
} from '../../application/ports/policy-source.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

/** A repository with its policies by identity. */
export interface MemoryPolicies {
  readonly repositoryId: number;
  readonly accountId: number;
  readonly policies: Readonly<Record<string, PolicyReading>>;
}

/** Policies by `owner/repository`, allowlists by owner; names in any case. */
export class MemoryPolicySource implements PolicySource {
  /** In place of every answer of `find`, while it is set. */
  answer: PolicyLookup | undefined;
  reads = 0;
  readonly believed: string[] = [];
  private readonly repositories = new Map<string, MemoryPolicies>();
  private readonly allowlists = new Map<string, AllowlistReading | AllowlistRefused>();

  constructor(private readonly orgPolicyRepository: string) {}

  put(repository: string, policies: MemoryPolicies): void {
    this.repositories.set(repository.toLowerCase(), policies);
  }

  list(owner: string, reading: AllowlistReading | AllowlistRefused): void {
    this.allowlists.set(owner.toLowerCase(), reading);
  }

  find({ installation, scope, identity }: PolicyQuery): Promise<PolicyLookup> {
    this.reads += 1;
    if (this.answer !== undefined) return Promise.resolve(this.answer);
    const found = this.repositories.get(`${scope.owner}/${scope.repository ?? this.orgPolicyRepository}`.toLowerCase());
    if (found !== undefined && found.accountId !== installation.accountId) {
      return Promise.resolve({ kind: 'account_changed' });
    }
    const policies = found?.policies ?? {};
    const policy = Object.hasOwn(policies, identity) ? policies[identity] : undefined;
    return Promise.resolve({
      kind: 'read',
      repositoryId: found?.repositoryId,
      policy: policy ?? { kind: 'absent', nearMisses: [] },
      allowlist: this.allowlistOf(scope.owner),
    });
  }

  findAllowlist({ owner }: Installation): Promise<AllowlistReading | AllowlistRefused | Unavailable> {
    return Promise.resolve(this.allowlistOf(owner));
  }

  believeUnreadable({ owner }: Installation): Promise<void> {
    this.believed.push(owner);
    this.allowlists.set(owner.toLowerCase(), { kind: 'unreadable' });
    return Promise.resolve();
  }

  private allowlistOf(owner: string): AllowlistReading | AllowlistRefused {
    return this.allowlists.get(owner.toLowerCase()) ?? { kind: 'absent' };
  }
}
