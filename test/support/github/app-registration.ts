import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { readBody } from '../loopback-server.ts';
import { readExcerpt } from './excerpts.ts';
import { sameName } from './world.ts';
import type { GitHubWorld } from './world.ts';
import type { Account } from './world-model.ts';

/** An App that somebody confirmed, until its code is converted. */
export interface PendingApp {
  readonly manifest: JsonObject;
  readonly owner?: Account;
  readonly name?: string;
}

/** What a person sees between the form and the confirmation. */
interface Registration extends Required<PendingApp> {
  readonly redirectUrl: string;
  readonly state: string | null;
}

interface Page {
  readonly status: number;
  readonly title: string;
  readonly content?: string;
  readonly location?: string;
}

const NOT_FOUND: Page = { status: 404, title: 'Not Found' };
const NEW_APP = /^(?:\/organizations\/([^/]+))?\/settings\/apps\/new$/;
const INSTALL = /^\/apps\/([a-z0-9-]+)\/installations(?:\/new)?$/;
const CONFIRM = '/settings/apps/manifest';
const MAX_NAME_CHARACTERS = 34;
/** "GitHub App Manifest parameters" in GitHub's documentation. */
const FIELDS: Readonly<Record<string, (value: Json) => boolean>> = {
  name: isText,
  url: isHttpUrl,
  hook_attributes: (value) => isJsonObject(value) && isHttpUrl(value.url) && hasOnly(value, ['url', 'active']),
  redirect_url: isHttpUrl,
  callback_urls: (value) => Array.isArray(value) && value.every(isHttpUrl),
  setup_url: isHttpUrl,
  description: isText,
  public: isFlag,
  default_events: (value) => Array.isArray(value) && value.every((event) => isText(event) && event in EVENT_NEEDS),
  default_permissions: isJsonObject,
  request_oauth_on_install: isFlag,
  setup_on_update: isFlag,
};
/** The permission without which an App can't subscribe to an event ("Webhook events and payloads"). */
const EVENT_NEEDS: Readonly<Record<string, string>> = {
  push: 'contents',
  pull_request: 'pull_requests',
  check_suite: 'checks',
  check_run: 'checks',
  repository: 'metadata',
};

/**
 * GitHub's pages for an App from a manifest: the form that another site posts, the page where a person names the App and
 * confirms, and the way back with a code. Whoever asks counts as signed in as the user `octocat`.
 */
export class AppRegistration {
  readonly pending = new Map<string, PendingApp>();
  readonly #world: GitHubWorld;
  readonly #violations: string[];
  readonly #open = new Map<string, Registration>();
  readonly #permissions: Readonly<Record<string, readonly string[]>>;

  constructor(world: GitHubWorld, violations: string[]) {
    this.#world = world;
    this.#violations = violations;
    const excerpt = JSON.parse(readExcerpt('app-permissions.json')) as {
      readonly permissions: Readonly<Record<string, readonly string[]>>;
    };
    this.#permissions = excerpt.permissions;
  }

  /** @returns whether the path is one of these pages */
  serves(path: string): boolean {
    return path === CONFIRM || NEW_APP.test(path) || INSTALL.test(path);
  }

  /** A code for the conversion, as GitHub hands one out after the confirmation. */
  code(app: PendingApp): string {
    const code = randomBytes(20).toString('hex');
    this.pending.set(code, app);
    return code;
  }

  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const body = (await readBody(request)).toString('utf8');
    const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
    const form = new URLSearchParams(body);
    const installed = INSTALL.exec(url.pathname)?.[1];
    if (installed !== undefined) send(response, this.#install(installed, request.method === 'POST' ? form : undefined));
    else send(response, request.method === 'POST' && isForm ? this.#judged(form, url) : NOT_FOUND);
  }

  /** The page where an owner chooses, and what follows: all repositories of the account. */
  #install(slug: string, form: URLSearchParams | undefined): Page {
    const app = this.#world.apps().find((one) => one.slug === slug);
    if (app === undefined) return NOT_FOUND;
    const fields = `<input name="account" value="${app.owner.login}">`;
    const content = `<form method="post" action="/apps/${slug}/installations">${fields}</form>`;
    if (form === undefined) return { status: 200, title: `Install ${slug}`, content };
    const account = this.#world.account(form.get('account') ?? '');
    if (account === undefined) return NOT_FOUND;
    this.#world.install(app, account);
    return { status: 200, title: `Installed ${slug}` };
  }

  #judged(form: URLSearchParams, url: URL): Page {
    return url.pathname === CONFIRM ? this.#confirm(form) : this.#begin(form, url);
  }

  #begin(form: URLSearchParams, url: URL): Page {
    const login = NEW_APP.exec(url.pathname)?.[1];
    const owner = this.#world.account(login === undefined ? 'octocat' : decodeURIComponent(login));
    if (owner === undefined) return NOT_FOUND;
    const manifest = parseJson(form.get('manifest') ?? '');
    const faults = isJsonObject(manifest) ? this.#faults(manifest) : ['the form holds no manifest'];
    if (!isJsonObject(manifest) || faults.length > 0) {
      this.#violations.push(...faults);
      return { status: 422, title: 'Invalid manifest' };
    }
    const id = randomBytes(8).toString('hex');
    const name = textOf(manifest.name);
    const state = url.searchParams.get('state');
    this.#open.set(id, { manifest, owner, name, redirectUrl: textOf(manifest.redirect_url), state });
    return { status: 200, title: `Create GitHub App for ${owner.login}`, content: confirmation(id, name) };
  }

  #confirm(form: URLSearchParams): Page {
    const id = form.get('id') ?? '';
    const registration = this.#open.get(id);
    if (registration === undefined) return NOT_FOUND;
    const name = form.get('name') ?? '';
    if (name === '' || name.length > MAX_NAME_CHARACTERS) {
      return { status: 422, title: 'Name is too long or missing', content: confirmation(id, name) };
    }
    const isTaken = this.#world.apps().some((app) => sameName(app.name, name)) || this.#isPending(name);
    if (isTaken) return { status: 422, title: 'Name is already taken', content: confirmation(id, name) };
    this.#open.delete(id);
    const code = this.code({ manifest: registration.manifest, owner: registration.owner, name });
    const target = new URL(registration.redirectUrl);
    target.searchParams.set('code', code);
    if (registration.state !== null) target.searchParams.set('state', registration.state);
    return { status: 302, title: 'Redirecting', location: target.href };
  }

  #isPending(name: string): boolean {
    return [...this.pending.values()].some((app) => app.name !== undefined && sameName(app.name, name));
  }

  #faults(manifest: JsonObject): readonly string[] {
    const unknown = Object.entries(manifest).flatMap(([field, value]) => {
      const fits = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
      return fits?.(value) === true ? [] : [`manifest: ${field} is not as GitHub's documentation has it`];
    });
    const missing = ['url', 'redirect_url'].filter((field) => manifest[field] === undefined);
    const permissions = isJsonObject(manifest.default_permissions) ? manifest.default_permissions : {};
    const wrong = Object.entries(permissions).filter(
      ([name, level]) => !(this.#permissions[name] ?? []).includes(textOf(level)),
    );
    const events = Array.isArray(manifest.default_events) ? manifest.default_events.map(textOf) : [];
    const unfit = events.filter((event) => !Object.hasOwn(permissions, EVENT_NEEDS[event] ?? ''));
    return [
      ...unknown,
      ...missing.map((field) => `manifest: ${field} is missing`),
      ...wrong.map(([name]) => `manifest: ${name} has no such level`),
      ...unfit.map((event) => `manifest: the event ${event} needs a permission that the App does not ask for`),
    ];
  }
}

function confirmation(id: string, name: string): string {
  const value = name.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<form method="post" action="${CONFIRM}"><input name="id" value="${id}"><input name="name" value="${value}"></form>`;
}

function send(response: ServerResponse, { status, title, content = '', location }: Page): void {
  const headers = { 'content-type': 'text/html; charset=utf-8', ...(location === undefined ? {} : { location }) };
  response.writeHead(status, headers);
  response.end(`<!doctype html><title>${title}</title><h1>${title}</h1>${content}`);
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function textOf(value: Json | undefined): string {
  return isText(value) ? value : '';
}

function isFlag(value: Json): boolean {
  return typeof value === 'boolean';
}

function isHttpUrl(value: Json | undefined): boolean {
  return isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function hasOnly(value: JsonObject, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}
