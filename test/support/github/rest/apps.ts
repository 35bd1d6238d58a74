import { randomBytes } from 'node:crypto';
import { noteSecret } from '../../canary.ts';
import type { Json, JsonObject } from '../../json.ts';
import { isJsonObject } from '../../json.ts';
import type { TokenFormat } from '../access-tokens.ts';
import type { PendingApp } from '../app-registration.ts';
import { grants, isLevel } from '../permissions.ts';
import type { Level, Permissions } from '../permissions.ts';
import {
  accountJson,
  appJson,
  hookDeliveryJson,
  installationJson,
  repositoryJson,
  timestamp,
} from '../representations.ts';
import { GitHubError, notFound, unprocessable } from '../responses.ts';
import type { GitHubResponse } from '../responses.ts';
import { sameName } from '../world.ts';
import type { App, Installation, Repository } from '../world-model.ts';
import { param, requireApp, visibleRepository } from './context.ts';
import type { RestContext } from './context.ts';

const MAX_REPOSITORIES = 500;
/** GitHub's changelog of 2026-05-15: any other value is ignored, and then the rollout decides. */
const TOKEN_FORMATS: ReadonlyMap<string, TokenFormat> = new Map([
  ['enabled', 'long'],
  ['disabled', 'short'],
]);

export function getApp(context: RestContext): GitHubResponse {
  return { status: 200, body: appJson(context.roots, requireApp(context)) };
}

/** The secret itself is never shown. What GitHub says of an App without a webhook is not described: here it is a 404. */
export function getHookConfig(context: RestContext): GitHubResponse {
  const { webhookUrl, webhookSecret } = requireApp(context);
  if (webhookUrl === undefined) throw notFound();
  const secret = webhookSecret === '' ? {} : { secret: '********' };
  return { status: 200, body: { content_type: 'json', insecure_ssl: '0', url: webhookUrl, ...secret } };
}

/** The newest first, a page. */
export function listHookDeliveries(context: RestContext): GitHubResponse {
  const app = requireApp(context);
  const page = pageSize(context.query.get('per_page'));
  const status = context.query.get('status');
  const all = context.world
    .hookDeliveries(app)
    .toReversed()
    .filter((one) => status === null || (status === 'success') === (one.statusCode >= 200 && one.statusCode < 300));
  return { status: 200, body: all.slice(0, page).map(hookDeliveryJson) };
}

function pageSize(text: string | null): number {
  const size = text === null ? 30 : Number(text);
  return Number.isInteger(size) && size >= 1 ? Math.min(size, 100) : 30;
}

export function getInstallation(context: RestContext): GitHubResponse {
  return { status: 200, body: installationJson(context.roots, ownInstallation(context)) };
}

/** Finds organizations too, which GitHub's documentation does not say and its own actions rely on. */
export function getUserInstallation(context: RestContext): GitHubResponse {
  const installation = context.world.installationOf(requireApp(context), param(context, 'username'));
  if (installation === undefined) throw notFound();
  return { status: 200, body: installationJson(context.roots, installation) };
}

export function getOrganizationInstallation(context: RestContext): GitHubResponse {
  const installation = context.world.installationOf(requireApp(context), param(context, 'org'));
  if (installation?.account.type !== 'Organization') throw notFound();
  return { status: 200, body: installationJson(context.roots, installation) };
}

export function getRepositoryInstallation(context: RestContext): GitHubResponse {
  const app = requireApp(context);
  const repository = visibleRepository(context);
  const installation = context.world.installationOf(app, repository.owner.login);
  if (installation === undefined || !context.world.covers(installation, repository)) throw notFound();
  return { status: 200, body: installationJson(context.roots, installation) };
}

export function createAccessToken(context: RestContext): GitHubResponse {
  const installation = ownInstallation(context);
  if (installation.suspendedAt !== undefined) throw new GitHubError(403, 'This installation has been suspended');
  const repositories = requestedRepositories(context, installation);
  const asked = requestedPermissions(context.body.permissions, installation);
  const { permissions, selected } = withOvergrant(context, installation, asked, repositories);
  const grant = {
    permissions,
    repositoryIds: selected === undefined ? ('all' as const) : new Set(selected.map((one) => one.id)),
  };
  const token = context.tokens.issue(installation, grant, TOKEN_FORMATS.get(context.statelessToken));
  const narrowed = selected !== undefined || installation.selection === 'selected';
  const body: JsonObject = {
    token: token.value,
    expires_at: timestamp(token.expiresAt),
    permissions: { ...permissions },
    repository_selection: narrowed ? 'selected' : 'all',
  };
  if (selected !== undefined) body.repositories = selected.map((one) => repositoryJson(context.roots, one));
  return { status: 201, body };
}

export function revokeAccessToken({ caller }: RestContext): GitHubResponse {
  if (caller.kind !== 'installation') throw new GitHubError(401, 'Bad credentials');
  caller.token.revoked = true;
  return { status: 204 };
}

/** Codes are made by `app-registration.ts`; each is good for one conversion. */
export function convertManifest(codes: Map<string, PendingApp>): (context: RestContext) => GitHubResponse {
  return (context) => {
    const code = param(context, 'code');
    const pending = codes.get(code);
    if (pending === undefined) throw notFound();
    codes.delete(code);
    const { manifest, owner, name } = pending;
    const permissions = isJsonObject(manifest.default_permissions) ? readPermissions(manifest.default_permissions) : {};
    const hook = isJsonObject(manifest.hook_attributes) ? manifest.hook_attributes : {};
    const app = context.world.addApp({
      permissions,
      webhookSecret: randomBytes(20).toString('hex'),
      ...(owner === undefined ? {} : { owner }),
      ...(name === undefined ? {} : { name, slug: slugOf(name) }),
      ...(typeof hook.url === 'string' ? { webhookUrl: hook.url } : {}),
    });
    for (const secret of [app.keys.pkcs1Pem, app.webhookSecret]) noteSecret(secret);
    return {
      status: 201,
      body: {
        ...appJson(context.roots, app),
        owner: accountJson(context.roots, app.owner),
        client_id: app.clientId,
        client_secret: clientSecretOf(app),
        webhook_secret: app.webhookSecret,
        pem: app.keys.pkcs1Pem,
      },
    };
  };
}

function clientSecretOf({ slug }: App): string {
  const secret = `client-secret-of-${slug}`;
  noteSecret(secret);
  return secret;
}

function slugOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** `PATCH /app/hook/config`: what is not named stays as it is. */
export function updateWebhookConfig(context: RestContext): GitHubResponse {
  const app = requireApp(context);
  const { url, secret } = context.body;
  if (typeof url === 'string') app.webhookUrl = url;
  if (typeof secret === 'string') app.webhookSecret = secret;
  const config = { url: app.webhookUrl ?? '', content_type: 'json', insecure_ssl: '0', secret: '********' };
  return { status: 200, body: config };
}

/** Another App's installation does not exist for this one. */
function ownInstallation(context: RestContext): Installation {
  const app = requireApp(context);
  const installation = context.world.installation(Number(param(context, 'installation_id')));
  if (installation?.app !== app) throw notFound();
  return installation;
}

function requestedRepositories(context: RestContext, installation: Installation): Repository[] | undefined {
  const names = listOf(context.body.repositories);
  const ids = listOf(context.body.repository_ids);
  const count = Math.max(names.length, ids.length);
  if (count === 0) return undefined;
  if (count > MAX_REPOSITORIES) {
    throw unprocessable(
      `Invalid request.\n\nNo more than ${MAX_REPOSITORIES} items are allowed; ${count} were supplied.`,
    );
  }
  const covered = context.world.repositories().filter((one) => context.world.covers(installation, one));
  const byName = names.map((name) => covered.find((one) => typeof name === 'string' && sameName(one.name, name)));
  const byId = ids.map((id) => covered.find((one) => one.id === id));
  const found = [...byName, ...byId].filter((one) => one !== undefined);
  if (found.length < names.length + ids.length) {
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return [...new Set(found)];
}

/** An empty object asks for everything, exactly as an omitted one does. */
function requestedPermissions(asked: Json | undefined, installation: Installation): Permissions {
  if (!isJsonObject(asked) || Object.keys(asked).length === 0) return withMetadata(installation.permissions);
  const permissions = readPermissions(asked);
  const lacking = Object.entries(permissions).some(
    ([name, level]) => !grants(withMetadata(installation.permissions), name, level),
  );
  if (lacking) throw unprocessable('The permissions requested are not granted to this installation.');
  return withMetadata(permissions);
}

function readPermissions(asked: JsonObject): Permissions {
  const permissions: Record<string, Level> = {};
  for (const [name, level] of Object.entries(asked)) {
    if (!isLevel(level))
      throw unprocessable(
        `Invalid request.\n\nFor 'permissions/${name}', ${JSON.stringify(level)} is not a possible value.`,
      );
    permissions[name] = level;
  }
  return permissions;
}

function withMetadata(permissions: Permissions): Permissions {
  return { metadata: 'read', ...permissions };
}

function withOvergrant(
  context: RestContext,
  installation: Installation,
  permissions: Permissions,
  selected: Repository[] | undefined,
): { permissions: Permissions; selected: Repository[] | undefined } {
  const more = context.overgrant;
  if (more === undefined) return { permissions, selected };
  const widened = { ...permissions, ...more.permissions };
  if (more.repositories === 'all') return { permissions: widened, selected: undefined };
  const extra = (more.repositories ?? []).map((name) => context.world.repository(name));
  const base = selected ?? context.world.repositories().filter((one) => context.world.covers(installation, one));
  return { permissions: widened, selected: extra.length === 0 ? selected : [...base, ...extra] };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
