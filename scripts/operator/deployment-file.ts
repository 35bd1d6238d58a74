import { parse, stringify, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { plainText } from './plain-text.ts';

/** A deployment's own settings, laid over the shared `wrangler.toml`. */
export interface Deployment {
  readonly name: string;
  /** Its file, from the project's root. */
  readonly path: string;
  /** What wrangler is given: the shared file with the deployment's laid over it. */
  readonly config: TomlTable;
  /** What `npm run setup` noted for itself (`[setup]`); wrangler never sees it. */
  readonly notes: Readonly<Record<string, string>>;
}

export type DeploymentResult =
  | { readonly kind: 'read'; readonly deployment: Deployment }
  | { readonly kind: 'faulty'; readonly faults: readonly string[] };

/** A file name and a part of one, so nothing that could lead elsewhere. */
const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;
/** `deployments/example.toml` is to be copied. */
const EXAMPLE = 'example';
/** What is bundled, and how, is the same in every deployment: else an upgrade could not be tried before. */
const SHARED_KEYS = ['main', 'alias', 'build', 'env', 'minify', 'secrets', 'site', 'assets'];

/** @returns why the text names no deployment, or nothing */
export function deploymentNameFault(name: string): string | undefined {
  if (!NAME.test(name)) return 'A deployment’s name is made of a-z, 0-9 and "-", 31 characters at most.';
  return name === EXAMPLE ? 'deployments/example.toml is to be copied, not deployed.' : undefined;
}

/** Where the deployment's file stands, from the project's root. */
export function deploymentPath(name: string): string {
  return `deployments/${name}.toml`;
}

/**
 * Lays a deployment's file over the shared one. Tables are merged name by name; anything else, lists included, replaces
 * what stands in the shared file.
 */
export function readDeployment(name: string, sharedText: string, ownText: string): DeploymentResult {
  const shared = readToml('wrangler.toml', sharedText);
  const own = readToml(deploymentPath(name), ownText);
  const faults = [shared, own].filter((one) => typeof one === 'string');
  if (typeof shared === 'string' || typeof own === 'string') return { kind: 'faulty', faults };
  const { setup = {}, ...rest } = own;
  const misplaced = SHARED_KEYS.filter((key) => Object.hasOwn(rest, key));
  if (misplaced.length > 0) {
    return {
      kind: 'faulty',
      faults: misplaced.map(
        (key) => `${deploymentPath(name)}: "${key}" belongs to wrangler.toml, for every deployment alike`,
      ),
    };
  }
  // Variables that are not in the files any more go away with the deployment: the files are the whole truth.
  const config = { ...merged(shared, rest), keep_vars: false };
  return { kind: 'read', deployment: { name, path: deploymentPath(name), config, notes: textsOf(setup) } };
}

/** The shared file alone, as Cloudflare's build uses it: its deploy button writes names and ids into a copy. */
export function readSharedDeployment(text: string): DeploymentResult {
  const config = readToml('wrangler.toml', text);
  if (typeof config === 'string') return { kind: 'faulty', faults: [config] };
  return { kind: 'read', deployment: { name: 'build', path: 'wrangler.toml', config, notes: {} } };
}

/** The file for wrangler: JSON, which it reads like TOML. */
export function wranglerConfig({ config }: Deployment): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** `[vars]` of the merged configuration. */
export function variablesOf({ config }: Deployment): Readonly<Record<string, TomlValue>> {
  return isTable(config.vars) ? config.vars : {};
}

/** The Worker's name on the account. */
export function workerName({ config }: Deployment): string {
  return typeof config.name === 'string' ? config.name : '';
}

/** One thing to set in a deployment's file: `table` is `vars`, `setup`, or nothing for the top of the file. */
export interface Entry {
  readonly table?: 'vars' | 'setup';
  readonly key: string;
  readonly value: string | boolean;
}

/**
 * The text with the entry set, and everything else as it was, comments included.
 *
 * @returns nothing where that can't be done line by line: the operator wrote it in another form
 */
export function withEntry(text: string, { table, key, value }: Entry): string | undefined {
  const line = `${key} = ${JSON.stringify(value)}`;
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const start = table === undefined ? -1 : lines.findIndex((one) => one.trim() === `[${table}]`);
  if (table !== undefined && start < 0)
    return checked(text, [...lines, ...(lines.length > 0 ? [''] : []), `[${table}]`, line], { table, key, value });
  const end = sectionEnd(lines, start + 1);
  const at = lines.findIndex((one, index) => index > start && index < end && assigns(one, key));
  if (at >= 0) lines[at] = line;
  else lines.splice(lastFilled(lines, start, end) + 1, 0, line);
  return checked(text, lines, { table, key, value });
}

/** The written text must mean the former one with this entry, and nothing else: else the operator edits it. */
function checked(
  before: string,
  lines: readonly string[],
  { table, key, value }: { table: Entry['table'] | undefined; key: string; value: string | boolean },
): string | undefined {
  const after = `${lines.join('\n')}\n`;
  const was = readToml('', before);
  const is = readToml('', after);
  if (typeof was === 'string' || typeof is === 'string') return undefined;
  const expected = merged(was, table === undefined ? { [key]: value } : { [table]: { [key]: value } });
  return sameToml(expected, is) ? after : undefined;
}

function sectionEnd(lines: readonly string[], from: number): number {
  const next = lines.findIndex((one, index) => index >= from && /^\s*\[/.test(one));
  return next < 0 ? lines.length : next;
}

function lastFilled(lines: readonly string[], start: number, end: number): number {
  let at = end - 1;
  while (at > start && lines[at]?.trim() === '') at -= 1;
  return at;
}

function assigns(line: string, key: string): boolean {
  const [left = ''] = line.split('=', 1);
  return line.includes('=') && left.trim() === key;
}

function readToml(path: string, text: string): TomlTable | string {
  try {
    return parse(text);
  } catch (error) {
    // The message shows the line, which is the operator's own.
    return error instanceof TomlError
      ? `${path}, line ${error.line}: ${plainText(firstLine(error.message))}`
      : `${path}: no TOML`;
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function merged(under: TomlTable, over: TomlTable): TomlTable {
  const result: TomlTable = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(result, key) ? result[key] : undefined;
    // Defined, not assigned: a file may name a key `__proto__`.
    const entry = isTable(below) && isTable(value) ? merged(below, value) : value;
    Object.defineProperty(result, key, { value: entry, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function sameToml(left: TomlTable, right: TomlTable): boolean {
  return canonical(left) === canonical(right);
}

function canonical(table: TomlTable): string {
  return stringify(sorted(table));
}

function sorted(value: TomlValue): TomlValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}

function textsOf(value: TomlValue): Readonly<Record<string, string>> {
  if (!isTable(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
