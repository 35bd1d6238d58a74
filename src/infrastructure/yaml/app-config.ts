import { ValidateBy, ValidateNested, validateSync, type ValidationError } from 'class-validator';
import { parseDocument } from 'yaml';
import { isAppId, type App } from '../../domain/apps.ts';
import { isOwnerName } from '../../domain/scope.ts';
import { member } from '../json/untrusted-json.ts';
import { APP_KEY_FORM, parseAppKey, type AppKey } from '../app-keys/app-keys.ts';

export interface AppSettings extends App {
  readonly key: AppKey;
  /** The name of the setting that holds or names the key. */
  readonly keySetting: string;
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

/** Another variable or secret by its name. */
type Lookup = (name: string) => string | undefined;

/** The name that stands in the braces, and what the setting of that name holds. */
interface Reference {
  readonly name: string | undefined;
  readonly secret: string | undefined;
}

/** Whether a value is right, and half a sentence for where it is not. The sentence never holds a secret. */
type Rule<Value> = readonly [fits: (value: Value) => boolean, problem: string | ((value: Value) => string)];

const REFERENCE_RULES: readonly Rule<Reference>[] = [
  [({ name }) => name !== undefined, 'must be ${NAME}, the name of a secret'],
  [({ secret }) => secret !== undefined, ({ name }) => `refers to ${name ?? ''}, which is not set`],
];

class AppEntry {
  @Must(holdsOnly('name', 'app_id', 'private_key', 'webhook_secret'))
  readonly itself: unknown;

  @Must([[isAppId, 'must be digits, or a client ID (Iv…)']])
  readonly app_id: string;

  @Must([[(name: string) => APP_NAME.test(name), 'must be letters, digits and ._-']])
  readonly name: string;

  @Must([
    ...REFERENCE_RULES,
    [
      ({ secret = '' }: Reference) => parseAppKey(secret) !== undefined,
      ({ name }) => `refers to ${name ?? ''}, which is not ${APP_KEY_FORM}`,
    ],
  ])
  readonly private_key: Reference;

  @Must(REFERENCE_RULES)
  readonly webhook_secret: Reference | undefined;

  constructor(entry: unknown, lookup: Lookup) {
    this.itself = entry;
    this.app_id = scalarText(member(entry, 'app_id'));
    this.name = scalarText(member(entry, 'name') ?? this.app_id);
    this.private_key = reference(member(entry, 'private_key'), lookup);
    const hook = member(entry, 'webhook_secret');
    this.webhook_secret = hook === undefined ? undefined : reference(hook, lookup);
  }

  /** Of an entry that is valid. */
  settings(): AppSettings {
    const { name, app_id: id, private_key: reference, webhook_secret: hook } = this;
    const key = parseAppKey(reference.secret ?? '');
    if (key === undefined) throw new Error('an App without a key is not valid');
    return {
      name,
      id,
      key,
      keySetting: reference.name ?? '',
      ...(hook?.secret === undefined ? {} : { webhookSecret: hook.secret }),
    };
  }
}

class PoolEntry {
  @Must(holdsOnly('name', 'apps'))
  readonly itself: unknown;

  @Must([[(name: string) => name === '*' || isOwnerName(name), 'must be an organization\'s name, or "*"']])
  readonly name: string;

  @Must([
    [isFilled, 'must be a list of at least one App'],
    [(apps: readonly AppEntry[]) => areUnique(apps.map(({ name }) => name)), 'names an App twice'],
    [(apps: readonly AppEntry[]) => areUnique(apps.map((app) => app.app_id)), 'holds an app_id twice'],
  ])
  @ValidateNested()
  readonly apps: readonly AppEntry[];

  constructor(entry: unknown, lookup: Lookup) {
    this.itself = entry;
    this.name = scalarText(member(entry, 'name'));
    this.apps = itemsOf(member(entry, 'apps')).map((app) => new AppEntry(app, lookup));
  }
}

class AppConfigDocument {
  @Must(holdsOnly('orgs'))
  readonly itself: unknown;

  @Must([
    [isFilled, 'must be a list of at least one organization'],
    [
      (orgs: readonly PoolEntry[]) => areUnique(orgs.map(({ name }) => name.toLowerCase())),
      'names an organization twice',
    ],
    [
      (orgs: readonly PoolEntry[]) => ofTwo(orgs, 'private_key') === undefined,
      (orgs) => `gives App ${ofTwo(orgs, 'private_key') ?? ''} two private keys`,
    ],
    [
      (orgs: readonly PoolEntry[]) => ofTwo(orgs, 'webhook_secret') === undefined,
      (orgs) => `gives App ${ofTwo(orgs, 'webhook_secret') ?? ''} two webhook secrets`,
    ],
  ])
  @ValidateNested()
  readonly orgs: readonly PoolEntry[];

  constructor(root: unknown, lookup: Lookup) {
    this.itself = root;
    this.orgs = itemsOf(member(root, 'orgs')).map((org) => new PoolEntry(org, lookup));
  }
}

/**
 * Reads `APP_CONFIG`: organizations and the pools of Apps that serve them.
 *
 * @param secret another variable or secret by name; keys and webhook secrets can be given in no other way
 * @returns every problem at once, by its place, never with a value
 */
export function parseAppConfig(text: string, secret: Lookup): AppConfigResult {
  const parsed = parseYaml(text);
  if (parsed.problems.length > 0) return { kind: 'invalid', problems: parsed.problems };
  const document = new AppConfigDocument(parsed.root, secret);
  const errors = validateSync(document, { validationError: { value: false } });
  if (errors.length > 0) return { kind: 'invalid', problems: errors.flatMap((error) => problemsOf(error, '')) };
  const pools = document.orgs.map(({ name, apps }) => ({
    owner: name.toLowerCase(),
    apps: apps.map((app) => app.settings()),
  }));
  return { kind: 'valid', pools };
}

function parseYaml(text: string): { readonly root?: unknown; readonly problems: readonly string[] } {
  if (text.length > MAX_CONFIG_LENGTH) return { problems: ['is longer than 5 KB'] };
  const document = parseDocument(text, { schema: 'core', strict: true, logLevel: 'error' });
  if (document.errors.length > 0)
    return { problems: document.errors.map(({ linePos }) => `is not YAML at line ${linePos?.[0].line ?? 1}`) };
  try {
    return { root: document.toJS({ maxAliasCount: 0 }) as unknown, problems: [] };
  } catch {
    return { problems: ['must not use aliases'] };
  }
}

/** Names the place of each problem: `orgs[0].apps[1].name`. */
function problemsOf(
  { target, property, constraints = {}, children = [] }: ValidationError,
  parent: string,
): readonly string[] {
  const place = Array.isArray(target)
    ? `${parent}[${property}]`
    : property === 'itself'
      ? parent
      : [parent, property].filter((part) => part !== '').join('.');
  const own = Object.values(constraints).map((problem) => `${place === '' ? 'it' : place} ${problem}`);
  return [...own, ...children.flatMap((child) => problemsOf(child, place))];
}

/** The first broken rule gives the message. `undefined` is not judged, and only optional members can be `undefined`. */
function Must<Value>(rules: readonly Rule<Value>[]): PropertyDecorator {
  const broken = (value: unknown): Rule<Value> | undefined =>
    value === undefined ? undefined : rules.find(([fits]) => !fits(value as Value));
  const problemOf = (value: unknown): string => {
    const problem = broken(value)?.[1] ?? '';
    return typeof problem === 'string' ? problem : problem(value as Value);
  };
  return ValidateBy({
    name: 'must',
    validator: { validate: (value) => broken(value) === undefined, defaultMessage: (found) => problemOf(found?.value) },
  });
}

function holdsOnly(...names: readonly string[]): readonly Rule<unknown>[] {
  return [
    [isMap, 'must be a map'],
    [
      (map) => isMap(map) && Object.keys(map).every((name) => names.includes(name)),
      `may hold only ${names.join(', ')}`,
    ],
  ];
}

/** An App may serve several organizations, but it has one key in use and one webhook secret. */
function ofTwo(orgs: readonly PoolEntry[], field: 'private_key' | 'webhook_secret'): string | undefined {
  const byId = new Map<string, string | undefined>();
  for (const { app_id: id, [field]: held } of orgs.flatMap(({ apps }) => apps)) {
    if (byId.has(id) && byId.get(id) !== held?.secret) return id;
    byId.set(id, held?.secret);
  }
  return undefined;
}

function reference(value: unknown, lookup: Lookup): Reference {
  const name = typeof value === 'string' ? REFERENCE.exec(value)?.[1] : undefined;
  return { name, secret: name === undefined ? undefined : lookup(name) };
}

/** Nothing but a text or a number becomes a text that a rule could accept. */
function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFilled(list: readonly unknown[]): boolean {
  return list.length > 0;
}

function areUnique(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
