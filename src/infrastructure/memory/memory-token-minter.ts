import type { Installation } from '../../domain/apps.ts';
import type { Grant, GrantedAccess } from '../../domain/narrowing.ts';
import { GrantedPermissions, type PermissionSet } from '../../domain/permission-set.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Minting, Revocation, TokenMinter } from '../../application/ports/token-minter.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

const LIFETIME_MS = 60 * 60_000;

/** Mints whatever it is asked for, as long as the App may and the repositories are there. */
export class MemoryTokenMinter implements TokenMinter {
  /** Every token that is good now, with what it was asked for. */
  readonly live = new Map<string, { readonly installation: Installation; readonly grant: Grant }>();
  readonly revoked: string[] = [];
  /** What a test wants to happen at the next mints, one by one. */
  readonly next: (Minting | 'too_much')[] = [];
  down: Unavailable | undefined;
  private count = 0;

  constructor(
    private readonly repositories: ReadonlyMap<number, string>,
    private readonly permissions: PermissionSet,
    private readonly clock: Clock,
  ) {}

  mint(installation: Installation, grant: Grant): Promise<Minting> {
    const told = this.next.shift() ?? this.down;
    if (told !== undefined && told !== 'too_much') return Promise.resolve(told);
    const repositories = this.selected(grant);
    if (repositories === undefined) return Promise.resolve({ kind: 'refused', reason: 'no such repository' });
    if (!this.permissions.covers(grant.permissions)) {
      return Promise.resolve({ kind: 'refused', reason: 'no such permission' });
    }
    this.count += 1;
    const secret = `ghs_memory${this.count}`;
    this.live.set(secret, { installation, grant });
    const granted = told === 'too_much' ? [...this.permissions.entries()] : [...grant.permissions.entries()];
    const access: GrantedAccess = {
      permissions: new GrantedPermissions([['metadata', 'read'], ...granted]),
      repositories: grant.repositories.kind === 'all' ? undefined : repositories,
      coversAllRepositories: grant.repositories.kind === 'all',
    };
    const expiresAt = new Date(this.clock.now() + LIFETIME_MS).toISOString();
    return Promise.resolve({ kind: 'minted', secret, expiresAt, access });
  }

  revoke(secret: string): Promise<Revocation> {
    if (this.down !== undefined) return Promise.resolve(this.down);
    if (!this.live.delete(secret)) return Promise.resolve({ kind: 'rejected' });
    this.revoked.push(secret);
    return Promise.resolve({ kind: 'revoked' });
  }

  private selected({ repositories }: Grant): { id: number; name: string }[] | undefined {
    const all = [...this.repositories].map(([id, name]) => ({ id, name }));
    if (repositories.kind === 'all') return all;
    const wanted =
      repositories.kind === 'id'
        ? [all.find(({ id }) => id === repositories.id)]
        : repositories.names.map((name) => all.find((one) => one.name.toLowerCase() === name.toLowerCase()));
    const found = wanted.filter((one) => one !== undefined);
    return found.length === wanted.length ? found : undefined;
  }
}
