import { ValidateBy, validateSync, type ValidationArguments } from 'class-validator';
import { isAppId } from '../domain/apps.ts';
import { githubServer } from '../domain/github-server.ts';
import { isLoopbackHost, issuerUrlFault } from '../domain/issuer-url.ts';
import { PROVIDERS } from '../domain/providers/providers.ts';
import { isOwnerName, isRepositoryName } from '../domain/scope.ts';
import { APP_KEY_FORM, parseAppKey } from '../infrastructure/app-keys/app-keys.ts';

/** A setting that is missing or wrong, by its name. The value is never told: it may be a secret. */
export interface SettingFault {
  readonly setting: string;
  readonly problem: string;
}

const HOST = /^(?=.{1,253}(:|$))[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/;
const ISSUERS = 'must be issuers, https URLs without query and fragment, with commas between them';
const OWN_ISSUERS = 'must be issuers all of whose tokens are your own, and none that serves everybody';
const HTTPS_URL = 'must be an https URL';
/** b64token (RFC 6750 §2.1). */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const COUNT = 'must be a number, zero or more';
const FLAG = 'must be true or false';
const NOT_BESIDE_APP_CONFIG = 'must not be set together with APP_CONFIG';
/** Nine digits are exact as a number, and larger than any useful value of these settings. */
const WHOLE_NUMBER = /^[0-9]{1,9}$/;

export const LOG_LEVELS = ['info', 'debug', 'warn', 'error'] as const;
export const AUDIENCES = ['owner', 'nobody', 'everybody'] as const;
export const UNREADABLE_LISTS = ['allow', 'deny'] as const;

/** What a text must be, and half a sentence on that. It can depend on the other settings. */
type Rule = readonly [fits: (text: string, all: SettingValues) => boolean, problem: string];

/** Needed, with half a sentence on what it is, under a condition. */
interface Need {
  readonly required: string;
  readonly unless?: (all: SettingValues) => boolean;
}

/**
 * The settings that are texts, under the names that the environment gives them; the first of each that is listed is
 * the default where one is. The constraints give the faults: no message holds a value, which may be a secret.
 */
export class SettingValues {
  @Setting([[(text) => HOST.test(text), 'must be a host name, without https:// and without a path']], {
    required: "is required: this service's host, such as sts.example.com",
  })
  readonly STS_DOMAIN?: string;

  @Setting([[(text) => HOST.test(text), 'must be a host name, without https:// and without a path']])
  readonly STS_DOMAIN_PREVIOUS?: string;

  @Setting(
    [
      [(_, all) => all.APP_CONFIG === undefined, NOT_BESIDE_APP_CONFIG],
      [isAppId, 'must be digits, or a client ID (Iv…)'],
    ],
    {
      required: 'is required: the number of the GitHub App, or its client ID',
      unless: (all) => all.APP_CONFIG !== undefined,
    },
  )
  readonly GITHUB_APP_ID?: string;

  @Setting(
    [
      [(_, all) => all.APP_CONFIG === undefined, NOT_BESIDE_APP_CONFIG],
      [(text) => parseAppKey(text) !== undefined, `must be ${APP_KEY_FORM}`],
    ],
    { required: "is required: the App's private key", unless: (all) => all.APP_CONFIG !== undefined },
  )
  readonly GITHUB_APP_PRIVATE_KEY?: string;

  @Setting()
  readonly APP_CONFIG?: string;

  @Setting()
  readonly GITHUB_WEBHOOK_SECRET?: string;

  @Setting()
  readonly GITHUB_WEBHOOK_SECRET_PREVIOUS?: string;

  @Setting([
    [
      (text, all) => githubServer(text, allowsLoopback(all)) !== undefined,
      "must be the https address of a GitHub server's API, such as https://ghe.example.com/api/v3",
    ],
  ])
  readonly GITHUB_BASE_URL?: string;

  @Setting([[isRepositoryName, "must be a repository's name, without its owner"]])
  readonly ORG_POLICY_REPO?: string;

  @Setting([[areIssuers, ISSUERS]])
  readonly OCTOSTS_ALLOWED_ISSUERS?: string;

  @Setting([[areIssuers, ISSUERS]])
  readonly KNOWN_ISSUERS?: string;

  @Setting([oneOf(UNREADABLE_LISTS)])
  readonly ALLOWLIST_UNREADABLE?: string;

  @Setting([[(text) => WHOLE_NUMBER.test(text), COUNT]])
  readonly OCTOSTS_QUOTA_FLOOR_SOFT?: string;

  @Setting([[(text) => WHOLE_NUMBER.test(text), COUNT]])
  readonly OCTOSTS_QUOTA_FLOOR_HARD?: string;

  @Setting([[(text) => WHOLE_NUMBER.test(text) && Number(text) > 0, 'must be a number of seconds, one or more']])
  readonly MAX_TOKEN_LIFETIME_SECONDS?: string;

  @Setting([[(text) => listed(text).every(isOwnerName), "must be organizations' names with commas between them"]])
  readonly GITHUB_WEBHOOK_ORGANIZATION_FILTER?: string;

  @Setting([[isFlag, FLAG]])
  readonly CHECK_EVERY_PULL_REQUEST?: string;

  @Setting([oneOf(AUDIENCES)])
  readonly EXPLAIN_TO?: string;

  @Setting([
    [areIssuers, ISSUERS],
    [(text) => !listed(text).some(isSharedIssuer), OWN_ISSUERS],
  ])
  readonly EXPLAIN_ISSUERS?: string;

  @Setting([[isHttpsUrl, HTTPS_URL]])
  readonly EVENT_INGRESS_URI?: string;

  @Setting([[(text) => BEARER_TOKEN.test(text), 'must be a bearer token: letters, digits and -._~+/=']])
  readonly EVENT_INGRESS_TOKEN?: string;

  @Setting([[isHttpsUrl, HTTPS_URL]])
  readonly DOCUMENTATION_URL?: string;

  @Setting([[isFlag, FLAG]])
  readonly ALLOW_LOOPBACK_HTTP?: string;

  @Setting([oneOf(LOG_LEVELS)])
  readonly LOG_LEVEL?: string;
}

export type SettingName = keyof SettingValues;

/** The texts of the environment, checked. Bindings are not among them. */
export function readSettingValues(env: Readonly<Record<string, unknown>>): {
  readonly values: SettingValues;
  readonly faults: readonly SettingFault[];
} {
  const values = new SettingValues();
  for (const name of SETTING_NAMES) Reflect.set(values, name, settingText(env, name));
  const errors = validateSync(values, { validationError: { target: false, value: false } });
  const faults = errors.flatMap(({ property, constraints = {} }) =>
    Object.values(constraints).map((problem) => ({ setting: property, problem })),
  );
  // What has a fault is not read on: it may be of another type than a text.
  for (const { setting } of faults) Reflect.set(values, setting, undefined);
  return { values, faults };
}

/**
 * A variable or secret: an empty one counts as unset, numbers and booleans of `[vars]` as their text. Anything else
 * stays what it is, for the constraints to refuse.
 */
export function settingText(env: Readonly<Record<string, unknown>>, name: string): unknown {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return value;
  const text = value.trim();
  return text === '' ? undefined : text;
}

/** The entries of a list with commas, without empty ones. */
export function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

const SETTING_NAMES: readonly string[] = Object.keys(new SettingValues());

function Setting(rules: readonly Rule[] = [], need?: Need): PropertyDecorator {
  return ValidateBy({
    name: 'setting',
    validator: {
      validate: (value, found) => problemOf(value, all(found), rules, need) === undefined,
      defaultMessage: (found) => problemOf(found?.value, all(found), rules, need) ?? '',
    },
  });
}

function all(found: ValidationArguments | undefined): SettingValues {
  return found?.object as SettingValues;
}

function problemOf(value: unknown, all: SettingValues, rules: readonly Rule[], need?: Need): string | undefined {
  if (value === undefined) return need?.unless?.(all) === true ? undefined : need?.required;
  if (typeof value !== 'string') return 'must be text';
  return rules.find(([fits]) => !fits(value, all))?.[1];
}

function oneOf(choices: readonly string[]): Rule {
  return [(text) => choices.includes(text), `must be one of ${choices.join(', ')}`];
}

function isFlag(text: string): boolean {
  return text.toLowerCase() === 'true' || text.toLowerCase() === 'false';
}

function allowsLoopback({ ALLOW_LOOPBACK_HTTP: flag }: SettingValues): boolean {
  return typeof flag === 'string' && flag.toLowerCase() === 'true';
}

function areIssuers(text: string, all: SettingValues): boolean {
  const rules = { allowLoopbackHttp: allowsLoopback(all) };
  return listed(text).every((issuer) => issuerUrlFault(issuer, rules) === undefined);
}

/** The address is the same for all customers of a provider, so its tokens can be anybody's. */
function isSharedIssuer(issuer: string): boolean {
  const plain = issuer.toLowerCase().replace(/\/+$/, '');
  return PROVIDERS.some(({ issuers }) => issuers.includes(plain));
}

function isHttpsUrl(text: string, all: SettingValues): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return true;
  return url?.protocol === 'http:' && allowsLoopback(all) && isLoopbackHost(url.hostname);
}
