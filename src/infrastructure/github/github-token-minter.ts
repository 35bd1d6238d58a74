import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import { type Grant, type GrantedAccess, type RepositorySelection } from '../../domain/narrowing.ts';
import { GrantedPermissions } from '../../domain/permission-set.ts';
import type { Minting, Revocation, TokenMinter } from '../../application/ports/token-minter.ts';
import { member } from '../json/untrusted-json.ts';
import { GitHubClient, unavailable } from './github-client.ts';
import { InstallationTokens, type MintAnswer, type TokenOrder } from './installation-tokens.ts';

/**
 * Tokens for callers: REST, "Create an installation access token for an app" and "Revoke an installation access token".
 */
@injectable()
export class GitHubTokenMinter implements TokenMinter {
  constructor(
    @inject(GitHubClient) private readonly client: GitHubClient,
    @inject(InstallationTokens) private readonly tokens: InstallationTokens,
  ) {}

  async mint(installation: Installation, grant: Grant): Promise<Minting> {
    const order = { permissions: grant.permissions.toRecord(), ...selected(grant.repositories) };
    const answer = await this.tokens.mint(installation, order);
    switch (answer.kind) {
      case 'minted':
        return minted(answer, grant) ?? unavailable('unusable', 'mint: no expires_at in the answer');
      case 'lacking':
      case 'forbidden':
        return { kind: 'refused', reason: answer.reason };
      case 'gone':
        return { kind: 'installation_gone' };
      case 'unavailable':
        return answer;
    }
  }

  async revoke(secret: string): Promise<Revocation> {
    const answer = await this.client.asBearer(secret, { method: 'DELETE', path: '/installation/token' });
    if (answer.kind === 'unavailable') return answer;
    if (answer.status === 204) return { kind: 'revoked' };
    if (answer.status === 401) return { kind: 'rejected' };
    return unavailable('unusable', `DELETE /installation/token: status ${answer.status}`);
  }
}

function selected(repositories: RepositorySelection): Pick<TokenOrder, 'repositories' | 'repository_ids'> {
  switch (repositories.kind) {
    case 'all':
      return {};
    case 'names':
      return { repositories: repositories.names };
    case 'id':
      return { repository_ids: [repositories.id] };
  }
}

function minted({ secret, json }: MintAnswer & { kind: 'minted' }, grant: Grant): Minting | undefined {
  const expiresAt = member(json, 'expires_at');
  if (typeof expiresAt !== 'string' || Number.isNaN(Date.parse(expiresAt))) return undefined;
  return { kind: 'minted', secret, expiresAt, access: accessOf(json, grant) };
}

function accessOf(json: unknown, grant: Grant): GrantedAccess {
  const permissions = member(json, 'permissions');
  return {
    permissions: new GrantedPermissions(
      typeof permissions === 'object' && permissions !== null
        ? Object.entries(permissions).map(([name, level]) => [name, String(level)])
        : grant.permissions.entries(),
    ),
    repositories: repositoriesOf(member(json, 'repositories')),
    coversAllRepositories: member(json, 'repository_selection') === 'all',
  };
}

function repositoriesOf(list: unknown): GrantedAccess['repositories'] {
  if (!Array.isArray(list)) return undefined;
  return list.map((one: unknown) => ({ id: Number(member(one, 'id')), name: String(member(one, 'name')) }));
}
