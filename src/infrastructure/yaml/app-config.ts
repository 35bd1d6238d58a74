import { parseDocument } from 'yaml';
import type { App } from '../../domain/apps.ts';
import { isOwnerName } from '../../domain/scope.ts';
import { member } from '../http/bounded-fetch.ts';
import { looksLikePrivateKey } from '../web-crypto/rsa-private-key.ts';

export interface AppSettings extends App {
  readonly privateKey: string;
  /** The name of the setting that holds it. */
  readonly privateKeySetting: string;
  readonly webhookSecret?: string;
}

/** The Apps that serve one organization, or (`*`) every other one. */
export interface AppPoolSettings {
  /** In lower case. */
  readonly owner: string;
  readonly apps: readonly AppSettings[];
}

export type AppConfigResult =
  | { readonly kind: 'valid'; readonly pools: readonly AppPoolSettings[] }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

const MAX_CONFIG_LENGTH = 5 * 1024;
/** The whole value, and in braces: `$NAME` and text around it are not references. */
const REFERENCE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const APP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MEMBERS = {
  document: ['orgs'],
  pool: ['name', 'apps'],
  app: ['name', 'app_id', 'private_key', 'webhook_secret'],
};

/**
 * Reads `APP_CONFIG`: organizations and the pools of Apps that serve them.
 *
 * @param secret another variable or secret by name; keys and webhook secrets can be given in no other way
 * @returns every problem at once, by its place, never with a value
 */
export function parseAppConfig(text: string, secret: (name: string) => string | undefined): AppConfigResult {
  const reader = new AppConfigReader(secret);
  const pools = reader.read(text);
  return reader.problems.length > 0 ? { kind: 'invalid', problems: reader.problems } : { kind: 'valid', pools };
}

class AppConfigReader {
  readonly problems: string[] = [];

  constructor(private readonly secret: (name: string) => string | undefined) {}

  read(text: string): readonly AppPoolSettings[] {
    const json = this.parse(text);
    if (json === undefined) return [];
    this.onlyMembers(json, MEMBERS.document, 'it');
    const orgs = member(json, 'orgs');
    if (!Array.isArray(orgs) || orgs.length === 0) {
      this.problems.push('must hold orgs: a list of at least one organization');
      return [];
    }
    const pools = orgs.map((org: unknown, index) => this.pool(org, `orgs[${index}]`));
    this.unique(
      pools.map(({ owner }) => owner),
      'names an organization twice',
    );
    this.oneOfEach(pools.flatMap(({ apps }) => apps));
    return pools;
  }

  private parse(text: string): unknown {
    if (text.length > MAX_CONFIG_LENGTH) {
      this.problems.push('is longer than 5 KB');
      return undefined;
    }
    const document = parseDocument(text, { schema: 'core', strict: true, logLevel: 'error' });
    if (document.errors.length > 0) {
      this.problems.push(...document.errors.map(({ linePos }) => `is not YAML at line ${linePos?.[0].line ?? 1}`));
      return undefined;
    }
    try {
      return document.toJS({ maxAliasCount: 0 }) as unknown;
    } catch {
      this.problems.push('must not use aliases');
      return undefined;
    }
  }

  private pool(org: unknown, place: string): AppPoolSettings {
    this.onlyMembers(org, MEMBERS.pool, place);
    const name = member(org, 'name');
    const apps = member(org, 'apps');
    const isName = typeof name === 'string' && (name === '*' || isOwnerName(name));
    if (!isName) this.problems.push(`${place}.name must be an organization's name, or "*"`);
    if (!Array.isArray(apps) || apps.length === 0)
      this.problems.push(`${place}.apps must be a list of at least one App`);
    const list: readonly unknown[] = Array.isArray(apps) ? apps : [];
    const settings = list.map((app, index) => this.app(app, `${place}.apps[${index}]`));
    this.unique(
      settings.map((app) => app.name),
      `${place} names an App twice`,
    );
    this.unique(
      settings.map(({ id }) => id),
      `${place} holds an app_id twice`,
    );
    return { owner: isName ? name.toLowerCase() : '', apps: settings };
  }

  private app(app: unknown, place: string): AppSettings {
    this.onlyMembers(app, MEMBERS.app, place);
    const id = this.id(member(app, 'app_id'), place);
    const name = member(app, 'name') ?? id;
    if (typeof name !== 'string' || !APP_NAME.test(name))
      this.problems.push(`${place}.name must be letters, digits and ._-`);
    const privateKey = this.referenced(member(app, 'private_key'), `${place}.private_key`) ?? '';
    if (privateKey !== '' && !looksLikePrivateKey(privateKey))
      this.problems.push(
        `${place}.private_key refers to ${referenceName(member(app, 'private_key')) ?? ''}, which holds no PEM`,
      );
    const hook = member(app, 'webhook_secret');
    const webhookSecret = hook === undefined ? undefined : this.referenced(hook, `${place}.webhook_secret`);
    return {
      name: typeof name === 'string' ? name : '',
      id,
      privateKey,
      privateKeySetting: referenceName(member(app, 'private_key')) ?? '',
      ...(webhookSecret === undefined ? {} : { webhookSecret }),
    };
  }

  /** An App may serve several organizations, but it has one key in use and one webhook secret. */
  private oneOfEach(apps: readonly AppSettings[]): void {
    const byId = new Map<string, AppSettings>();
    for (const app of apps) {
      const earlier = byId.get(app.id) ?? app;
      byId.set(app.id, earlier);
      if (earlier.privateKey !== app.privateKey) this.problems.push(`gives App ${app.id} two private keys`);
      if (earlier.webhookSecret !== app.webhookSecret) this.problems.push(`gives App ${app.id} two webhook secrets`);
    }
  }

  private id(value: unknown, place: string): string {
    const id = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
    if (!/^[0-9]{1,18}$/.test(id)) this.problems.push(`${place}.app_id must be digits`);
    return id;
  }

  private referenced(value: unknown, place: string): string | undefined {
    const name = referenceName(value);
    if (name === undefined) {
      this.problems.push(`${place} must be \${NAME}, the name of a secret`);
      return undefined;
    }
    const text = this.secret(name);
    if (text === undefined) this.problems.push(`${place} refers to ${name}, which is not set`);
    return text;
  }

  private onlyMembers(value: unknown, names: readonly string[], place: string): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problems.push(`${place} must be a map`);
    } else if (Object.keys(value).some((name) => !names.includes(name))) {
      this.problems.push(`${place} may hold only ${names.join(', ')}`);
    }
  }

  private unique(names: readonly string[], problem: string): void {
    if (new Set(names).size !== names.length) this.problems.push(problem);
  }
}

function referenceName(value: unknown): string | undefined {
  return typeof value === 'string' ? REFERENCE.exec(value)?.[1] : undefined;
}
