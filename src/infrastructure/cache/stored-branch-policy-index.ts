import type { BranchPolicies, BranchPolicyIndex } from '../../application/ports/branch-policy-index.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { StoreWrites } from '../../application/budget/store-writes.ts';
import { member } from '../json/untrusted-json.ts';
import type { CacheStore } from '../cache/cache-store.ts';

const KEPT_SECONDS = 7 * 24 * 60 * 60;
const SCHEMA_VERSION = 1;
/** Git allows longer names. They are of no use in a message. */
const MAX_BRANCH_LENGTH = 250;

/** One entry a policy, written by webhooks alone. */
export class StoredBranchPolicyIndex implements BranchPolicyIndex {
  constructor(
    private readonly store: CacheStore,
    private readonly clock: Clock,
    private readonly writes: StoreWrites,
    /** Begins each key, and names the GitHub server. */
    private readonly prefix: string,
  ) {}

  async note({ branch, identities, ...place }: BranchPolicies): Promise<void> {
    if (branch.length > MAX_BRANCH_LENGTH) return;
    const entry = { value: { branch }, readAt: this.clock.now(), revision: 0, freshForMs: 0 };
    const keeping = { version: SCHEMA_VERSION, keepForSeconds: KEPT_SECONDS };
    const noted = identities.filter(() => this.writes.take());
    await Promise.all(noted.map((identity) => this.store.put(this.key(place, identity), entry, keeping)));
  }

  async find(place: Omit<BranchPolicies, 'branch' | 'identities'>, identity: string): Promise<string | undefined> {
    const answer = await this.store.get(this.key(place, identity));
    if (answer.kind !== 'found' || answer.version !== SCHEMA_VERSION) return undefined;
    const branch = 'purgedAt' in answer.record ? undefined : member(answer.record.value, 'branch');
    return typeof branch === 'string' ? branch : undefined;
  }

  private key(
    { accountId, owner, repository }: Omit<BranchPolicies, 'branch' | 'identities'>,
    identity: string,
  ): string {
    return `${this.prefix}${accountId} ${`${owner}/${repository}`.toLowerCase()} ${identity}`;
  }
}
