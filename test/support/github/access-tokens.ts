import { createHash, randomBytes } from 'node:crypto';
import { noteSecret } from '../canary.ts';
import type { AdjustableClock } from '../clock.ts';
import type { Permissions } from './permissions.ts';
import type { GitHubWorld } from './world.ts';
import type { Installation, Repository } from './world-model.ts';

export const TOKEN_LIFETIME_SECONDS = 3600;

/** `short`: `ghs_` and 36 letters and digits; `long`: the form of 2026, about 520 characters with dots inside. */
export type TokenFormat = 'short' | 'long';

export interface AccessToken {
  readonly value: string;
  readonly installation: Installation;
  readonly permissions: Permissions;
  readonly repositoryIds: 'all' | ReadonlySet<number>;
  readonly expiresAt: number;
  revoked: boolean;
}

export type AccessTokenGrant = Pick<AccessToken, 'permissions' | 'repositoryIds'>;

/** Every installation token that was ever handed out. */
export class AccessTokens {
  format: TokenFormat = 'short';
  readonly #clock: AdjustableClock;
  readonly #world: GitHubWorld;
  readonly #tokens = new Map<string, AccessToken>();

  constructor(clock: AdjustableClock, world: GitHubWorld) {
    this.#clock = clock;
    this.#world = world;
  }

  /** @param format the one that is set here unless given */
  issue(installation: Installation, grant: AccessTokenGrant, format = this.format): AccessToken {
    const token: AccessToken = {
      ...grant,
      value: format === 'short' ? shortToken() : longToken(installation.app.id),
      installation,
      expiresAt: this.#clock.seconds() + TOKEN_LIFETIME_SECONDS,
      revoked: false,
    };
    this.#tokens.set(token.value, token);
    noteSecret(token.value);
    return token;
  }

  /** Only a token that GitHub would accept now. */
  findLive(value: string): AccessToken | undefined {
    const token = this.#tokens.get(value);
    if (token === undefined || token.revoked || token.expiresAt <= this.#clock.seconds()) return undefined;
    const { installation } = token;
    const current = this.#world.installation(installation.id);
    return current === undefined || current.suspendedAt !== undefined ? undefined : token;
  }

  covers(token: AccessToken, repository: Repository): boolean {
    if (!this.#world.covers(token.installation, repository)) return false;
    return token.repositoryIds === 'all' || token.repositoryIds.has(repository.id);
  }

  /** Every token, live or not, in the order in which they were issued. */
  all(): AccessToken[] {
    return [...this.#tokens.values()];
  }

  live(): AccessToken[] {
    return this.all().filter((token) => this.findLive(token.value) !== undefined);
  }
}

function shortToken(): string {
  const digits = createHash('sha256')
    .update(randomBytes(32))
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, '0');
  return `ghs_${digits.slice(0, 36)}`;
}

function longToken(appId: number): string {
  const part = (bytes: number): string => randomBytes(bytes).toString('base64url');
  return `ghs_${appId}_${part(48)}.${part(141)}.${part(192)}`;
}
