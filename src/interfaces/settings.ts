import { parseAppConfig, type AppPoolSettings, type AppSettings } from '../infrastructure/yaml/app-config.ts';
import { looksLikePrivateKey } from '../infrastructure/web-crypto/rsa-private-key.ts';
import { githubServer, type GitHubServer } from '../domain/github-server.ts';
import { isLoopbackHost, issuerUrlFault } from '../domain/issuer-url.ts';
import { isOwnerName, isRepositoryName } from '../domain/scope.ts';
import type { App, QuotaFloors } from '../domain/apps.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The environment, checked whole and frozen. Names, kinds and defaults: docs/configuration.md. */
export interface Settings {
  readonly stsDomain: string;
  readonly maxTokenLifetimeSeconds: number;
  readonly pools: readonly AppPoolSettings[];
  readonly webhookSecrets: WebhookSecrets;
  readonly github: GitHubServer;
  readonly orgPolicyRepository: string;
  readonly allowedIssuers: ReadonlySet<string> | undefined;
  readonly knownIssuers: ReadonlySet<string>;
  readonly allowlistUnreadable: 'allow' | 'deny';
  readonly quotaFloors: QuotaFloors;
  /** In lower case; nothing: every organization. */
  readonly webhookOrganizations: ReadonlySet<string> | undefined;
  readonly checkEveryPullRequest: boolean;
  readonly explainTo: 'owner' | 'nobody' | 'everybody';
  readonly eventIngressUri: string | undefined;
  /** Where `docs/` of this project is published, without a trailing slash: findings and the landing page link there. */
  readonly documentationUrl: string | undefined;
  readonly allowLoopbackHttp: boolean;
  readonly logLevel: LogLevel;
  readonly kv: KVNamespace;
  readonly metrics: AnalyticsEngineDataset | undefined;
  readonly rateLimiter: RateLimit | undefined;
}

export interface WebhookSecrets {
  /** The deployment's own, the previous one included. */
  readonly shared: readonly string[];
  /** By App id, where `APP_CONFIG` gives one. */
  readonly byAppId: ReadonlyMap<string, string>;
}

/** A setting that is missing or wrong, by its name. The value is never told: it may be a secret. */
export interface SettingFault {
  readonly setting: string;
  readonly problem: string;
}

export type SettingsResult =
  | { readonly kind: 'valid'; readonly settings: Settings }
  /** `pools`: as far as they could be read. */
  | { readonly kind: 'invalid'; readonly faults: readonly SettingFault[]; readonly pools: readonly AppPoolSettings[] };

const HOST = /^(?=.{1,253}(:|$))[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/;
const DEFAULT_KNOWN_ISSUERS = 'https://accounts.google.com,https://gitlab.com';

/** Checks the environment whole, so that every fault is named at once. */
export function readSettings(env: Readonly<Record<string, unknown>>): SettingsResult {
  const reader = new SettingsReader(env);
  const settings = reader.read();
  return reader.faults.length > 0 || settings === undefined
    ? { kind: 'invalid', faults: reader.faults, pools: reader.pools }
    : { kind: 'valid', settings: Object.freeze(settings) };
}

/** Faults of keys that have the form of one and are none: that shows only when they are imported. */
export async function privateKeyFaults(
  pools: readonly AppPoolSettings[],
  canSign: (app: App) => Promise<boolean>,
): Promise<readonly SettingFault[]> {
  const faults: SettingFault[] = [];
  for (const app of pools.flatMap(({ apps }) => apps)) {
    if (!looksLikePrivateKey(app.privateKey) || (await canSign(app))) continue;
    faults.push({ setting: app.privateKeySetting, problem: 'holds a PEM that is no RSA private key' });
  }
  return faults;
}

class SettingsReader {
  readonly faults: SettingFault[] = [];
  pools: readonly AppPoolSettings[] = [];

  constructor(private readonly env: Readonly<Record<string, unknown>>) {}

  read(): Settings | undefined {
    const allowLoopbackHttp = this.flag('ALLOW_LOOPBACK_HTTP');
    const stsDomain = this.domain();
    this.pools = this.readPools();
    const github = this.github(allowLoopbackHttp);
    const kv = this.binding<KVNamespace>('OCTO_STS_KV', 'get');
    const settings = {
      maxTokenLifetimeSeconds: this.count('MAX_TOKEN_LIFETIME_SECONDS', 86_400),
      webhookSecrets: this.webhookSecrets(this.pools),
      orgPolicyRepository: this.orgPolicyRepository(),
      allowedIssuers: this.issuers('OCTOSTS_ALLOWED_ISSUERS', undefined, allowLoopbackHttp),
      knownIssuers: this.issuers('KNOWN_ISSUERS', DEFAULT_KNOWN_ISSUERS, allowLoopbackHttp) ?? new Set<string>(),
      allowlistUnreadable: this.oneOf('ALLOWLIST_UNREADABLE', ['allow', 'deny'] as const),
      quotaFloors: this.quotaFloors(),
      webhookOrganizations: this.organizations(),
      checkEveryPullRequest: this.flag('CHECK_EVERY_PULL_REQUEST'),
      explainTo: this.oneOf('EXPLAIN_TO', ['owner', 'nobody', 'everybody'] as const),
      eventIngressUri: this.httpsUrl('EVENT_INGRESS_URI', allowLoopbackHttp),
      documentationUrl: this.httpsUrl('DOCUMENTATION_URL', allowLoopbackHttp)?.replace(/\/+$/, ''),
      allowLoopbackHttp,
      logLevel: this.oneOf('LOG_LEVEL', ['info', 'debug', 'warn', 'error'] as const),
      metrics: this.optionalBinding<AnalyticsEngineDataset>('EXCHANGE_METRICS', 'writeDataPoint'),
      rateLimiter: this.optionalBinding<RateLimit>('EXCHANGE_RATE_LIMITER', 'limit'),
    };
    if (kv === undefined) this.fault('OCTO_STS_KV', 'is required: a KV namespace');
    if (kv === undefined || github === undefined || stsDomain === undefined) return undefined;
    return { ...settings, kv, github, stsDomain, pools: this.pools };
  }

  /** Text of a variable or secret; an empty one counts as unset. Numbers and booleans of `[vars]` count as their text. */
  private text(name: string): string | undefined {
    const value = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') {
      this.fault(name, 'must be text');
      return undefined;
    }
    return value.trim() === '' ? undefined : value.trim();
  }

  private list(name: string, fallback?: string): readonly string[] | undefined {
    const text = this.text(name) ?? fallback;
    return text
      ?.split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }

  private flag(name: string): boolean {
    const text = this.text(name)?.toLowerCase() ?? 'false';
    if (text !== 'true' && text !== 'false') this.fault(name, 'must be true or false');
    return text === 'true';
  }

  private oneOf<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(name);
    const choice = choices.find((one) => one === text);
    if (text !== undefined && choice === undefined) this.fault(name, `must be one of ${choices.join(', ')}`);
    return choice ?? choices[0];
  }

  private domain(): string | undefined {
    const text = this.text('STS_DOMAIN');
    if (text === undefined) this.fault('STS_DOMAIN', "is required: this service's host, such as sts.example.com");
    else if (!HOST.test(text)) this.fault('STS_DOMAIN', 'must be a host name, without https:// and without a path');
    return text?.toLowerCase();
  }

  private github(allowLoopbackHttp: boolean): GitHubServer | undefined {
    const server = githubServer(this.text('GITHUB_BASE_URL') ?? 'https://api.github.com', allowLoopbackHttp);
    if (server === undefined) {
      this.fault(
        'GITHUB_BASE_URL',
        "must be the https address of a GitHub server's API, such as https://ghe.example.com/api/v3",
      );
    }
    return server;
  }

  private orgPolicyRepository(): string {
    const name = this.text('ORG_POLICY_REPO') ?? '.github';
    if (!isRepositoryName(name)) this.fault('ORG_POLICY_REPO', "must be a repository's name, without its owner");
    return name;
  }

  private readPools(): readonly AppPoolSettings[] {
    const config = this.text('APP_CONFIG');
    if (config === undefined) return this.singleApp();
    for (const name of ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY']) {
      if (this.text(name) !== undefined) this.fault(name, 'must not be set together with APP_CONFIG');
    }
    const result = parseAppConfig(config, (name) => this.text(name));
    if (result.kind === 'valid') return result.pools;
    for (const problem of result.problems) this.fault('APP_CONFIG', problem);
    return [];
  }

  private singleApp(): readonly AppPoolSettings[] {
    const id = this.text('GITHUB_APP_ID');
    const privateKey = this.text('GITHUB_APP_PRIVATE_KEY');
    if (id === undefined) this.fault('GITHUB_APP_ID', 'is required: the number of the GitHub App');
    else if (!/^[0-9]{1,18}$/.test(id)) this.fault('GITHUB_APP_ID', 'must be digits');
    if (privateKey === undefined) this.fault('GITHUB_APP_PRIVATE_KEY', "is required: the App's private key");
    else if (!looksLikePrivateKey(privateKey)) {
      this.fault('GITHUB_APP_PRIVATE_KEY', 'must be a PEM: PKCS#1 as GitHub hands it out, or PKCS#8');
    }
    const app: AppSettings = {
      name: 'default',
      id: id ?? '',
      privateKey: privateKey ?? '',
      privateKeySetting: 'GITHUB_APP_PRIVATE_KEY',
    };
    return [{ owner: '*', apps: [app] }];
  }

  private webhookSecrets(pools: readonly AppPoolSettings[]): WebhookSecrets {
    const names = ['GITHUB_WEBHOOK_SECRET', 'GITHUB_WEBHOOK_SECRET_PREVIOUS'];
    const byAppId = new Map<string, string>();
    for (const { apps } of pools) {
      for (const { id, webhookSecret } of apps) if (webhookSecret !== undefined) byAppId.set(id, webhookSecret);
    }
    return { shared: names.flatMap((name) => this.text(name) ?? []), byAppId };
  }

  private issuers(
    name: string,
    fallback: string | undefined,
    allowLoopbackHttp: boolean,
  ): ReadonlySet<string> | undefined {
    const issuers = this.list(name, fallback);
    if (issuers === undefined) return undefined;
    if (issuers.some((issuer) => issuerUrlFault(issuer, { allowLoopbackHttp }) !== undefined)) {
      this.fault(name, 'must be issuers, https URLs without query and fragment, with commas between them');
    }
    return new Set(issuers);
  }

  private organizations(): ReadonlySet<string> | undefined {
    const name = 'GITHUB_WEBHOOK_ORGANIZATION_FILTER';
    const names = this.list(name);
    if (names?.some((one) => !isOwnerName(one)))
      this.fault(name, "must be organizations' names with commas between them");
    return names === undefined ? undefined : new Set(names.map((one) => one.toLowerCase()));
  }

  private quotaFloors(): QuotaFloors {
    return { soft: this.count('OCTOSTS_QUOTA_FLOOR_SOFT', 5000), hard: this.count('OCTOSTS_QUOTA_FLOOR_HARD', 1500) };
  }

  private count(name: string, fallback: number): number {
    const text = this.text(name);
    if (text !== undefined && !/^[0-9]{1,9}$/.test(text)) this.fault(name, 'must be a number, zero or more');
    return text === undefined ? fallback : Number(text);
  }

  private httpsUrl(name: string, allowLoopbackHttp: boolean): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isLoopback = url?.protocol === 'http:' && allowLoopbackHttp && isLoopbackHost(url.hostname);
    if (url?.protocol !== 'https:' && !isLoopback) this.fault(name, 'must be an https URL');
    return text;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller says which binding it reads
  private binding<Binding>(name: string, method: string): Binding | undefined {
    const value = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    const isBinding =
      typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function';
    return isBinding ? (value as Binding) : undefined;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as above
  private optionalBinding<Binding>(name: string, method: string): Binding | undefined {
    const binding = this.binding<Binding>(name, method);
    if (binding === undefined && this.env[name] !== undefined && this.env[name] !== '') {
      this.fault(name, 'must be a binding of its kind');
    }
    return binding;
  }

  private fault(setting: string, problem: string): void {
    this.faults.push({ setting, problem });
  }
}
