import { isLoopbackHost } from '../../src/domain/issuer-url.ts';
import { settingText } from '../../src/interfaces/setting-values.ts';
import { readSettings, type SettingFault } from '../../src/interfaces/settings.ts';
import { isTable, variablesOf, workerName, type Deployment } from './deployment-file.ts';
import type { TomlValue } from 'smol-toml';

/** What is wrong with a deployment: `faults` forbid it, `warnings` do not. No sentence holds a setting's value. */
export interface Findings {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Whoever sees the account's variables may read them, and they stand in a file. */
const SECRET_NAMES = [
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_WEBHOOK_SECRET',
  'GITHUB_WEBHOOK_SECRET_PREVIOUS',
  'EVENT_INGRESS_TOKEN',
];
/** What stands in examples for a value of one's own. */
const PLACEHOLDERS = [/\bexample\.(?:com|net|org)\b/i, /\byour-/i, /<[^>]*>/, /^0{16,}$/, /change[_ -]?me/i];
const WORKER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The binding without which the Worker does not start to serve; wrangler makes the namespace. */
const STORE = 'OCTO_STS_KV';

/** What can be seen from the files alone. */
export function fileFindings(deployment: Deployment): Findings {
  const { config } = deployment;
  const where = deployment.path;
  const faults: string[] = [];
  if (!WORKER_NAME.test(workerName(deployment))) faults.push(`${where}: "name" must be made of a-z, 0-9 and "-"`);
  for (const path of placeholders(config)) faults.push(`${where}: ${path} still holds a placeholder`);
  if (config.preview_urls === true)
    faults.push(`${where}: preview_urls must stay false, for previews run old code with live secrets`);
  if (!hasStore(config.kv_namespaces)) faults.push(`${where}: [[kv_namespaces]] must keep the binding ${STORE}`);
  const variables = variablesOf(deployment);
  for (const name of secretsIn(variables)) {
    faults.push(
      `${where}: ${name} is a secret and must not stand in a file: npx wrangler secret put ${name} --name ${workerName(deployment)}`,
    );
  }
  if (isLocalSwitchElsewhere(variables)) {
    faults.push(`${where}: ALLOW_LOOPBACK_HTTP is for a service on this machine; elsewhere it would serve any host`);
  }
  return { faults, warnings: [] };
}

/**
 * What the settings lack, by the service's own rules. Values of secrets can't be known: only whether they are there.
 *
 * @param secretNames the names of the Worker's secrets
 */
export function settingFindings(deployment: Deployment, secretNames: readonly string[]): Findings {
  const variables = variablesOf(deployment);
  const where = deployment.path;
  const twice = Object.keys(variables).filter((name) => secretNames.includes(name));
  const faults = [
    ...twice.map(
      (name) =>
        `${name} is a variable in ${where} and a secret of the Worker. Keep one: npx wrangler secret delete ${name} --name ${workerName(deployment)}`,
    ),
    ...settingFaults(variables, secretNames).map((fault) => sentence(fault, deployment)),
  ];
  const hasWebhookSecret =
    secretNames.includes('GITHUB_WEBHOOK_SECRET') ||
    secretNames.includes('APP_CONFIG') ||
    settingText(variables, 'APP_CONFIG') !== undefined;
  const warnings = hasWebhookSecret ? [] : [`GITHUB_WEBHOOK_SECRET is not set: exchanges work, webhooks are refused`];
  return { faults: [...new Set(faults)], warnings };
}

function settingFaults(
  variables: Readonly<Record<string, TomlValue>>,
  secretNames: readonly string[],
): readonly SettingFault[] {
  const stand = Object.fromEntries(secretNames.map((name) => [name, standIn(name, secretNames)]));
  const result = readSettings({ ...stand, ...variables });
  if (result.kind === 'valid') return [];
  const isSecret = (name: string): boolean => secretNames.includes(name) && !Object.hasOwn(variables, name);
  // A stand-in's value says nothing, but a name that is no setting stays one.
  return result.faults.filter(({ setting, problem }) => !isSecret(setting) || problem.startsWith('is no setting'));
}

/** A value that passes where nothing but the real one could be judged. */
function standIn(name: string, secretNames: readonly string[]): string {
  if (name !== 'APP_CONFIG') return STAND_IN_KEY;
  const key = secretNames.find((one) => one !== name) ?? 'KEY';
  return `orgs: [{ name: "*", apps: [{ app_id: 1, private_key: "\${${key}}" }] }]`;
}

/** The form of a key, with nothing in it. */
const STAND_IN_KEY = `-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----`;

function sentence({ setting, problem }: SettingFault, deployment: Deployment): string {
  const where = SECRET_NAMES.includes(setting)
    ? `npx wrangler secret put ${setting} --name ${workerName(deployment)}`
    : `[vars] in ${deployment.path}`;
  return `${setting} ${problem} (${where})`;
}

function secretsIn(variables: Readonly<Record<string, TomlValue>>): readonly string[] {
  const named = [...SECRET_NAMES, ...secretsOfApps(variables)];
  const present = named.filter((name) => settingText(variables, name) !== undefined);
  // Under any name: a key that somebody reads in the dashboard is a key lost.
  const keys = Object.entries(variables).flatMap(([name, value]) =>
    typeof value === 'string' && PRIVATE_KEYS.some((form) => form.test(value)) ? [name] : [],
  );
  return [...new Set([...present, ...keys])];
}

/** A PEM (RFC 7468), and the beginning of one in base64. */
const PRIVATE_KEYS = [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, /^\s*LS0tLS1CRUdJTi/];

/** Keys and webhook secrets that `APP_CONFIG` names in braces. */
function secretsOfApps(variables: Readonly<Record<string, TomlValue>>): readonly string[] {
  const config = settingText(variables, 'APP_CONFIG');
  return typeof config === 'string' ? [...config.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name) : [];
}

/**
 * It lets the service be asked under any name, which is what the check of the host is there against. A GitHub without TLS is
 * an emulator's: a rehearsal.
 */
function isLocalSwitchElsewhere(variables: Readonly<Record<string, TomlValue>>): boolean {
  const host = settingText(variables, 'STS_DOMAIN');
  if (String(settingText(variables, 'GITHUB_BASE_URL')).startsWith('http:')) return false;
  const isOn = String(settingText(variables, 'ALLOW_LOOPBACK_HTTP')).toLowerCase() === 'true';
  return isOn && typeof host === 'string' && !isLoopbackHost(host.replace(/:\d+$/, ''));
}

function hasStore(namespaces: TomlValue | undefined): boolean {
  return Array.isArray(namespaces) && namespaces.some((one) => isTable(one) && one.binding === STORE);
}

/** Where texts stand that are meant to be replaced. */
function placeholders(value: TomlValue, path = ''): readonly string[] {
  if (typeof value === 'string') return PLACEHOLDERS.some((one) => one.test(value)) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((one, index) => placeholders(one, `${path}[${index}]`));
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => placeholders(entry, path === '' ? key : `${path}.${key}`));
}
