import type { Random } from '../../test/chaos/random.ts';
import type { CompiledPolicies, FoundPolicy, InvalidPolicy } from '../../src/application/ports/compiled-policies.ts';
import type { Log } from '../../src/application/ports/log.ts';
import { YamlCompiledPolicies } from '../../src/infrastructure/yaml/yaml-compiled-policies.ts';
import { readSettings, type Settings } from '../../src/interfaces/settings.ts';
import { EXAMPLE_ENVIRONMENT } from '../../src/interfaces/warm-up-example.ts';
import { ASSUMED } from '../prices.ts';
import { Fleet } from './fleet.ts';
import { GitHubModel, type BusiestHour, type GitHubEvent, type Purse } from './github-model.ts';
import { FREE_KV_BUDGET, KvModel, type KvEvent } from './kv-model.ts';
import { Ledger, type Tally } from './ledger.ts';
import { estimated, sampleOwners, type Estimate, type Sample } from './sample.ts';
import { PLACES, secondsInMemory } from './places.ts';
import { ServiceIsolate, STS_DOMAIN, type Exchanged } from './service.ts';
import {
  BUSIEST_MS,
  DAY_MS,
  randomOf,
  tenantsOf,
  trafficOf,
  type Arrival,
  type PolicyPush,
  type Tenants,
  type TrafficOptions,
} from './traffic.ts';
import { VirtualTime } from './virtual-time.ts';
import { ACTIONS_ISSUER, IDENTITY, policyText, World } from './world.ts';

const DAY_BEGINS = Date.UTC(2026, 10, 24);
/** What goes on after the last answer of the day. */
const AFTERMATH_MS = 60_000;
/** From a push to the arrival of its webhook, which comes to the location with the most traffic. */
const WEBHOOK_MS = { least: 1000, most: 5000 } as const;
const WEBHOOK_LOCATION = 0;
const WEBHOOK_SECRET = 'a webhook secret of the simulation';

export interface SimulationOptions extends TrafficOptions {
  readonly isolatesPerLocation: number;
  readonly plan: 'free' | 'paid';
  readonly webhooks: boolean;
  /** About so many exchanges are run; where there are more, of a sample of the owners. */
  readonly most: number;
}

const COUNTED = {
  exchanges: (tally: Tally) => tally.exchanges,
  granted: (tally: Tally) => tally.granted,
  fromMemory: (tally: Tally) => tally.from.memory,
  fromKv: (tally: Tally) => tally.from.kv,
  fromGitHub: (tally: Tally) => tally.from.github,
  kvReads: (tally: Tally) => tally.kvReads,
  kvColdReads: (tally: Tally) => tally.kvColdReads,
  kvWrites: (tally: Tally) => tally.kvWrites,
  kvTooFast: (tally: Tally) => tally.kvTooFast,
  kvOverBudget: (tally: Tally) => tally.kvOverBudget,
  lookups: (tally: Tally) => tally.lookups,
  callerTokens: (tally: Tally) => tally.callerTokens,
  readTokens: (tally: Tally) => tally.readTokens,
  queries: (tally: Tally) => tally.queries,
  revocations: (tally: Tally) => tally.revocations,
  limited: (tally: Tally) => tally.limited,
  pushes: (tally: Tally) => tally.pushes,
  older: (tally: Tally) => tally.older,
  pushesLost: (tally: Tally) => tally.pushesLost,
} as const;

export type Measure = keyof typeof COUNTED;

export interface SimulationResult {
  readonly options: SimulationOptions;
  readonly tenants: { readonly owners: number; readonly repositories: number; readonly largestOwner: number };
  /** What was run of it. */
  readonly ran: { readonly owners: number; readonly exchanges: number; readonly isolates: number };
  readonly isWhole: boolean;
  /** Of the day, for all owners. */
  readonly day: Readonly<Record<Measure, Estimate>>;
  readonly issuerRequests: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** For how long there had been a newer version where an older one decided, in seconds. */
  readonly olderSeconds: { readonly median: number; readonly p99: number; readonly most: number };
  /** Of the owners that were run. */
  readonly busiestHour: Readonly<Record<Purse, BusiestHour>>;
  readonly mostMintsAMinute: number;
  /** For how long an entry stays in the memory of the isolates with the most to do, in seconds. Not run: see places.ts. */
  readonly secondsInMemory: { readonly allowlists: number; readonly folders: number };
}

/** A day of the service, on a clock of its own. The same options give the same result. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const tenants = tenantsOf(options);
  const sample = sampleOwners(tenants.loads, options.most, options.seed);
  const run = new Run(options, tenants, sample, await compiledOnce(tenants, sample, options));
  const ledger = await run.day();
  return run.result(ledger);
}

class Run {
  private readonly time = new VirtualTime(DAY_BEGINS);
  private readonly ledger = new Ledger();
  private readonly random: Random;
  private readonly world: World;
  private readonly github: GitHubModel;
  private readonly fleet: Fleet<ServiceIsolate>;
  private readonly isWhole: boolean;
  private failure: Error | undefined;

  constructor(
    private readonly options: SimulationOptions,
    private readonly tenants: Tenants,
    private readonly sample: Sample,
    private readonly policies: CompiledVersions,
  ) {
    this.isWhole = sample.strata.every(({ size, chosen }) => size === chosen.length);
    if (!this.isWhole && options.plan === 'free') {
      throw new Error('the free plan has one budget for all owners: run all of them (--run), or a smaller load');
    }
    this.random = randomOf(options.seed, 0, 5);
    this.world = new World(tenants.owners);
    this.github = new GitHubModel(this.time, this.world, (event, { index }) => this.noteGitHub(event, index));
    const budget = options.plan === 'free' ? FREE_KV_BUDGET : undefined;
    const kv = new KvModel(this.time, options.seed, (event, key) => this.noteKv(event, key), budget);
    const locations = Array.from({ length: options.locations }, (_, index) => kv.location(index));
    const around = {
      settings: settingsOf(options),
      clock: this.time,
      fetch: this.github.fetch,
      compiled: policies,
      log: SILENT,
    };
    const cpuMillisecondsAnExchange = ASSUMED.exchange['CPU ms'] + ASSUMED.revocation['CPU ms'];
    this.fleet = new Fleet(
      { ...options, cpuMillisecondsAnExchange, isWhole: this.isWhole },
      this.random,
      (location) => {
        return new ServiceIsolate(around, locations[location]!);
      },
    );
  }

  async day(): Promise<Ledger> {
    const { arrivals, pushes } = trafficOf(this.sample.owners, this.tenants, this.options);
    const giveBack = this.time.take();
    try {
      this.follow(arrivals, 0, (arrival) => this.arrive(arrival));
      this.follow(pushes, 0, (push) => this.push(push));
      await this.time.runUntil(DAY_BEGINS + DAY_MS + AFTERMATH_MS);
    } finally {
      giveBack();
    }
    if (this.failure !== undefined) throw this.failure;
    return this.ledger;
  }

  result(ledger: Ledger): SimulationResult {
    const { options, tenants, sample } = this;
    const exchangesOf = (owner: number): number => ledger.of(owner).exchanges;
    const day = Object.entries(COUNTED).map(([name, count]) => {
      const estimate = estimated(sample, options.exchanges, (owner) => count(ledger.of(owner)), exchangesOf);
      return [name, { ...estimate, value: estimate.value + count(ledger.shared) }] as const;
    });
    const ran = sample.owners.reduce((sum, owner) => sum + exchangesOf(owner), 0);
    return {
      options,
      tenants: {
        owners: tenants.owners.length,
        repositories: tenants.owners.reduce((sum, { repositories }) => sum + repositories, 0),
        largestOwner: Math.round(tenants.loads.reduce((most, load) => Math.max(most, load), 0)),
      },
      ran: { owners: sample.owners.length, exchanges: ran, isolates: this.fleet.started },
      isWhole: this.isWhole,
      day: Object.fromEntries(day) as Record<Measure, Estimate>,
      issuerRequests: this.github.issuerRequests,
      refusals: Object.fromEntries([...ledger.refusals].sort()),
      olderSeconds: olderSeconds(ledger, sample),
      busiestHour: this.github.busiest,
      mostMintsAMinute: this.github.mostMintsAMinute,
      secondsInMemory: this.inMemory(),
    };
  }

  private inMemory(): SimulationResult['secondsInMemory'] {
    const { options, tenants, fleet } = this;
    const share = fleet.exchangesASecond(0, BUSIEST_MS) / fleet.isolatesAt(0, BUSIEST_MS) / options.exchanges;
    const repositories = tenants.repositories.flat().map(({ exchanges }) => exchanges * share);
    return {
      allowlists: secondsInMemory(
        tenants.loads.map((load) => load * share),
        PLACES.allowlists,
      ),
      folders: secondsInMemory(repositories, PLACES.folders),
    };
  }

  /** One after another, so that not all of the day has to wait in the clock. */
  private follow<Happening extends { readonly at: number }>(
    happenings: readonly Happening[],
    index: number,
    happen: (happening: Happening) => Promise<void>,
  ): void {
    const next = happenings[index];
    if (next === undefined) return;
    this.time.at(DAY_BEGINS + next.at, () => {
      this.follow(happenings, index + 1, happen);
      happen(next).catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      });
    });
  }

  private async arrive({ owner: index, repository, location, address }: Arrival): Promise<void> {
    const owner = this.world.owner(index);
    const isolate = this.fleet.pick(location, this.dayMs());
    const exchanged = await isolate.exchange({ owner, repository, address });
    this.noteExchange(index, repository, exchanged);
    if (exchanged.event.outcome === 'granted') this.github.revokedByCaller(owner);
  }

  private async push({ owner: index, repository }: PolicyPush): Promise<void> {
    this.world.push(repository, this.time.now());
    const tally = this.ledger.of(index);
    tally.pushes += 1;
    if (!this.options.webhooks) return;
    await this.time.sleep(this.random.between(WEBHOOK_MS.least, WEBHOOK_MS.most));
    const isolate = this.fleet.pick(WEBHOOK_LOCATION, this.dayMs());
    if (!(await isolate.pushed(this.world.owner(index), repository))) tally.pushesLost += 1;
  }

  private dayMs(): number {
    return this.time.now() - DAY_BEGINS;
  }

  private noteExchange(owner: number, repository: number, { event, kvReads }: Exchanged): void {
    const tally = this.ledger.of(owner);
    tally.exchanges += 1;
    if (event.outcome === 'granted') tally.granted += 1;
    const kind = event.refusal?.kind;
    if (kind !== undefined) this.ledger.refusals.set(kind, (this.ledger.refusals.get(kind) ?? 0) + 1);
    tally.from[event.githubRequests > 1 ? 'github' : kvReads > 0 ? 'kv' : 'memory'] += 1;
    const version = event.policyHash === undefined ? undefined : this.policies.versionOf(event.policyHash);
    if (version === undefined) return;
    const replacedAt = this.world.pushedAt(repository, version + 1);
    if (replacedAt === undefined || replacedAt > event.time) return;
    tally.older += 1;
    this.ledger.older.push({ owner, ageMs: event.time - replacedAt });
  }

  private noteKv(event: KvEvent, key: string): void {
    const tally = this.tallyOf(key);
    switch (event) {
      case 'read':
        tally.kvReads += 1;
        return;
      case 'cold_read':
        tally.kvColdReads += 1;
        return;
      case 'write':
        tally.kvWrites += 1;
        return;
      case 'too_fast':
        tally.kvTooFast += 1;
        return;
      case 'over_budget':
        tally.kvOverBudget += 1;
        return;
      case 'list':
        return;
    }
  }

  /** Keys end in the owner, or in owner and repository; those of issuers' keys in neither. */
  private tallyOf(key: string): Tally {
    const owner = /[|/]o([0-9]+)(?:\/r[0-9]+|\/\.github)?$/.exec(key)?.[1];
    return owner === undefined ? this.ledger.shared : this.ledger.of(Number(owner));
  }

  private noteGitHub(event: GitHubEvent, owner: number): void {
    const tally = this.ledger.of(owner);
    switch (event) {
      case 'lookup':
        tally.lookups += 1;
        return;
      case 'caller_token':
        tally.callerTokens += 1;
        return;
      case 'read_token':
        tally.readTokens += 1;
        return;
      case 'query':
        tally.queries += 1;
        return;
      case 'revocation':
        tally.revocations += 1;
        return;
      case 'limited':
        tally.limited += 1;
        return;
    }
  }
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function settingsOf({ webhooks }: SimulationOptions): Settings {
  const secret = webhooks ? { GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET } : {};
  const result = readSettings({ ...EXAMPLE_ENVIRONMENT, STS_DOMAIN, ...secret });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
  return result.settings;
}

/** The versions of the one policy, compiled before the day begins: hashing leaves the process's only thread. */
class CompiledVersions implements CompiledPolicies {
  constructor(
    private readonly yaml: YamlCompiledPolicies,
    private readonly versions: ReadonlyMap<string, FoundPolicy | InvalidPolicy>,
    private readonly hashes: ReadonlyMap<string, number>,
  ) {}

  policy({ text = '' }: { readonly text?: string }): Promise<FoundPolicy | InvalidPolicy> {
    const compiled = this.versions.get(text);
    return compiled === undefined ? Promise.reject(new Error('a policy that nobody wrote')) : Promise.resolve(compiled);
  }

  allowlist(text: string) {
    return this.yaml.allowlist(text);
  }

  guardrails(text: string) {
    return this.yaml.guardrails(text);
  }

  versionOf(hash: string): number | undefined {
    return this.hashes.get(hash);
  }
}

async function compiledOnce(tenants: Tenants, sample: Sample, options: TrafficOptions): Promise<CompiledVersions> {
  const yaml = new YamlCompiledPolicies({
    actionsIssuer: ACTIONS_ISSUER,
    allowLoopbackHttp: false,
    isActionsIssuer: (issuer) => issuer === ACTIONS_ISSUER,
    operatorListsIssuers: false,
  });
  const pushed = new Map<number, number>();
  for (const { repository } of trafficOf(sample.owners, tenants, options).pushes) {
    pushed.set(repository, (pushed.get(repository) ?? 0) + 1);
  }
  const last = Math.max(0, ...pushed.values());
  const versions = new Map<string, FoundPolicy | InvalidPolicy>();
  const hashes = new Map<string, number>();
  for (let version = 0; version <= last; version++) {
    const text = policyText(version);
    const file = { name: `${IDENTITY}.sts.yaml`, kind: 'file', bytes: text.length, text } as const;
    const compiled = await yaml.policy(file, { level: 'repository', repository: 'r', identity: IDENTITY }, undefined);
    if (compiled.kind === 'invalid') throw new Error(JSON.stringify(compiled.findings));
    versions.set(text, compiled);
    hashes.set(compiled.contentHash, version);
  }
  return new CompiledVersions(yaml, versions, hashes);
}

function olderSeconds({ older }: Ledger, { weights }: Sample): SimulationResult['olderSeconds'] {
  const sorted = older.toSorted((a, b) => a.ageMs - b.ageMs);
  const total = sorted.reduce((sum, { owner }) => sum + (weights.get(owner) ?? 1), 0);
  const at = (share: number): number => {
    let left = share * total;
    const found = sorted.find(({ owner }) => (left -= weights.get(owner) ?? 1) <= 0) ?? sorted.at(-1);
    return (found?.ageMs ?? 0) / 1000;
  };
  return { median: at(0.5), p99: at(0.99), most: (sorted.at(-1)?.ageMs ?? 0) / 1000 };
}
