import { parseArgs } from 'node:util';
import { isAppId } from '../../src/domain/apps.ts';
import { isOwnerName, parseScope } from '../../src/domain/scope.ts';
import { appPermissions, parsePermissions, PRESETS, type AppPermissions } from './app-permissions.ts';
import { deploymentNameFault } from './deployment-file.ts';
import { GITHUB_COM, githubSite } from './github-site.ts';
import { MAX_APP_NAME_CHARACTERS } from './app-manifest.ts';

export const STEP_NAMES = ['worker', 'host', 'app', 'secrets', 'deploy', 'install', 'first'] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** What the command line says. Nothing where it does not say: then the operator is asked. */
export interface SetupOptions {
  readonly deployment: string;
  readonly worker: string | undefined;
  readonly account: string | undefined;
  readonly domain: string | undefined;
  readonly github: string | undefined;
  readonly organization: string | undefined;
  readonly user: string | undefined;
  readonly appName: string | undefined;
  readonly preset: string | undefined;
  readonly permissions: AppPermissions | undefined;
  readonly isPublicApp: boolean;
  readonly appId: string | undefined;
  readonly keyFile: string | undefined;
  readonly webhookSecretFile: string | undefined;
  readonly setsWebhook: boolean;
  readonly adopts: boolean;
  readonly saveKey: string | undefined;
  readonly repository: string | undefined;
  readonly waitMilliseconds: number;
  readonly opensBrowser: boolean;
  readonly asks: boolean;
  readonly repeated: ReadonlySet<StepName>;
}

const DEFAULT_WAIT_SECONDS = 180;
const MAX_WAIT_SECONDS = 3600;
export const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

export const SETUP_HELP = `npm run setup -- [options]     from nothing to a first exchange; can be run again at any time

  --deployment NAME       deployments/NAME.toml (production)
  --worker NAME           the Worker's name on the account
  --adopt                 a Worker of that name is there, and is to be replaced
  --account ID            the Cloudflare account, where there are several
  --domain HOST           a domain of your own, in a zone of the account (else NAME.SUBDOMAIN.workers.dev)

  --github URL            ${GITHUB_COM}, https://SUBDOMAIN.ghe.com, or an Enterprise Server's address
  --organization NAME     who owns the App
  --user NAME             your own account owns it
  --app-name NAME         the App's name, ${MAX_APP_NAME_CHARACTERS} characters at most
  --preset NAME           ${PRESETS.map(({ name }) => name).join(', ')}: the most that policies can grant
  --permissions LIST      more of it, such as contents:write,members:read
  --public-app            other accounts may install the App too
  --app-id ID --key FILE  an App that exists, and its key as GitHub handed it out
  --set-webhook           let the webhooks of an App that exists come here, with a new secret;
  --webhook-secret FILE   with this secret
  --save-key FILE         keep a copy of a new App's key there, for you alone to read (else it is only at Cloudflare)

  --repository OWNER/REPO for the first policy
  --wait SECONDS          how long the service may take to be live (${DEFAULT_WAIT_SECONDS})
  --no-browser            print addresses instead of opening them
  --yes                   ask nothing
  --repeat STEPS          although done: ${STEP_NAMES.join(', ')}`;

/** @returns what is wrong with the command line, as a text */
export function setupOptions(args: readonly string[]): SetupOptions | { readonly help: true } | string {
  let values;
  try {
    ({ values } = parse(args));
  } catch (error) {
    // Node's own errors say which option it is.
    return (error as Error).message;
  }
  if (values.help) return { help: true };
  const faults = [...faultsOf(values)];
  const permissions = values.permissions === undefined ? undefined : parsePermissions(values.permissions);
  if (typeof permissions === 'string') faults.push(`--permissions: ${permissions}`);
  if (faults.length > 0 || typeof permissions === 'string') return faults.join('\n');
  return {
    deployment: values.deployment,
    worker: values.worker,
    account: values.account,
    domain: values.domain?.toLowerCase(),
    github: values.github,
    organization: values.organization,
    user: values.user,
    appName: values['app-name'],
    preset: values.preset,
    permissions,
    isPublicApp: values['public-app'],
    appId: values['app-id'],
    keyFile: values.key,
    webhookSecretFile: values['webhook-secret'],
    setsWebhook: values['set-webhook'],
    adopts: values.adopt,
    saveKey: values['save-key'],
    repository: values.repository,
    waitMilliseconds: Number(values.wait) * 1000,
    opensBrowser: !values['no-browser'],
    asks: !values.yes,
    repeated: new Set(stepsIn(values.repeat)),
  };
}

/** The permissions of a preset, with what the checks need and what was named besides. */
export function chosenPermissions(preset: string, named: AppPermissions | undefined): AppPermissions {
  return appPermissions(PRESETS.find(({ name }) => name === preset)?.permissions ?? {}, named ?? {});
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  return parseArgs({
    args: [...args],
    options: {
      deployment: { type: 'string', default: 'production' },
      worker: text,
      account: text,
      domain: text,
      github: text,
      organization: text,
      user: text,
      'app-name': text,
      preset: text,
      permissions: text,
      'public-app': flag,
      'app-id': text,
      key: text,
      'webhook-secret': text,
      'set-webhook': flag,
      adopt: flag,
      'save-key': text,
      repository: text,
      wait: { type: 'string', default: String(DEFAULT_WAIT_SECONDS) },
      'no-browser': flag,
      yes: flag,
      repeat: { type: 'string', default: '' },
      help: flag,
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

function faultsOf(values: Values): readonly string[] {
  const wait = /^\d{1,5}$/.test(values.wait) ? Number(values.wait) : 0;
  const steps: readonly string[] = STEP_NAMES;
  const repeated = values.repeat.split(',').filter((one) => one !== '');
  const checks: readonly (readonly [wrong: boolean, fault: string])[] = [
    [
      deploymentNameFault(values.deployment) !== undefined,
      `--deployment: ${deploymentNameFault(values.deployment) ?? ''}`,
    ],
    [
      values.domain !== undefined && !HOST.test(values.domain.toLowerCase()),
      '--domain must be a host name, such as sts.acme.dev',
    ],
    [
      values.github !== undefined && githubSite(values.github) === undefined,
      `--github must be the https address of a GitHub, such as ${GITHUB_COM}`,
    ],
    [
      values.organization !== undefined && !isOwnerName(values.organization),
      '--organization must be an organization’s name',
    ],
    [values.user !== undefined && !isOwnerName(values.user), '--user must be an account’s name'],
    [values.organization !== undefined && values.user !== undefined, '--organization and --user exclude each other'],
    [
      values['app-id'] !== undefined && !isAppId(values['app-id']),
      '--app-id must be the App’s number, or its client ID',
    ],
    [values['app-id'] !== undefined && values.key === undefined, '--app-id needs --key FILE'],
    [
      values['app-name'] !== undefined && appNameFault(values['app-name']) !== undefined,
      `--app-name: ${appNameFault(values['app-name'] ?? '') ?? ''}`,
    ],
    [
      values.preset !== undefined && !PRESETS.some(({ name }) => name === values.preset),
      `--preset must be one of ${PRESETS.map(({ name }) => name).join(', ')}`,
    ],
    [
      values.repository !== undefined && repositoryFault(values.repository) !== undefined,
      `--repository: ${repositoryFault(values.repository ?? '') ?? ''}`,
    ],
    [wait < 1 || wait > MAX_WAIT_SECONDS, `--wait must be a number of seconds, from 1 to ${MAX_WAIT_SECONDS}`],
    [repeated.some((one) => !steps.includes(one)), `--repeat takes ${STEP_NAMES.join(', ')}`],
  ];
  return checks.flatMap(([wrong, fault]) => (wrong ? [fault] : []));
}

export function appNameFault(name: string): string | undefined {
  if (name.trim() === '') return 'A name is needed.';
  return name.length > MAX_APP_NAME_CHARACTERS
    ? `GitHub takes ${MAX_APP_NAME_CHARACTERS} characters at most.`
    : undefined;
}

export function repositoryFault(text: string): string | undefined {
  return parseScope(text)?.repository === undefined ? 'must be OWNER/REPO' : undefined;
}

function stepsIn(text: string): readonly StepName[] {
  return STEP_NAMES.filter((name) => text.split(',').includes(name));
}
