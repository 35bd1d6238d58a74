import type { Installation } from '../../domain/apps.ts';
import { type Grant, type GrantedAccess, type RepositorySelection } from '../../domain/narrowing.ts';
import { GrantedPermissions } from '../../domain/permission-set.ts';
import type { Minting, Revocation, TokenMinter } from '../../application/ports/token-minter.ts';
import { member } from '../http/bounded-fetch.ts';
import { githubMessage, unavailable, type GitHubAnswer, type GitHubClient } from './github-client.ts';

/** REST, "Create an installation access token for an app" and "Revoke an installation access token". */
export class GitHubTokenMinter implements TokenMinter {
  constructor(private readonly client: GitHubClient) {}

  async mint(installation: Installation, grant: Grant): Promise<Minting> {
    const path = `/app/installations/${installation.id}/access_tokens`;
    const body = { permissions: grant.permissions.toRecord(), ...selected(grant.repositories) };
    const answer = await this.client.asApp(installation.app, installation.owner, { method: 'POST', path, body });
    if (answer.kind === 'unavailable') return answer;
    switch (answer.status) {
      case 201:
        return minted(answer, grant) ?? unavailable('unusable', `POST ${path}: no token in the answer`);
      case 403:
      case 422:
        return { kind: 'refused', reason: githubMessage(answer.json) };
      case 404:
        return { kind: 'installation_gone' };
      default:
        return unavailable('unusable', `POST ${path}: status ${answer.status}`);
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

function selected(repositories: RepositorySelection): Record<string, readonly (string | number)[]> {
  switch (repositories.kind) {
    case 'all':
      return {};
    case 'names':
      return { repositories: repositories.names };
    case 'id':
      return { repository_ids: [repositories.id] };
  }
}

function minted(answer: GitHubAnswer, grant: Grant): Minting | undefined {
  const secret = member(answer.json, 'token');
  const expiresAt = member(answer.json, 'expires_at');
  if (
    typeof secret !== 'string' ||
    secret === '' ||
    typeof expiresAt !== 'string' ||
    Number.isNaN(Date.parse(expiresAt))
  ) {
    return undefined;
  }
  return { kind: 'minted', secret, expiresAt, access: accessOf(answer.json, grant) };
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
