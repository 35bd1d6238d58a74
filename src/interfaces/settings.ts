import type { QuotaFloors } from '../domain/apps.ts';
import { githubServer, type GitHubServer } from '../domain/github-server.ts';
import { parseAppKey } from '../infrastructure/app-keys/app-keys.ts';
import { parseAppConfig, type AppPoolSettings } from '../infrastructure/yaml/app-config.ts';
import { misspelled } from './setting-names.ts';
import {
  AUDIENCES,
  listed,
  LOG_LEVELS,
  readSettingValues,
  settingText,
  UNREADABLE_LISTS,
  type SettingFault,
  type SettingName,
  type SettingValues,
} from './setting-values.ts';

export type { SettingFault };
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The environment, checked whole and frozen. Names, kinds and defaults: docs/configuration.md. */
export interface Settings {
  /** What the settings say, where an adapter takes it as it stands: `texts.EVENT_INGRESS_URI`. */
  readonly texts: SettingValues;
  readonly stsDomain: string;
  /** Served too, and an audience too, while callers move. */
  readonly previousStsDomain: string | undefined;
  readonly maxTokenLifetimeSeconds: number;
  readonly pools: readonly AppPoolSettings[];
  readonly webhookSecrets: WebhookSecrets;
  readonly github: GitHubServer;
  readonly orgPolicyRepository: string;
  readonly allowedIssuers: ReadonlySet<string> | undefined;
  readonly knownIssuers: ReadonlySet<string>;
  /** Those of them that the operator wrote down: a default one may be in no use at all. */
  readonly namedIssuers: ReadonlySet<string>;
  readonly allowlistUnreadable: 'allow' | 'deny';
  readonly quotaFloors: QuotaFloors;
  /** In lower case; nothing: every organization. */
  readonly webhookOrganizations: ReadonlySet<string> | undefined;
  readonly checkEveryPullRequest: boolean;
  readonly explainTo: 'owner' | 'nobody' | 'everybody';
  readonly explainIssuers: ReadonlySet<string>;
  /** Where `docs/` of this project is published, without a trailing slash: findings and the landing page link there. */
  readonly documentationUrl: string | undefined;
  readonly allowLoopbackHttp: boolean;
  readonly logLevel: LogLevel;
}

export interface WebhookSecrets {
  /** The deployment's own, the previous one included. */
  readonly shared: readonly string[];
  /** By the App's id as it is configured, where `APP_CONFIG` gives one. */
  readonly byAppId: ReadonlyMap<string, string>;
}

export type SettingsResult =
  | { readonly kind: 'valid'; readonly settings: Settings }
  /** `pools` and `texts`: as far as they could be read. */
  | (Pick<Settings, 'pools' | 'texts'> & { readonly kind: 'invalid'; readonly faults: readonly SettingFault[] });

const DEFAULT_KNOWN_ISSUERS = 'https://accounts.google.com,https://gitlab.com';
const DEFAULT_MAX_TOKEN_LIFETIME_SECONDS = 86_400;

/** Checks the environment whole, so that every fault is named at once. */
export function readSettings(env: Readonly<Record<string, unknown>>): SettingsResult {
  const reader = new SettingsReader(env);
  const settings = reader.read();
  return reader.faults.length > 0 || settings === undefined
    ? { kind: 'invalid', faults: reader.faults, pools: reader.pools, texts: reader.values }
    : { kind: 'valid', settings: Object.freeze(settings) };
}

class SettingsReader {
  readonly faults: SettingFault[] = [];
  pools: readonly AppPoolSettings[] = [];
  readonly values: SettingValues;

  constructor(private readonly env: Readonly<Record<string, unknown>>) {
    const { values, faults } = readSettingValues(env);
    this.values = values;
    this.faults.push(...faults);
  }

  read(): Settings | undefined {
    const { values } = this;
    const allowLoopbackHttp = this.flag('ALLOW_LOOPBACK_HTTP');
    const stsDomain = values.STS_DOMAIN?.toLowerCase();
    this.pools = this.readPools();
    const github = githubServer(values.GITHUB_BASE_URL ?? 'https://api.github.com', allowLoopbackHttp);
    const settings = {
      texts: values,
      previousStsDomain: values.STS_DOMAIN_PREVIOUS?.toLowerCase(),
      maxTokenLifetimeSeconds: this.count('MAX_TOKEN_LIFETIME_SECONDS', DEFAULT_MAX_TOKEN_LIFETIME_SECONDS),
      webhookSecrets: this.webhookSecrets(this.pools),
      orgPolicyRepository: values.ORG_POLICY_REPO ?? '.github',
      allowedIssuers: this.set('OCTOSTS_ALLOWED_ISSUERS'),
      knownIssuers: new Set(listed(values.KNOWN_ISSUERS ?? DEFAULT_KNOWN_ISSUERS)),
      namedIssuers: new Set(listed(values.KNOWN_ISSUERS ?? '')),
      allowlistUnreadable: this.choice('ALLOWLIST_UNREADABLE', UNREADABLE_LISTS),
      quotaFloors: {
        soft: this.count('OCTOSTS_QUOTA_FLOOR_SOFT', 5000),
        hard: this.count('OCTOSTS_QUOTA_FLOOR_HARD', 1500),
      },
      webhookOrganizations: this.set('GITHUB_WEBHOOK_ORGANIZATION_FILTER', (name) => name.toLowerCase()),
      checkEveryPullRequest: this.flag('CHECK_EVERY_PULL_REQUEST'),
      explainTo: this.choice('EXPLAIN_TO', AUDIENCES),
      explainIssuers: new Set(listed(values.EXPLAIN_ISSUERS ?? '')),
      documentationUrl: values.DOCUMENTATION_URL?.replace(/\/+$/, ''),
      allowLoopbackHttp,
      logLevel: this.choice('LOG_LEVEL', LOG_LEVELS),
    };
    this.faults.push(...misspelled(this.env, this.referenced));
    if (github === undefined || stsDomain === undefined) return undefined;
    return { ...settings, github, stsDomain, pools: this.pools };
  }

  /** Secrets that `APP_CONFIG` refers to: the operator named those. */
  private readonly referenced = new Set<string>();

  private set(name: SettingName, form = (one: string): string => one): ReadonlySet<string> | undefined {
    const text = this.values[name];
    return text === undefined ? undefined : new Set(listed(text).map(form));
  }

  private flag(name: SettingName): boolean {
    return this.values[name]?.toLowerCase() === 'true';
  }

  private choice<Choice extends string>(name: SettingName, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.values[name];
    return choices.find((one) => one === text) ?? choices[0];
  }

  private count(name: SettingName, fallback: number): number {
    const text = this.values[name];
    return text === undefined ? fallback : Number(text);
  }

  private readPools(): readonly AppPoolSettings[] {
    const config = this.values.APP_CONFIG;
    if (config === undefined) return this.singleApp();
    const result = parseAppConfig(config, (name) => this.referencedSecret(name));
    if (result.kind === 'valid') return result.pools;
    for (const problem of result.problems) this.fault('APP_CONFIG', problem);
    return [];
  }

  private referencedSecret(name: string): string | undefined {
    this.referenced.add(name);
    const text = settingText(this.env, name);
    return typeof text === 'string' ? text : undefined;
  }

  private singleApp(): readonly AppPoolSettings[] {
    const { GITHUB_APP_ID: id = '', GITHUB_APP_PRIVATE_KEY: text = '' } = this.values;
    const key = parseAppKey(text);
    if (key === undefined) return [];
    return [{ owner: '*', apps: [{ name: 'default', id, key, keySetting: 'GITHUB_APP_PRIVATE_KEY' }] }];
  }

  private webhookSecrets(pools: readonly AppPoolSettings[]): WebhookSecrets {
    const byAppId = new Map<string, string>();
    for (const { apps } of pools) {
      for (const { id, webhookSecret } of apps) if (webhookSecret !== undefined) byAppId.set(id, webhookSecret);
    }
    const { GITHUB_WEBHOOK_SECRET: current, GITHUB_WEBHOOK_SECRET_PREVIOUS: previous } = this.values;
    return { shared: [current, previous].filter((one) => one !== undefined), byAppId };
  }

  private fault(setting: string, problem: string): void {
    this.faults.push({ setting, problem });
  }
}
