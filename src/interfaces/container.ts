import { GITHUB_COM } from '../domain/workbench-link.ts';
import { isActionsIssuerOf } from '../domain/github-server.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE } from '../domain/policy-location.ts';
import { EXCHANGE_RULES, type ExchangeRules } from '../application/exchange/exchange-rules.ts';
import { HEALTH_OBSERVATIONS, HealthObservations } from '../application/health/health-observations.ts';
import { HEALTH_RULES } from '../application/health/health-rules.ts';
import { REMEMBERED_REPORT } from '../application/health/tell-health.ts';
import { Installations, INSTALLATION_CACHE } from '../application/policies/installations.ts';

import { OrganizationFile } from '../application/policies/organization-file.ts';
import {
  ALLOWLIST_CACHE,
  GUARDRAILS,
  GUARDRAILS_CACHE,
  ISSUER_ALLOWLISTS,
  OrganizationFiles,
} from '../application/policies/organization-files.ts';
import { FOLDER_CACHE, PolicyFolders } from '../application/policies/policy-folders.ts';
import { POLICY_RULES, type PolicyRules } from '../application/policies/policy-rules.ts';
import { ReadPolicies } from '../application/policies/read-policies.ts';
import { APP_DIRECTORY } from '../application/ports/app-directory.ts';
import { APP_INSPECTOR } from '../application/ports/app-inspector.ts';
import { APP_NUMBERS } from '../application/ports/app-numbers.ts';
import { APP_SIGNER, type AppSigner } from '../application/ports/app-signer.ts';
import { AUDIT_LOG } from '../application/ports/audit-log.ts';
import { BRANCH_POLICY_INDEX } from '../application/ports/branch-policy-index.ts';
import type { Cache, CacheInvalidation } from '../application/ports/cache.ts';
import { CHANGED_POLICY_FILES } from '../application/ports/changed-policy-files.ts';
import { CHECK_RUN_REPORTER } from '../application/ports/check-run-reporter.ts';
import { CLOCK, type Clock } from '../application/ports/clock.ts';
import { COMPILED_POLICIES } from '../application/ports/compiled-policies.ts';
import { DEFERRED_TASKS } from '../application/ports/deferred-tasks.ts';
import { HEALTH_LOG } from '../application/ports/health-log.ts';
import { HEALTH_REPORTS } from '../application/ports/health-reports.ts';
import { INSTALLATION_INSPECTOR } from '../application/ports/installation-inspector.ts';
import { INSTALLATION_REPOSITORY } from '../application/ports/installation-repository.ts';
import { INSTALLATIONS_IN_USE } from '../application/ports/installations-in-use.ts';
import { ISSUER_INSPECTOR } from '../application/ports/issuer-inspector.ts';
import { KEYED_MUTEX } from '../application/ports/keyed-mutex.ts';
import { LOG } from '../application/ports/log.ts';
import { POLICY_CHANGE_LOG } from '../application/ports/policy-change-log.ts';
import { REVOCATION_LOG } from '../application/ports/revocation-log.ts';
import { SINGLE_FLIGHT } from '../application/ports/single-flight.ts';
import { isolateToken, requestToken, type IsolateToken, type RequestToken } from '../application/ports/token.ts';
import { TOKEN_DECODER } from '../application/ports/token-decoder.ts';
import { TOKEN_MINTER } from '../application/ports/token-minter.ts';
import { TOKEN_VERIFIER } from '../application/ports/token-verifier.ts';
import { TRUST_POLICY_REPOSITORY } from '../application/ports/trust-policy-repository.ts';
import { BUDGET_WINDOWS, BudgetWindows } from '../application/budget/budget-windows.ts';
import { RequestBudget } from '../application/budget/request-budget.ts';
import { RequestDeadline } from '../application/budget/request-deadline.ts';
import { RequestMeter } from '../application/budget/request-meter.ts';
import { RequestTrust } from '../application/budget/request-trust.ts';
import { StoreWrites } from '../application/budget/store-writes.ts';
import {
  FOLDER_VALUES,
  FOLDER_WEIGHT,
  INSTALLATION_VALUES,
  ORGANIZATION_FILE_VALUES,
} from '../infrastructure/cache/cached-values.ts';
import type { CacheStore } from '../infrastructure/cache/cache-store.ts';
import { StoredHealthReports } from '../infrastructure/cache/stored-health-reports.ts';
import { StoredInstallationsInUse } from '../infrastructure/cache/stored-installations-in-use.ts';
import { IsolateKeyedMutex } from '../infrastructure/cache/isolate-keyed-mutex.ts';
import { IsolateSingleFlight } from '../infrastructure/cache/isolate-single-flight.ts';
import { LruMap, type WeightLimit } from '../infrastructure/cache/lru-map.ts';
import { StoredBranchPolicyIndex } from '../infrastructure/cache/stored-branch-policy-index.ts';
import { TwoLevelCache, type CachePolicy, type IsolateMemo } from '../infrastructure/cache/two-level-cache.ts';
import { CloudEventSink } from '../infrastructure/events/cloud-event-sink.ts';
import { ConsoleEventSink } from '../infrastructure/events/console-event-sink.ts';
import { ConsoleLog, LOG_LEVEL, REQUEST_ID } from '../infrastructure/events/console-log.ts';
import { DeferredTaskList } from '../infrastructure/events/deferred-task-list.ts';
import { EventAuditLog } from '../infrastructure/events/event-audit-log.ts';
import { EventFanOut } from '../infrastructure/events/event-fan-out.ts';
import { EventHealthLog } from '../infrastructure/events/event-health-log.ts';
import { EventPolicyChangeLog } from '../infrastructure/events/event-policy-change-log.ts';
import { EventRevocationLog } from '../infrastructure/events/event-revocation-log.ts';
import { EVENT_SINKS, type EventSink } from '../infrastructure/events/event-sink.ts';
import { APP_JWTS, AppJwts } from '../infrastructure/github/app-jwts.ts';
import { CHECK_RUN_SETTINGS, type CheckRunSettings } from '../infrastructure/github/check-run-output.ts';
import { ConfiguredAppDirectory } from '../infrastructure/github/configured-app-directory.ts';
import {
  CHANGED_FILES_SETTINGS,
  GitHubChangedPolicyFiles,
} from '../infrastructure/github/github-changed-policy-files.ts';
import { GitHubAppInspector } from '../infrastructure/github/github-app-inspector.ts';
import { GitHubCheckRunReporter, PUBLISHED_REPORTS } from '../infrastructure/github/github-check-run-reporter.ts';
import { GitHubAppNumbers, KNOWN_APP_NUMBERS } from '../infrastructure/github/github-app-numbers.ts';
import { GITHUB_SERVER, GitHubClient } from '../infrastructure/github/github-client.ts';
import { GitHubInstallations } from '../infrastructure/github/github-installations.ts';
import { GitHubTokenMinter } from '../infrastructure/github/github-token-minter.ts';
import { FILE_CONTENTS, GitHubTrustPolicies } from '../infrastructure/github/github-trust-policies.ts';
import { InstallationTokens } from '../infrastructure/github/installation-tokens.ts';
import { QUOTA_BOOK, QuotaBook } from '../infrastructure/github/quota-book.ts';
import { RepositorySession } from '../infrastructure/github/repository-session.ts';
import { BOUNDED_FETCH, boundedFetch } from '../infrastructure/http/bounded-fetch.ts';
import { DISCOVERY_CLIENT, DiscoveryClient } from '../infrastructure/oidc/discovery-client.ts';
import { JoseTokenDecoder } from '../infrastructure/oidc/jose-token-decoder.ts';
import { JoseTokenVerifier } from '../infrastructure/oidc/jose-token-verifier.ts';
import {
  KEY_CACHE,
  KEY_FETCH_LIMITS,
  KEY_REFETCHES,
  KEY_VALUES,
  type KeyFetchLimits,
} from '../infrastructure/oidc/key-directory.ts';
import { KeyInspector } from '../infrastructure/oidc/key-inspector.ts';
import { POLICY_FILE_CHECKS, YamlCompiledPolicies } from '../infrastructure/yaml/yaml-compiled-policies.ts';
import { Composition, type RequestScope } from './composition.ts';
import type { Platform } from './platform.ts';
import { healthRules } from './health-rules.ts';
import { servedHosts } from './served-hosts.ts';
import type { Settings } from './settings.ts';
import { UPLOAD_POOLS, UploadPools } from './webhook/upload-pools.ts';

const SETTINGS = isolateToken<Settings>('Settings');
const STORE = requestToken<CacheStore>('Store');
const PLATFORM = requestToken<Platform>('Platform');
export const DEFERRED_TASK_LIST = requestToken<DeferredTaskList>('DeferredTaskList');

/** Registers everything that an isolate and its requests may ask for. Nothing is made before it is asked for. */
export function compose(settings: Settings, clock: Clock, signer: AppSigner): Composition {
  const composition = new Composition()
    .value(SETTINGS, settings)
    .value(CLOCK, clock)
    .value(APP_SIGNER, signer)
    .value(LOG_LEVEL, settings.logLevel)
    .value(EXCHANGE_RULES, exchangeRules(settings))
    .value(POLICY_RULES, policyRules(settings))
    .value(HEALTH_RULES, healthRules(settings, clock.now()))
    .value(BOUNDED_FETCH, boundedFetch)
    .once(BUDGET_WINDOWS, [], () => new BudgetWindows())
    .once(UPLOAD_POOLS, [CLOCK], (now) => new UploadPools(now))
    .once(SINGLE_FLIGHT, [CLOCK], (now) => new IsolateSingleFlight(now))
    .once(KEYED_MUTEX, [CLOCK], (now) => new IsolateKeyedMutex(new LruMap(1000), now))
    .adapter(RequestTrust, RequestTrust)
    .adapter(RequestMeter, RequestMeter)
    .adapter(RequestDeadline, RequestDeadline)
    .adapter(StoreWrites, StoreWrites)
    .adapter(RequestBudget, RequestBudget);
  composeEvents(composition);
  composeIssuers(composition);
  composeGitHub(composition);
  composePolicies(composition);
  composeWebhook(composition);
  composeHealth(composition);
  return composition;
}

/** What belongs to one request. */
export function requestScope(composition: Composition, platform: Platform, requestId: string): RequestScope {
  return composition.request().value(REQUEST_ID, requestId).value(PLATFORM, platform).value(STORE, platform.store);
}

function composeEvents(composition: Composition): void {
  composition
    .adapter(LOG, ConsoleLog)
    .adapter(DEFERRED_TASK_LIST, DeferredTaskList)
    .perRequest(DEFERRED_TASKS, [DEFERRED_TASK_LIST], (list) => list)
    .perRequest(EVENT_SINKS, [SETTINGS, PLATFORM], eventSinks)
    .adapter(EventFanOut, EventFanOut)
    .adapter(AUDIT_LOG, EventAuditLog)
    .adapter(POLICY_CHANGE_LOG, EventPolicyChangeLog)
    .adapter(REVOCATION_LOG, EventRevocationLog);
}

function composeIssuers(composition: Composition): void {
  composition
    .once(TOKEN_DECODER, [SETTINGS, CLOCK], (settings, clock) => new JoseTokenDecoder(settings, clock))
    .once(DISCOVERY_CLIENT, [SETTINGS, BOUNDED_FETCH], (settings, send) => new DiscoveryClient(settings, send))
    .once(KEY_REFETCHES, [], () => new LruMap(1000))
    .perRequest(KEY_FETCH_LIMITS, [SETTINGS, RequestBudget], keyFetchLimits)
    .adapter(TOKEN_VERIFIER, JoseTokenVerifier);
  composeCache(composition, KEY_CACHE, { ...KEY_VALUES, prefix: () => 'keys|', capacity: 200 });
}

function composeGitHub(composition: Composition): void {
  composition
    .once(GITHUB_SERVER, [SETTINGS], ({ github }) => github)
    .once(APP_JWTS, [APP_SIGNER, CLOCK], (signer, clock) => new AppJwts(signer, clock))
    .once(QUOTA_BOOK, [], () => new QuotaBook())
    // 64 KiB each at the most, and only of folders too big to be read at once.
    .once(FILE_CONTENTS, [], () => new LruMap(100))
    .once(APP_DIRECTORY, [SETTINGS, QUOTA_BOOK, CLOCK], ({ pools, quotaFloors }, quotas, clock) => {
      return new ConfiguredAppDirectory(pools, quotas, quotaFloors, clock);
    })
    .once(KNOWN_APP_NUMBERS, [], () => new LruMap(1000))
    .adapter(GitHubClient, GitHubClient)
    .adapter(APP_NUMBERS, GitHubAppNumbers)
    .adapter(InstallationTokens, InstallationTokens)
    .adapter(INSTALLATION_REPOSITORY, GitHubInstallations)
    .adapter(TRUST_POLICY_REPOSITORY, GitHubTrustPolicies)
    .adapter(TOKEN_MINTER, GitHubTokenMinter);
}

function composePolicies(composition: Composition): void {
  composition
    .once(POLICY_FILE_CHECKS, [SETTINGS], compiledPolicies)
    .once(COMPILED_POLICIES, [POLICY_FILE_CHECKS], (compiled) => compiled)
    // Asked for by several others: made once a request all the same.
    .adapter(Installations, Installations)
    .adapter(PolicyFolders, PolicyFolders)
    .adapter(ReadPolicies, ReadPolicies)
    .perRequest(
      ISSUER_ALLOWLISTS,
      [COMPILED_POLICIES, ALLOWLIST_CACHE, Installations, TRUST_POLICY_REPOSITORY, CLOCK, POLICY_RULES],
      (compiled, ...needs) => {
        return new OrganizationFile({ name: ALLOWLIST_FILE, compile: (text) => compiled.allowlist(text) }, ...needs);
      },
    )
    .perRequest(
      GUARDRAILS,
      [COMPILED_POLICIES, GUARDRAILS_CACHE, Installations, TRUST_POLICY_REPOSITORY, CLOCK, POLICY_RULES],
      (compiled, ...needs) => {
        return new OrganizationFile({ name: GUARDRAILS_FILE, compile: (text) => compiled.guardrails(text) }, ...needs);
      },
    )
    .adapter(OrganizationFiles, OrganizationFiles)
    .perRequest(
      BRANCH_POLICY_INDEX,
      [STORE, CLOCK, StoreWrites, GITHUB_SERVER],
      (store, clock, writes, { apiUrl }) =>
        new StoredBranchPolicyIndex(store, clock, writes, `${apiUrl}|branch policies|`),
    );
  composeCache(composition, INSTALLATION_CACHE, {
    ...INSTALLATION_VALUES,
    prefix: named('installation'),
    capacity: 5000,
  });
  composeCache(composition, FOLDER_CACHE, {
    ...FOLDER_VALUES,
    prefix: named('policies'),
    capacity: 5000,
    weight: FOLDER_WEIGHT,
  });
  composeCache(composition, ALLOWLIST_CACHE, {
    ...ORGANIZATION_FILE_VALUES,
    prefix: (settings) => named(`allowlist ${settings.orgPolicyRepository}`)(settings),
    capacity: 200,
  });
  composeCache(composition, GUARDRAILS_CACHE, {
    ...ORGANIZATION_FILE_VALUES,
    prefix: (settings) => named(`guardrails ${settings.orgPolicyRepository}`)(settings),
    capacity: 200,
  });
}

/** What webhooks need beyond an exchange. */
function composeWebhook(composition: Composition): void {
  composition
    .once(PUBLISHED_REPORTS, [], () => new LruMap(500))
    .once(CHECK_RUN_SETTINGS, [SETTINGS], checkRunSettings)
    .once(CHANGED_FILES_SETTINGS, [SETTINGS], ({ orgPolicyRepository, github }) => {
      return { orgPolicyRepository, actionsIssuer: github.actionsIssuer, webUrl: github.webUrl };
    })
    .adapter(RepositorySession, RepositorySession)
    .adapter(CHANGED_POLICY_FILES, GitHubChangedPolicyFiles)
    .adapter(CHECK_RUN_REPORTER, GitHubCheckRunReporter);
}

/** What `/healthz` needs is made of nothing of GitHub's. */
function composeHealth(composition: Composition): void {
  composition
    .once(HEALTH_OBSERVATIONS, [], () => new HealthObservations())
    .once(REMEMBERED_REPORT, [], () => ({ report: undefined, isStoreWell: true, readAt: Number.NEGATIVE_INFINITY }))
    .perRequest(HEALTH_REPORTS, [STORE], (store) => new StoredHealthReports(store))
    .perRequest(
      INSTALLATIONS_IN_USE,
      [STORE, SETTINGS],
      (store, settings) => new StoredInstallationsInUse(store, named('installation')(settings)),
    )
    .adapter(APP_INSPECTOR, GitHubAppInspector)
    .adapter(INSTALLATION_INSPECTOR, GitHubAppInspector)
    .adapter(ISSUER_INSPECTOR, KeyInspector)
    .adapter(HEALTH_LOG, EventHealthLog);
}

interface CacheSettings<Value> extends Omit<CachePolicy<Value>, 'prefix'> {
  /** Begins every key in the store. */
  readonly prefix: (settings: Settings) => string;
  /** Keys that an isolate remembers. */
  readonly capacity: number;
  readonly weight?: WeightLimit<IsolateMemo<Value>>;
}

function composeCache<Value>(
  composition: Composition,
  token: RequestToken<Cache<Value> & CacheInvalidation> | RequestToken<Cache<Value>>,
  { capacity, weight, prefix, ...values }: CacheSettings<Value>,
): void {
  const memory: IsolateToken<LruMap<IsolateMemo<Value>>> = isolateToken(`memory of ${token.description ?? ''}`);
  composition
    .once(memory, [], () => new LruMap(capacity, weight))
    .perRequest(
      token as RequestToken<Cache<Value> & CacheInvalidation>,
      [memory, SETTINGS, STORE, CLOCK, LOG, DEFERRED_TASKS, StoreWrites],
      (isolate, settings, store, clock, log, deferredTasks, writes) => {
        const runtime = { store, clock, log, deferredTasks, writes };
        return new TwoLevelCache(isolate, { ...values, prefix: prefix(settings) }, runtime);
      },
    );
}

/** Keys name the server that the values are about. */
function named(kind: string): (settings: Settings) => string {
  return ({ github }) => `${github.apiUrl}|${kind}|`;
}

function eventSinks(settings: Settings, { metrics }: Platform): readonly EventSink[] {
  const { texts, stsDomain } = settings;
  const { EVENT_INGRESS_URI: ingressUri, EVENT_INGRESS_TOKEN: token } = texts;
  return [
    new ConsoleEventSink(),
    ...(ingressUri === undefined ? [] : [new CloudEventSink(ingressUri, token, `https://${stsDomain}`)]),
    ...(metrics === undefined ? [] : [metrics]),
  ];
}

function keyFetchLimits({ github, knownIssuers, allowedIssuers }: Settings, budget: RequestBudget): KeyFetchLimits {
  const isConfigured = (issuer: string): boolean =>
    issuer === github.actionsIssuer || knownIssuers.has(issuer) || allowedIssuers?.has(issuer) === true;
  return {
    boundFor: (issuer) => {
      if (isConfigured(issuer)) return undefined;
      return budget.failedKeyFetches(isActionsIssuerOf(github, issuer) ? 'enterprise' : 'other');
    },
  };
}

function exchangeRules(settings: Settings): ExchangeRules {
  const { allowedIssuers, knownIssuers, allowlistUnreadable, explainTo, explainIssuers, orgPolicyRepository, github } =
    settings;
  return {
    serviceAudiences: servedHosts(settings).flatMap((host) => [host, `https://${host}`]),
    allowedIssuers,
    knownIssuers,
    isActionsIssuer: (issuer) => isActionsIssuerOf(github, issuer),
    allowlistUnreadable,
    explainTo,
    explainIssuers,
    orgPolicyRepository,
    githubWebUrl: github.webUrl,
  };
}

function policyRules({ orgPolicyRepository, webhookSecrets }: Settings): PolicyRules {
  return { orgPolicyRepository, webhooksTell: webhookSecrets.shared.length > 0 || webhookSecrets.byAppId.size > 0 };
}

function compiledPolicies({ allowLoopbackHttp, allowedIssuers, github }: Settings): YamlCompiledPolicies {
  return new YamlCompiledPolicies({
    actionsIssuer: github.actionsIssuer,
    allowLoopbackHttp,
    isActionsIssuer: (issuer) => isActionsIssuerOf(github, issuer),
    operatorListsIssuers: allowedIssuers !== undefined,
  });
}

function checkRunSettings({ stsDomain, orgPolicyRepository, documentationUrl, github }: Settings): CheckRunSettings {
  const policyGuide = documentationUrl === undefined ? undefined : `${documentationUrl}/policies.md`;
  const server = github.apiUrl === GITHUB_COM ? {} : { github: github.apiUrl };
  return { stsDomain, orgPolicyRepository, policyGuide, ...server };
}
