import { inject, injectable } from 'tsyringe';
import type { AcceptedPermissions } from '../../domain/accepted-permissions.ts';
import type { App } from '../../domain/apps.ts';
import { isLevel, isPermissionName } from '../../domain/permission-set.ts';
import type { InstallationLookup, InstallationRepository } from '../../application/ports/installation-repository.ts';
import { member } from '../json/untrusted-json.ts';
import { GitHubClient, unavailable } from './github-client.ts';

/** REST, "Get a user installation for the authenticated app": one request, however many installations the App has. */
@injectable()
export class GitHubInstallations implements InstallationRepository {
  constructor(@inject(GitHubClient) private readonly client: GitHubClient) {}

  async find(app: App, owner: string): Promise<InstallationLookup> {
    // The first path finds organizations too. The second is for servers where it does not.
    for (const path of [`/users/${owner}/installation`, `/orgs/${owner}/installation`]) {
      const answer = await this.client.asApp(app, owner, { method: 'GET', path });
      if (answer.kind === 'unavailable') return answer;
      if (answer.status === 404) continue;
      const ids = answer.status === 200 ? idsIn(answer.json) : undefined;
      if (ids !== undefined) return { kind: 'found', installation: { app, owner, ...ids, ...acceptedIn(answer.json) } };
      return unavailable('unusable', `GET ${path}: status ${answer.status}, or no installation in it`);
    }
    return { kind: 'absent' };
  }
}

function idsIn(json: unknown): { readonly id: number; readonly accountId: number } | undefined {
  const id = member(json, 'id');
  const accountId = member(member(json, 'account'), 'id');
  return typeof id === 'number' && typeof accountId === 'number' ? { id, accountId } : undefined;
}

function acceptedIn(json: unknown): { readonly accepted?: AcceptedPermissions } {
  const type = member(json, 'target_type');
  const permissions = member(json, 'permissions');
  const account = type === 'Organization' ? 'organization' : type === 'User' ? 'user' : undefined;
  if (account === undefined || typeof permissions !== 'object' || permissions === null) return {};
  const known = Object.entries(permissions).filter(
    (entry): entry is [string, string] =>
      isPermissionName(entry[0]) && typeof entry[1] === 'string' && isLevel(entry[1]),
  );
  return { accepted: { permissions: Object.fromEntries(known), account } };
}
