import { container as library, type DependencyContainer, type InjectionToken } from 'tsyringe';
import { isActionsIssuerOf } from '../domain/github-server.ts';
import { ALLOWANCE_WINDOWS, AllowanceWindows, RequestAllowance } from '../application/request-allowance.ts';
import { EXCHANGE_RULES, type ExchangeRules } from '../application/exchange/exchange-rules.ts';
import { AFTER_ANSWER } from '../application/ports/after-answer.ts';
import { APP_DIRECTORY } from '../application/ports/app-directory.ts';
import { APP_SIGNER, type AppSigner } from '../application/ports/app-signer.ts';
import { AUDIT_LOG } from '../application/ports/audit-log.ts';
import { BRANCH_SIGHTINGS } from '../application/ports/branch-sightings.ts';
import { CACHED_POLICIES } from '../application/ports/cached-policies.ts';
import { CHANGED_POLICY_FILES } from '../application/ports/changed-policy-files.ts';
import { CHECK_RUN_REPORTER, type EarlierReport } from '../application/ports/check-run-reporter.ts';
import { CLOCK, type Clock } from '../application/ports/clock.ts';
import { INSTALLATION_DIRECTORY } from '../application/ports/installation-directory.ts';
import { LOG } from '../application/ports/log.ts';
import { POLICY_CHANGE_LOG } from '../application/ports/policy-change-log.ts';
import { POLICY_SOURCE } from '../application/ports/policy-source.ts';
import { TOKEN_DECODER } from '../application/ports/token-decoder.ts';
import { TOKEN_MINTER } from '../application/ports/token-minter.ts';
import { TOKEN_VERIFIER } from '../application/ports/token-verifier.ts';
import { TURNS } from '../application/ports/turns.ts';
import { AnalyticsEventSink } from '../infrastructure/events/analytics-event-sink.ts';
import { CloudEventSink } from '../infrastructure/events/cloud-event-sink.ts';
import { ConsoleEventSink } from '../infrastructure/events/console-event-sink.ts';
import { ConsoleLog } from '../infrastructure/events/console-log.ts';
import { DeferredWork } from '../infrastructure/events/deferred-work.ts';
import type { EventSink } from '../infrastructure/events/event-sink.ts';
import { EventAuditLog } from '../infrastructure/events/event-audit-log.ts';
import { EventFanOut } from '../infrastructure/events/event-fan-out.ts';
import { EventPolicyChangeLog } from '../infrastructure/events/event-policy-change-log.ts';
import { ConfiguredAppDirectory } from '../infrastructure/github/configured-app-directory.ts';
import { GitHubAllowlists } from '../infrastructure/github/github-allowlists.ts';
import { GitHubCachedPolicies } from '../infrastructure/github/github-cached-policies.ts';
import { GitHubChangedPolicyFiles } from '../infrastructure/github/github-changed-policy-files.ts';
import { GitHubCheckRunReporter } from '../infrastructure/github/github-check-run-reporter.ts';
import type { FileContent } from '../infrastructure/github/folder-query.ts';
import { GitHubClient } from '../infrastructure/github/github-client.ts';
import { GitHubFolderReader } from '../infrastructure/github/github-folder-reader.ts';
import {
  GitHubInstallationDirectory,
  INSTALLATION_CACHE,
  type InstallationCopy,
} from '../infrastructure/github/github-installation-directory.ts';
import { GitHubPolicySource } from '../infrastructure/github/github-policy-source.ts';
import { GitHubTokenMinter } from '../infrastructure/github/github-token-minter.ts';
import {
  ALLOWLIST_CACHE,
  FOLDER_CACHE,
  FOLDER_WEIGHT,
  type AllowlistCopy,
  type FolderCopy,
} from '../infrastructure/github/policy-copies.ts';
import { PolicyCompiler } from '../infrastructure/github/policy-compiler.ts';
import { QuotaBook } from '../infrastructure/github/quota-book.ts';
import { RepositorySession } from '../infrastructure/github/repository-session.ts';
import { IsolateTurns } from '../infrastructure/kv/isolate-turns.ts';
import { KvBranchSightings } from '../infrastructure/kv/kv-branch-sightings.ts';
import { KvCacheStore } from '../infrastructure/cloudflare/kv-cache-store.ts';
import { LookupTurns } from '../infrastructure/kv/lookup-turns.ts';
import { LruMap } from '../infrastructure/cache/lru-map.ts';
import { TwoLevelCache, type CacheRuntime, type IsolateMemo } from '../infrastructure/cache/two-level-cache.ts';
import { DiscoveryClient } from '../infrastructure/oidc/discovery-client.ts';
import { JoseTokenDecoder } from '../infrastructure/oidc/jose-token-decoder.ts';
import { JoseTokenVerifier } from '../infrastructure/oidc/jose-token-verifier.ts';
import { KEY_CACHE, KeyDirectory, type KeyRefetch } from '../infrastructure/oidc/key-directory.ts';
import type { KeySet } from '../infrastructure/oidc/key-set.ts';
import { WebCryptoAppSigner } from '../infrastructure/web-crypto/web-crypto-app-signer.ts';
import type { AppPoolSettings } from '../infrastructure/yaml/app-config.ts';
import type { Settings } from './settings.ts';
import { UPLOAD_POOLS, UploadPools } from './webhook/upload-pools.ts';

/** What an isolate remembers between requests: plain data, bounded, never a promise or anything of a request. */
interface IsolateMemory {
  readonly installations: LruMap<IsolateMemo<InstallationCopy>>;
  readonly absences: LruMap<number>;
  readonly folders: LruMap<IsolateMemo<FolderCopy>>;
  readonly contents: LruMap<FileContent>;
  readonly allowlists: LruMap<IsolateMemo<AllowlistCopy>>;
  readonly keys: LruMap<IsolateMemo<KeySet>>;
  readonly keyRefetches: LruMap<KeyRefetch>;
  readonly lookups: LookupTurns;
  readonly turns: LruMap<number>;
  readonly reports: LruMap<EarlierReport>;
  readonly quotas: QuotaBook;
  readonly compiler: PolicyCompiler;
}

const SETTINGS: InjectionToken<Settings> = Symbol('Settings');
const ISOLATE_MEMORY: InjectionToken<IsolateMemory> = Symbol('IsolateMemory');
export const REQUEST_ID: InjectionToken<string> = Symbol('RequestId');
export const DEFERRED_WORK: InjectionToken<DeferredWork> = Symbol('DeferredWork');

/** The isolate's container: settings, memory, keys, all as values, all registered before a request's child is made. */
export function rootContainer(
  settings: Settings,
  clock: Clock,
  signer: AppSigner = appSigner(settings.pools, clock),
): DependencyContainer {
  const root = library.createChildContainer();
  root.register(SETTINGS, { useValue: settings });
  root.register(CLOCK, { useValue: clock });
  root.register(ISOLATE_MEMORY, { useValue: isolateMemory(settings, clock) });
  root.register(ALLOWANCE_WINDOWS, { useValue: new AllowanceWindows() });
  root.register(UPLOAD_POOLS, { useValue: new UploadPools(clock) });
  root.register(EXCHANGE_RULES, { useValue: exchangeRules(settings) });
  root.register(APP_SIGNER, { useValue: signer });
  root.register(TOKEN_DECODER, { useValue: new JoseTokenDecoder(settings, clock) });
  return root;
}

/** A request's container: everything that knows the request, its log or its allowance. */
export function requestContainer(root: DependencyContainer, requestId: string): DependencyContainer {
  const request = root.createChildContainer();
  const settings = root.resolve(SETTINGS);
  const log = new ConsoleLog(settings.logLevel, requestId);
  const deferredWork = new DeferredWork(log);
  request.register(REQUEST_ID, { useValue: requestId });
  request.register(LOG, { useValue: log });
  request.register(DEFERRED_WORK, { useValue: deferredWork });
  request.register(AFTER_ANSWER, { useValue: deferredWork });
  const events = new EventFanOut(eventSinks(settings), log);
  request.register(AUDIT_LOG, { useValue: new EventAuditLog(events) });
  request.register(POLICY_CHANGE_LOG, { useValue: new EventPolicyChangeLog(events, requestId) });
  request.register(RequestAllowance, { useValue: root.resolve(RequestAllowance) });
  registerGitHub(request, settings);
  registerIssuers(request, settings);
  return request;
}

function eventSinks({ eventIngressUri, metrics, stsDomain }: Settings): readonly EventSink[] {
  return [
    new ConsoleEventSink(),
    ...(eventIngressUri === undefined ? [] : [new CloudEventSink(eventIngressUri, `https://${stsDomain}`)]),
    ...(metrics === undefined ? [] : [new AnalyticsEventSink(metrics)]),
  ];
}

function registerGitHub(request: DependencyContainer, settings: Settings): void {
  const { github, orgPolicyRepository, webhookSecrets } = settings;
  const clock = request.resolve(CLOCK);
  const memory = request.resolve(ISOLATE_MEMORY);
  const signer: AppSigner = request.resolve(APP_SIGNER);
  const runtime = cacheRuntime(request, settings);
  const prefix = (name: string): string => `${github.apiUrl}|${name}|`;
  const client = new GitHubClient(github, signer, runtime.allowance, memory.quotas, clock, runtime.log);
  const installationCache = new TwoLevelCache(
    memory.installations,
    { ...INSTALLATION_CACHE, prefix: prefix('installation') },
    runtime,
  );
  const directory = new GitHubInstallationDirectory(client, installationCache, memory.absences, memory.lookups, clock);
  const folders = new TwoLevelCache(memory.folders, { ...FOLDER_CACHE, prefix: prefix('policies') }, runtime);
  const allowlistPolicy = { ...ALLOWLIST_CACHE, prefix: prefix(`allowlist ${orgPolicyRepository}`) };
  const allowlists = new TwoLevelCache(memory.allowlists, allowlistPolicy, runtime);
  const webhooksTell = webhookSecrets.shared.length > 0 || webhookSecrets.byAppId.size > 0;
  const policies = new GitHubPolicySource(
    new GitHubFolderReader(client, runtime.afterAnswer, orgPolicyRepository, memory.contents),
    directory,
    folders,
    new GitHubAllowlists(allowlists, directory, memory.compiler, clock, webhooksTell),
    memory.compiler,
    memory.lookups,
    clock,
    { orgPolicyRepository, webhooksTell },
  );
  request.register(INSTALLATION_DIRECTORY, { useValue: directory });
  request.register(POLICY_SOURCE, { useValue: policies });
  request.register(BRANCH_SIGHTINGS, {
    useValue: new KvBranchSightings(runtime.store, clock, runtime.allowance, prefix('sightings')),
  });
  request.register(TOKEN_MINTER, { useValue: new GitHubTokenMinter(client) });
  request.register(CACHED_POLICIES, {
    useValue: new GitHubCachedPolicies(directory, folders, allowlists, orgPolicyRepository),
  });
  registerValidation(request, settings, new RepositorySession(client, runtime.afterAnswer));
  const apps = new ConfiguredAppDirectory(settings.pools, memory.quotas, settings.quotaFloors, clock);
  request.register(APP_DIRECTORY, { useValue: apps });
}

/** What webhooks need beyond an exchange. */
function registerValidation(request: DependencyContainer, settings: Settings, session: RepositorySession): void {
  const { github, orgPolicyRepository, stsDomain, documentationUrl } = settings;
  const { compiler, reports, turns } = request.resolve(ISOLATE_MEMORY);
  const { actionsIssuer } = github;
  const files = new GitHubChangedPolicyFiles(session, compiler, { orgPolicyRepository, actionsIssuer });
  const reporter = new GitHubCheckRunReporter(session, reports, {
    stsDomain,
    orgPolicyRepository,
    policyGuide: documentationUrl === undefined ? undefined : `${documentationUrl}/policies.md`,
  });
  request.register(CHANGED_POLICY_FILES, { useValue: files });
  request.register(CHECK_RUN_REPORTER, { useValue: reporter });
  request.register(TURNS, { useValue: new IsolateTurns(turns, request.resolve(CLOCK)) });
}

function registerIssuers(request: DependencyContainer, settings: Settings): void {
  const clock = request.resolve(CLOCK);
  const memory = request.resolve(ISOLATE_MEMORY);
  const cache = new TwoLevelCache(memory.keys, { ...KEY_CACHE, prefix: 'keys|' }, cacheRuntime(request, settings));
  const { github, knownIssuers, allowedIssuers } = settings;
  const allowance = request.resolve(RequestAllowance);
  const isConfigured = (issuer: string): boolean =>
    issuer === github.actionsIssuer || knownIssuers.has(issuer) || allowedIssuers?.has(issuer) === true;
  const limits = {
    boundFor: (issuer: string) =>
      isConfigured(issuer)
        ? undefined
        : allowance.failedKeyFetches(isActionsIssuerOf(github, issuer) ? 'enterprise' : 'other'),
  };
  const discovery = new DiscoveryClient(settings);
  const directory = new KeyDirectory(discovery, cache, memory.keyRefetches, memory.lookups, limits, clock);
  request.register(TOKEN_VERIFIER, { useValue: new JoseTokenVerifier(directory, clock) });
}

function cacheRuntime(request: DependencyContainer, { kv }: Settings): CacheRuntime {
  const log = request.resolve(LOG);
  return {
    store: new KvCacheStore(kv, log),
    clock: request.resolve(CLOCK),
    log,
    afterAnswer: request.resolve(AFTER_ANSWER),
    allowance: request.resolve(RequestAllowance),
  };
}

function exchangeRules(settings: Settings): ExchangeRules {
  const { stsDomain, allowedIssuers, knownIssuers, allowlistUnreadable, explainTo, orgPolicyRepository, github } =
    settings;
  return {
    serviceAudiences: [stsDomain, `https://${stsDomain}`],
    allowedIssuers,
    knownIssuers,
    isActionsIssuer: (issuer) => isActionsIssuerOf(github, issuer),
    allowlistUnreadable,
    explainTo,
    orgPolicyRepository,
  };
}

function isolateMemory(settings: Settings, clock: Clock): IsolateMemory {
  const { allowLoopbackHttp, allowedIssuers, github } = settings;
  return {
    installations: new LruMap(5000),
    absences: new LruMap(5000),
    folders: new LruMap(5000, FOLDER_WEIGHT),
    // 64 KiB each at the most, and only of folders too big to be read at once.
    contents: new LruMap(100),
    allowlists: new LruMap(200),
    keys: new LruMap(200),
    keyRefetches: new LruMap(1000),
    lookups: new LookupTurns(clock),
    turns: new LruMap(1000),
    reports: new LruMap(500),
    quotas: new QuotaBook(),
    compiler: new PolicyCompiler({
      allowLoopbackHttp,
      isActionsIssuer: (issuer) => isActionsIssuerOf(github, issuer),
      operatorListsIssuers: allowedIssuers !== undefined,
    }),
  };
}

export function appSigner(pools: readonly AppPoolSettings[], clock: Clock): WebCryptoAppSigner {
  const keys = pools.flatMap(({ apps }) => apps.map(({ id, privateKey }) => [id, privateKey] as const));
  return new WebCryptoAppSigner(new Map(keys), clock);
}
