import { createPrivateKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { GITHUB_API_VERSION } from '../../src/infrastructure/github/api-version.ts';
import { looksLikePrivateKey } from '../../src/infrastructure/web-crypto/rsa-private-key.ts';
import type { AppOwner, GitHubSite } from './github-site.ts';
import { plainText } from './plain-text.ts';

/** A GitHub App as GitHub describes it, and what it proves itself by. */
export interface RegisteredApp {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly owner: AppOwner;
  /** Where people see it and install it. */
  readonly page: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly privateKey: string;
}

export interface ConvertedApp extends RegisteredApp {
  /** Nothing where GitHub made none. */
  readonly webhookSecret: string | undefined;
}

/** Why GitHub's answer can't be used; holds no secret. */
export interface Unusable {
  readonly kind: 'unusable';
  readonly reason: string;
}

const TIMEOUT_MILLISECONDS = 30_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const WEBHOOK_SECRET_BYTES = 32;
/** GitHub's clock may be behind ours; it takes ten minutes at most ("Generating a JSON Web Token for a GitHub App"). */
const JWT_AGE_SECONDS = 60;
const JWT_LIFETIME_SECONDS = 300;
const PERMISSION = /^[a-z][a-z_]{0,79}$/;
const SLUG = /^[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?$/i;

/** Turns the code of the manifest flow into the App and its secrets. GitHub takes a code once, within an hour. */
export async function convertManifest(
  site: GitHubSite,
  code: string,
): Promise<{ readonly kind: 'converted'; readonly app: ConvertedApp } | Unusable> {
  const answer = await ask(site, 'POST', `/app-manifests/${encodeURIComponent(code)}/conversions`);
  if (answer.kind === 'unusable') return answer;
  const { pem, webhook_secret: secret } = answer.body;
  if (typeof pem !== 'string' || !looksLikePrivateKey(pem)) return unusable('its answer holds no private key');
  const app = readApp(site, answer.body, pem);
  if (typeof app === 'string') return unusable(app);
  const webhookSecret = typeof secret === 'string' && secret !== '' ? secret : undefined;
  return { kind: 'converted', app: { ...app, webhookSecret } };
}

/** Asks GitHub whose key this is: the key and the id must belong together. */
export async function lookUpApp(
  site: GitHubSite,
  id: string,
  privateKey: string,
): Promise<{ readonly kind: 'found'; readonly app: RegisteredApp } | Unusable> {
  const key = signingKey(privateKey);
  if (key === undefined) return unusable('the file holds no RSA private key');
  const answer = await ask(site, 'GET', '/app', { id, key });
  if (answer.kind === 'unusable') return answer;
  const app = readApp(site, answer.body, privateKey);
  if (typeof app === 'string') return unusable(app);
  // GitHub takes the client ID in the number's place.
  const isNamed = app.id === id || answer.body.client_id === id;
  return isNamed ? { kind: 'found', app } : unusable(`the key belongs to the App ${app.id}, not to ${id}`);
}

/** Tells GitHub where to send webhooks and how to sign them. */
export async function setWebhook(
  site: GitHubSite,
  { id, privateKey }: RegisteredApp,
  url: string,
  secret: string,
): Promise<{ readonly kind: 'set' } | Unusable> {
  const key = signingKey(privateKey);
  if (key === undefined) return unusable('its key is no RSA private key');
  const body = { url, content_type: 'json', insecure_ssl: '0', secret };
  const answer = await ask(site, 'PATCH', '/app/hook/config', { id, key }, body);
  if (answer.kind === 'unusable') return answer;
  return answer.body.url === url ? { kind: 'set' } : unusable('it kept another address for webhooks');
}

export function freshWebhookSecret(): string {
  return randomBytes(WEBHOOK_SECRET_BYTES).toString('hex');
}

interface Signer {
  readonly id: string;
  readonly key: KeyObject;
}

type Answer = { readonly kind: 'answered'; readonly body: Readonly<Record<string, unknown>> } | Unusable;

async function ask(
  { server }: GitHubSite,
  method: string,
  path: string,
  signer?: Signer,
  body?: unknown,
): Promise<Answer> {
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(server.apiUrl + path, {
      method,
      // Another server must get neither the code nor the JWT.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': GITHUB_API_VERSION,
        'user-agent': 'octo-sts-worker-setup',
        ...(signer === undefined ? {} : { authorization: `Bearer ${appJwt(signer)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await boundedText(response);
  } catch (error) {
    return unusable(`${server.apiUrl} can't be reached (${causeOf(error)})`);
  }
  if (!response.ok) return unusable(`it answered ${response.status}${messageOf(text)}`);
  const parsed = text === undefined ? undefined : parseObject(text);
  return parsed === undefined
    ? unusable('its answer is no JSON object that can be read')
    : { kind: 'answered', body: parsed };
}

function readApp(
  { server }: GitHubSite,
  body: Readonly<Record<string, unknown>>,
  privateKey: string,
): RegisteredApp | string {
  const { id, slug, name, owner, html_url: page, permissions } = body;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0) return 'its answer holds no id of an App';
  if (typeof slug !== 'string' || !SLUG.test(slug) || typeof name !== 'string')
    return 'its answer holds no name of an App';
  const ownedBy = isObject(owner) ? ownerOf(owner) : undefined;
  if (ownedBy === undefined) return 'its answer names no owner of the App';
  // It will be opened in a browser.
  if (typeof page !== 'string' || !URL.canParse(page) || new URL(page).origin !== new URL(server.webUrl).origin) {
    return `its answer leads to another site than ${server.webUrl}`;
  }
  return {
    id: String(id),
    slug,
    name: plainText(name),
    owner: ownedBy,
    page: new URL(page).href,
    permissions: isObject(permissions) ? permissionsIn(permissions) : {},
    privateKey,
  };
}

/** An account has a login, an enterprise a slug. */
function ownerOf({ login, type, slug }: Readonly<Record<string, unknown>>): AppOwner | undefined {
  const name = login ?? slug;
  if (typeof name !== 'string' || !SLUG.test(name)) return undefined;
  if (login === undefined) return { kind: 'enterprise', name };
  return { kind: type === 'Organization' ? 'organization' : 'user', name };
}

/** RFC 7515, RS256. */
function appJwt({ id, key }: Signer): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: id, iat: now - JWT_AGE_SECONDS, exp: now + JWT_LIFETIME_SECONDS })}`;
  return `${signed}.${sign('RSA-SHA256', new TextEncoder().encode(signed), key).toString('base64url')}`;
}

function signingKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** @returns nothing where the body is longer than any answer of GitHub's */
async function boundedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** GitHub's own sentence, in quotes and cut. */
function messageOf(text: string | undefined): string {
  const message = text === undefined ? undefined : parseObject(text)?.message;
  return typeof message === 'string' ? `: ${JSON.stringify(plainText(message).slice(0, 200))}` : '';
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What is no name stands as a name that nobody asked for: it may be shown. */
function permissionsIn(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(values).map(([name, level]) => [PERMISSION.test(name) ? name : 'unknown', level]);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function causeOf(error: unknown): string {
  const { name, cause } = error as Error & { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : name;
}

function unusable(reason: string): Unusable {
  return { kind: 'unusable', reason };
}
