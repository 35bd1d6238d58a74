import type { App, Installation } from '../../../../src/domain/apps.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE, POLICY_SUFFIX } from '../../../../src/domain/policy-location.ts';
import { parseScope } from '../../../../src/domain/scope.ts';
import { FindPolicies } from '../../../../src/application/policies/find-policies.ts';
import { ForgetPolicies } from '../../../../src/application/policies/forget-policies.ts';
import { Installations, type InstallationEntry } from '../../../../src/application/policies/installations.ts';
import {
  OrganizationFile,
  type OrganizationFileEntry,
} from '../../../../src/application/policies/organization-file.ts';
import {
  OrganizationFiles,
  type IssuerAllowlists,
  type OrganizationGuardrails,
} from '../../../../src/application/policies/organization-files.ts';
import { PolicyFolders, type KnownFolder } from '../../../../src/application/policies/policy-folders.ts';
import type { PolicyRules } from '../../../../src/application/policies/policy-rules.ts';
import { ReadPolicies, type PolicyQuery } from '../../../../src/application/policies/read-policies.ts';
import { SettleOrganizationFiles } from '../../../../src/application/policies/settle-organization-files.ts';
import type { InstallationRepository } from '../../../../src/application/ports/installation-repository.ts';
import { BudgetWindows } from '../../../../src/application/budget/budget-windows.ts';
import { RequestCosts } from '../request-costs.ts';
import {
  FOLDER_VALUES,
  INSTALLATION_VALUES,
  ORGANIZATION_FILE_VALUES,
} from '../../../../src/infrastructure/cache/cached-values.ts';
import { IsolateSingleFlight } from '../../../../src/infrastructure/cache/isolate-single-flight.ts';
import { LruMap } from '../../../../src/infrastructure/cache/lru-map.ts';
import { TwoLevelCache, type IsolateMemo } from '../../../../src/infrastructure/cache/two-level-cache.ts';
import { MemoryAppDirectory } from '../../../../src/infrastructure/memory/memory-app-directory.ts';
import { MemoryCacheStore } from '../../../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryDeferredTasks } from '../../../../src/infrastructure/memory/memory-deferred-tasks.ts';
import { MemoryInstallations } from '../../../../src/infrastructure/memory/memory-installations.ts';
import { MemoryLog } from '../../../../src/infrastructure/memory/memory-log.ts';
import { MemoryTrustPolicies } from '../../../../src/infrastructure/memory/memory-trust-policies.ts';
import {
  YamlCompiledPolicies,
  type ServerContext,
} from '../../../../src/infrastructure/yaml/yaml-compiled-policies.ts';

export const ACTIONS = 'https://token.actions.githubusercontent.com';
export const ACME_ID = 100;
export const NOW = Date.parse('2026-11-02T08:00:00Z');
export const MINUTE = 60_000;
export const APP: App = { name: 'default', id: '9' };
/** That of `APP` on the owner `acme`. */
export const INSTALLATION: Installation = { app: APP, id: 90, accountId: ACME_ID, owner: 'acme' };

const REPOSITORIES = ['app', 'infra', '.github'];

/** What an isolate remembers from one request to the next. */
export class PolicyIsolate {
  readonly installations = new LruMap<IsolateMemo<InstallationEntry>>(100);
  readonly folders = new LruMap<IsolateMemo<KnownFolder>>(100);
  readonly allowlists = new LruMap<IsolateMemo<OrganizationFileEntry>>(100);
  readonly guardrails = new LruMap<IsolateMemo<OrganizationFileEntry>>(100);
  readonly singleFlight: IsolateSingleFlight;

  constructor(clock: MemoryClock) {
    this.singleFlight = new IsolateSingleFlight(clock);
  }
}

/** The owner `acme` with the repositories `app` (1), `infra` (2) and `.github` (3), isolates, and the store they share. */
export class PolicyWorld {
  readonly clock = new MemoryClock(NOW);
  readonly installations = new MemoryInstallations();
  readonly policies = new MemoryTrustPolicies('.github');
  readonly windows = new BudgetWindows();
  readonly log = new MemoryLog();
  readonly deferredTasks = new MemoryDeferredTasks();
  readonly apps: MemoryAppDirectory;
  store = new MemoryCacheStore(this.clock);
  isolate = new PolicyIsolate(this.clock);
  rules: PolicyRules = { orgPolicyRepository: '.github', webhooksTell: false };
  context: ServerContext = {
    actionsIssuer: ACTIONS,
    allowLoopbackHttp: false,
    isActionsIssuer: (issuer) => issuer === ACTIONS,
    operatorListsIssuers: false,
  };
  private readonly files = new Map<string, Readonly<Record<string, string>>>();
  private listText: string | undefined;
  private guardrailsText: string | undefined;

  constructor(readonly pool: readonly App[] = [APP]) {
    this.apps = new MemoryAppDirectory({ '*': pool });
    pool.forEach((app, index) => this.installations.install(app, 'acme', { id: 90 + index, accountId: ACME_ID }));
    this.put('.github', {});
  }

  /** Policies of `acme/<repository>` by identity, as YAML. */
  put(repository: string, policies: Readonly<Record<string, string>>, accountId = ACME_ID): void {
    const named = Object.entries(policies).map(([identity, text]) => [identity + POLICY_SUFFIX, text] as const);
    this.files.set(repository, Object.fromEntries(named));
    this.publish(repository, accountId);
  }

  /** The organization's issuer allowlist, as YAML; none without a text. */
  list(text: string | undefined): void {
    this.listText = text;
    this.publish('.github', ACME_ID);
  }

  /** The organization's guardrails, as YAML; none without a text. */
  guard(text: string | undefined): void {
    this.guardrailsText = text;
    this.publish('.github', ACME_ID);
  }

  /** From now on GitHub refuses the policy repository to every App. */
  hidePolicyRepository(): void {
    this.policies.delete('acme/.github');
  }

  /** A request of this isolate, of a caller whose token is proven unless said otherwise. */
  request(costs = this.provenCosts()): PolicyRequest {
    return new PolicyRequest(this, this.isolate, costs);
  }

  /** A request of another isolate, which remembers nothing itself. */
  elsewhere(costs = this.provenCosts()): PolicyRequest {
    return new PolicyRequest(this, new PolicyIsolate(this.clock), costs);
  }

  unprovenCosts(): RequestCosts {
    return new RequestCosts(this.clock, this.windows);
  }

  provenCosts(): RequestCosts {
    const costs = this.unprovenCosts();
    costs.budget.proveInsider();
    return costs;
  }

  /** Nothing is remembered anywhere. */
  forgetAll(): void {
    this.store = new MemoryCacheStore(this.clock);
    this.isolate = new PolicyIsolate(this.clock);
  }

  /** Time goes by, and so does what was left for after the answer. */
  async pass(milliseconds: number): Promise<void> {
    await this.deferredTasks.run();
    this.clock.advance(milliseconds);
  }

  private publish(repository: string, accountId: number): void {
    const own = { [ALLOWLIST_FILE]: this.listText, [GUARDRAILS_FILE]: this.guardrailsText };
    const organization = Object.entries(own).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, text] as const],
    );
    this.policies.put(`acme/${repository}`, {
      repositoryId: REPOSITORIES.indexOf(repository) + 1,
      accountId,
      files: {
        ...this.files.get(repository),
        ...(repository === '.github' ? Object.fromEntries(organization) : {}),
      },
    });
  }
}

/** Everything of `application/policies`, as one request has it. */
export class PolicyRequest {
  readonly installationCache: TwoLevelCache<InstallationEntry>;
  readonly folderCache: TwoLevelCache<KnownFolder>;
  readonly allowlistCache: TwoLevelCache<OrganizationFileEntry>;
  readonly installations: Installations;
  readonly folders: PolicyFolders;
  readonly guardrailsCache: TwoLevelCache<OrganizationFileEntry>;
  readonly allowlists: IssuerAllowlists;
  readonly guardrails: OrganizationGuardrails;
  readonly reader: ReadPolicies;
  readonly settler: SettleOrganizationFiles;
  readonly finder: FindPolicies;
  readonly forgetter: ForgetPolicies;

  constructor(
    world: PolicyWorld,
    isolate: PolicyIsolate,
    readonly costs: RequestCosts,
    installations: InstallationRepository = world.installations,
  ) {
    const { apps, clock, log, policies, rules } = world;
    const { store, deferredTasks } = world;
    const runtime = { store, clock, log, deferredTasks, writes: costs.writes };
    const compiled = new YamlCompiledPolicies(world.context);
    const { singleFlight } = isolate;
    this.installationCache = new TwoLevelCache(
      isolate.installations,
      { ...INSTALLATION_VALUES, prefix: 'installation|' },
      runtime,
    );
    this.folderCache = new TwoLevelCache(isolate.folders, { ...FOLDER_VALUES, prefix: 'policies|' }, runtime);
    this.allowlistCache = new TwoLevelCache(
      isolate.allowlists,
      { ...ORGANIZATION_FILE_VALUES, prefix: 'allowlist|' },
      runtime,
    );
    this.guardrailsCache = new TwoLevelCache(
      isolate.guardrails,
      { ...ORGANIZATION_FILE_VALUES, prefix: 'guardrails|' },
      runtime,
    );
    this.installations = new Installations(installations, this.installationCache, singleFlight, clock);
    this.folders = new PolicyFolders(this.folderCache, rules);
    this.allowlists = new OrganizationFile(
      { name: ALLOWLIST_FILE, compile: (text) => compiled.allowlist(text) },
      this.allowlistCache,
      this.installations,
      policies,
      clock,
      rules,
    );
    this.guardrails = new OrganizationFile(
      { name: GUARDRAILS_FILE, compile: (text) => compiled.guardrails(text) },
      this.guardrailsCache,
      this.installations,
      policies,
      clock,
      rules,
    );
    this.reader = new ReadPolicies(
      policies,
      this.installations,
      this.folders,
      new OrganizationFiles(this.allowlists, this.guardrails),
      singleFlight,
      clock,
      rules,
    );
    this.settler = new SettleOrganizationFiles(apps, this.installations, this.reader, clock, log);
    this.finder = new FindPolicies(apps, this.installations, this.reader, this.settler, compiled, rules, log);
    this.forgetter = new ForgetPolicies(
      this.installationCache,
      this.folderCache,
      this.allowlistCache,
      this.guardrailsCache,
      rules,
    );
  }
}

/** A query through the installation of `APP` on the scope's owner, or another one. */
export function query(scope = 'acme/app', identity = 'ci', installation: Partial<Installation> = {}): PolicyQuery {
  const parsed = parseScope(scope);
  if (parsed === undefined) throw new Error(scope);
  return { installation: { ...INSTALLATION, owner: parsed.owner, ...installation }, scope: parsed, identity };
}
