import { inject, injectable } from 'tsyringe';
import type { App } from '../../domain/apps.ts';
import type { GitHubServer } from '../../domain/github-server.ts';
import type { HookDelivery } from '../../domain/webhook-health.ts';
import type {
  AppDescription,
  AppInspector,
  AppLookup,
  DeliveriesLookup,
  HookLookup,
} from '../../application/ports/app-inspector.ts';
import type { InstallationInspection, InstallationInspector } from '../../application/ports/installation-inspector.ts';
import { member } from '../json/untrusted-json.ts';
import { GITHUB_SERVER, GitHubClient, githubMessage, unavailable, type GitHubAnswer } from './github-client.ts';

const DELIVERIES = 30;
/** `insecure_ssl` is a number or its text. */
const LAX: readonly unknown[] = ['1', 1];

/** REST, "Get the authenticated app", "Get a webhook configuration for an app", "List deliveries for an app webhook". */
@injectable()
export class GitHubAppInspector implements AppInspector, InstallationInspector {
  constructor(
    @inject(GitHubClient) private readonly client: GitHubClient,
    @inject(GITHUB_SERVER) private readonly server: GitHubServer,
  ) {}

  async describe(app: App): Promise<AppLookup> {
    const answer = await this.client.asApp(app, NO_OWNER, { method: 'GET', path: '/app' });
    if (answer.kind === 'unavailable') return answer;
    if (answer.status === 403) return unavailable('refused', githubMessage(answer.json));
    const description = answer.status === 200 ? this.descriptionIn(answer) : undefined;
    if (description !== undefined) return { kind: 'found', description };
    return unavailable('unusable', `GET /app: status ${answer.status}, or no App in it`);
  }

  async hook(app: App): Promise<HookLookup> {
    const answer = await this.client.asApp(app, NO_OWNER, { method: 'GET', path: '/app/hook/config' });
    if (answer.kind === 'unavailable') return answer;
    if (answer.status === 404) return { kind: 'none' };
    if (answer.status !== 200) return unavailable('unusable', `GET /app/hook/config: status ${answer.status}`);
    const url = member(answer.json, 'url');
    const secret = member(answer.json, 'secret');
    const setup = {
      url: typeof url === 'string' ? url : '',
      hasSecret: typeof secret === 'string' && secret !== '',
      verifiesTls: !LAX.includes(member(answer.json, 'insecure_ssl')),
    };
    return { kind: 'found', setup };
  }

  async deliveries(app: App): Promise<DeliveriesLookup> {
    const path = `/app/hook/deliveries?per_page=${DELIVERIES}`;
    const answer = await this.client.asApp(app, NO_OWNER, { method: 'GET', path });
    if (answer.kind === 'unavailable') return answer;
    if (answer.status !== 200 || !Array.isArray(answer.json)) {
      return unavailable('unusable', `GET /app/hook/deliveries: status ${answer.status}, or no list in it`);
    }
    return { kind: 'found', deliveries: answer.json.flatMap(deliveryOf) };
  }

  async inspect(app: App, owner: string): Promise<InstallationInspection> {
    // The first finds organizations too; the second is for servers where it does not.
    for (const path of [`/users/${owner}/installation`, `/orgs/${owner}/installation`]) {
      const answer = await this.client.asApp(app, owner, { method: 'GET', path });
      if (answer.kind === 'unavailable') return answer;
      if (answer.status === 404) continue;
      if (answer.status !== 200) return unavailable('unusable', `GET ${path}: status ${answer.status}`);
      const page = member(answer.json, 'html_url');
      const state = {
        isSuspended: typeof member(answer.json, 'suspended_at') === 'string',
        permissions: permissionsIn(answer.json),
        page: typeof page === 'string' ? page : this.server.webUrl,
      };
      return { kind: 'found', state };
    }
    return { kind: 'absent' };
  }

  private descriptionIn({ json, headers }: GitHubAnswer): AppDescription | undefined {
    const [id, clientId, slug] = [member(json, 'id'), member(json, 'client_id'), member(json, 'slug')];
    const owner = ownerIn(json);
    if (!Number.isSafeInteger(id) || typeof slug !== 'string' || owner === undefined) return undefined;
    return {
      id: id as number,
      clientId: typeof clientId === 'string' ? clientId : undefined,
      slug,
      owner: owner.account,
      permissions: permissionsIn(json),
      settingsPage: `${this.server.webUrl}${owner.place}/settings/apps/${slug}`,
      quotaLeft: quotaIn(headers),
    };
  }
}

/** A request about an App is on no account's behalf. */
const NO_OWNER = '';

/** An account has a login, an enterprise a slug. Whose settings the App is among follows from that. */
function ownerIn(json: unknown): { readonly account: string | undefined; readonly place: string } | undefined {
  const owner = member(json, 'owner');
  const [login, type, slug] = ['login', 'type', 'slug'].map((name) => member(owner, name));
  if (typeof login === 'string') return { account: login, place: type === 'User' ? '' : `/organizations/${login}` };
  return typeof slug === 'string' ? { account: undefined, place: `/enterprises/${slug}` } : undefined;
}

function permissionsIn(json: unknown): Readonly<Record<string, string>> {
  const permissions = member(json, 'permissions');
  if (typeof permissions !== 'object' || permissions === null) return {};
  return Object.fromEntries(Object.entries(permissions).map(([name, level]) => [name, String(level)]));
}

function quotaIn(headers: Headers): number | undefined {
  const left = headers.get('x-ratelimit-remaining');
  return left !== null && /^[0-9]{1,9}$/.test(left) ? Number(left) : undefined;
}

function deliveryOf(json: unknown): readonly HookDelivery[] {
  const deliveredAt = Date.parse(String(member(json, 'delivered_at')));
  const statusCode = member(json, 'status_code');
  const installationId = member(json, 'installation_id');
  if (Number.isNaN(deliveredAt) || typeof statusCode !== 'number') return [];
  return [{ deliveredAt, statusCode, installationId: typeof installationId === 'number' ? installationId : undefined }];
}
