import { createHmac } from 'node:crypto';
import { noteExposure, searchForSecrets } from '../support/canary.ts';
import type { AccessToken } from '../support/github/access-tokens.ts';
import type { Repository } from '../support/github/world-model.ts';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { generateSigningKey, publicJwk, signToken, type Claims, type SigningKey } from '../support/signing-key.ts';
import { NodeStack, STS_DOMAIN, type Answer, type Isolate } from '../integration/node-stack.ts';
import { allowedStatuses, ChaosModel, grantsOf, type Moment, type Weather } from './chaos-model.ts';
import { ChaosWorld, OWNERS, POLICY_REPOSITORY, type Notice } from './chaos-world.ts';
import {
  type AllowlistDocument,
  type Ask,
  type Expected,
  type GrantExpected,
  type IssuerName,
  type Level,
  type PermissionMap,
  type PolicyDocument,
} from './expectation.ts';
import { LaggingKv } from './lagging-kv.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';
import { githubTrouble, issuerTrouble, kvTrouble, type GitHubTrouble } from './trouble.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly exchanges: number;
  /** More of the trace, for whoever looks for a cause. */
  readonly verbose?: boolean;
}

export interface Violation {
  readonly step: number;
  readonly what: string;
  /** The last steps that touched the owner. */
  readonly trace: readonly string[];
}

export interface ChaosReport {
  readonly seed: number;
  readonly steps: number;
  readonly exchanges: number;
  readonly granted: number;
  /** Exchanges while nothing was wrong and only one answer was right. */
  readonly settled: number;
  /** Of those, the ones to be granted. */
  readonly settledGrants: number;
  readonly statuses: Readonly<Record<number, number>>;
  readonly violations: readonly Violation[];
}

const WEBHOOK_SECRET = 'chaos-webhook-secret';
const FARM_AUDIENCE = 'chaos-builds';
const OFFLINE_ISSUER = 'https://offline.example.com';
const GITHUB_TIMEOUT_MS = 8000;
const ISSUER_TIMEOUT_MS = 5000;
const TRACE_STEPS = 20;
/** Around the bounds: 5 and 15 minutes, and an hour. */
const PAUSES_MINUTES = [1, 3, 6, 14, 16, 40, 58, 63, 75, 110, 180] as const;
const LEAK_SEARCH_STEPS = 100;
/** Of the log, once it was searched. */
const KEPT_LINES = 200;
/** An own limit is believed only after so many GitHub requests for refused callers within a minute. */
const LEAST_REFUSED_REQUESTS = 8;
const LEAST_PROVEN_REQUESTS = 60;
const MAX_VIOLATIONS = 5;
const REPO_IDENTITIES = ['deploy', 'ci', 'farm', 'partner', 'offline'] as const;
const ORG_IDENTITIES = ['release', 'caller', 'everything'] as const;
const PERMISSIONS = ['contents', 'issues', 'deployments', 'packages'] as const;
const SUBJECTS = ['build-1', 'build-2', 'nightly'] as const;

interface Shot {
  readonly ask: Ask;
  readonly kid: string;
  readonly token: string;
  readonly isolate: number;
}

/** A request before it is clear who sends it. */
type AskedBy = Omit<Ask, 'subject' | 'audience' | 'callerOwnerId' | 'callerRepositoryId'>;

interface Parcel {
  readonly notice: Notice;
  readonly dueStep: number;
  readonly isolate: number;
}

/** One seeded run: random steps against the real service, every answer judged by the model. */
export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #random: Random;
  readonly #stack: NodeStack;
  readonly #issuers: Readonly<Record<'farm' | 'partner' | 'stranger', OidcIssuer>>;
  readonly #offlineKey: SigningKey;
  readonly #kv: LaggingKv;
  readonly #world: ChaosWorld;
  readonly #model: ChaosModel;
  readonly #isolates: Isolate[];
  readonly #trace: { readonly step: number; readonly owner: string; readonly text: string }[] = [];
  readonly #violations: Violation[] = [];
  readonly #statuses: Record<number, number> = {};
  readonly #withdrawn: Record<'farm' | 'partner', SigningKey[]> = { farm: [], partner: [] };
  readonly #refusedRequests: { readonly at: number; readonly count: number }[] = [];
  #parcels: Parcel[] = [];
  #github: { readonly trouble: GitHubTrouble; readonly untilStep: number; readonly stop: () => void } | undefined;
  readonly #issuerTrouble = new Map<'farm' | 'partner', { readonly kind: string; readonly untilStep: number }>();
  #kvUntilStep = 0;
  #wentBackMs = 0;
  #searchedLines = 0;
  #step = 0;
  #exchanges = 0;
  #granted = 0;
  #settled = 0;
  #settledGrants = 0;

  private constructor(options: ChaosOptions, stack: NodeStack, partner: OidcIssuer, stranger: OidcIssuer) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#stack = stack;
    this.#issuers = { farm: stack.issuer, partner, stranger };
    this.#offlineKey = generateSigningKey({ alg: 'ES256' });
    this.#kv = new LaggingKv(stack.clock, options.seed);
    const { emulator } = stack;
    const giveUpGitHub = emulator.faults.onHang;
    emulator.faults.onHang = (path) => {
      stack.clock.advance(GITHUB_TIMEOUT_MS);
      giveUpGitHub(path);
    };
    const giveUpIssuer = stack.issuer.onHang;
    for (const issuer of [stack.issuer, partner, stranger]) {
      issuer.onHang = (url) => {
        stack.clock.advance(ISSUER_TIMEOUT_MS);
        giveUpIssuer(url);
      };
    }
    const addresses = {
      actions: emulator.actionsIssuer.issuer,
      farm: stack.issuer.issuer,
      partner: partner.issuer,
      offline: OFFLINE_ISSUER,
      stranger: stranger.issuer,
    };
    const offlineKeys = JSON.stringify({ keys: [publicJwk(this.#offlineKey)] });
    this.#world = new ChaosWorld(emulator, stack.seed.app, addresses, offlineKeys, () => this.#now());
    this.#model = new ChaosModel(this.#world, (id) => {
      const installation = emulator.world.installation(id);
      if (installation === undefined) return 'gone';
      return installation.suspendedAt === undefined ? 'live' : 'suspended';
    });
    for (const name of ['farm', 'partner'] as const) this.#noteKeys(name);
    this.#isolates = [this.#newIsolate(0), this.#newIsolate(1)];
  }

  static async run(options: ChaosOptions): Promise<ChaosReport> {
    const stack = await NodeStack.start({ GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET, LOG_LEVEL: 'debug' });
    const partner = await OidcIssuer.start({ clock: stack.clock, key: { alg: 'ES256' } });
    const stranger = await OidcIssuer.start({ clock: stack.clock, key: { alg: 'ES256' } });
    try {
      return await new ChaosRun(options, stack, partner, stranger).#runAll();
    } finally {
      await Promise.all([partner.close(), stranger.close()]);
      await stack.close();
    }
  }

  async #runAll(): Promise<ChaosReport> {
    for (const owner of OWNERS) this.#fillOwner(owner);
    while (this.#exchanges < this.#options.exchanges && this.#violations.length < MAX_VIOLATIONS) {
      this.#step += 1;
      this.#endTroubles();
      await this.#act();
      this.#world.note();
      this.#pack();
      await this.#deliverDue();
      if (this.#step % LEAK_SEARCH_STEPS === 0) this.#searchLeaks();
      this.#pass(this.#random.between(1000, 15_000));
    }
    this.#searchLeaks();
    const { hits } = this.#issuers.stranger;
    if (hits.discovery + hits.jwks > 0) this.#violate('', 'an issuer that nobody trusts was contacted');
    const broken = this.#stack.emulator.violations;
    if (broken.length > 0) this.#violate('', `against GitHub's description: ${broken.slice(0, 3).join('; ')}`);
    return {
      seed: this.#options.seed,
      steps: this.#step,
      exchanges: this.#exchanges,
      granted: this.#granted,
      settled: this.#settled,
      settledGrants: this.#settledGrants,
      statuses: this.#statuses,
      violations: this.#violations,
    };
  }

  // --- steps ---------------------------------------------------------------------------------

  async #act(): Promise<void> {
    const owner = this.#random.pick(OWNERS);
    const step = this.#random.weighted<() => Promise<void> | void>([
      [60, () => this.#exchange(owner)],
      [5, () => this.#surprise(owner)],
      [9, () => this.#editPolicy(owner)],
      [4, () => this.#editAllowlist(owner)],
      [4, () => this.#mend(owner)],
      [2, () => this.#changeKeys()],
      [4, () => this.#troubleGitHub()],
      [2, () => this.#troubleIssuer()],
      [2, () => this.#troubleKv()],
      [2, () => this.#changeInstallation(owner)],
      [1, () => this.#takeOver(owner)],
      [3, () => this.#jump()],
      [2, () => this.#recreate()],
    ]);
    await step();
  }

  /** Every identity is there at first, so that most exchanges find something. */
  #fillOwner(owner: string): void {
    for (const repository of ['app', 'infra']) {
      for (const identity of REPO_IDENTITIES) {
        this.#world.writePolicy(owner, repository, identity, this.#policyFor(owner, identity));
      }
    }
    for (const identity of ORG_IDENTITIES) {
      this.#world.writePolicy(owner, POLICY_REPOSITORY, identity, this.#policyFor(owner, identity));
    }
  }

  #editPolicy(owner: string): void {
    const isOrganization = this.#random.chance(0.25);
    const repository = isOrganization ? POLICY_REPOSITORY : this.#random.pick(['app', 'infra']);
    const identity = this.#random.pick<string>(isOrganization ? ORG_IDENTITIES : REPO_IDENTITIES);
    const change = this.#random.weighted<'write' | 'remove' | 'break'>([
      [7, 'write'],
      [2, 'remove'],
      [1, 'break'],
    ]);
    const policy = change === 'write' ? this.#policyFor(owner, identity) : change === 'break' ? 'broken' : undefined;
    this.#remember(owner, `${change} ${owner}/${repository} ${identity} ${JSON.stringify(policy ?? null)}`);
    this.#world.writePolicy(owner, repository, identity, policy);
  }

  #editAllowlist(owner: string): void {
    const list = this.#random.weighted<AllowlistDocument>([
      [5, { kind: 'absent' }],
      [3, { kind: 'list', mode: 'enforce', issuers: this.#someIssuers() }],
      [2, { kind: 'list', mode: 'audit', issuers: this.#someIssuers() }],
      [2, { kind: 'broken' }],
    ]);
    this.#remember(owner, `allowlist ${owner} ${JSON.stringify(list)}`);
    this.#world.writeAllowlist(owner, list);
  }

  /**
   * One caller before and after a change of which mostly nobody is told, with a pause about as long as copies may count.
   * Left to chance alone, these come together too rarely.
   */
  async #surprise(owner: string): Promise<void> {
    const isOrganization = this.#random.chance(0.2);
    const repository = isOrganization ? undefined : this.#random.pick(['app', 'infra']);
    const identity = this.#random.pick<string>(isOrganization ? ORG_IDENTITIES : REPO_IDENTITIES);
    const again = (): Promise<void> => this.#fire(owner, [this.#usualShot(owner, repository, identity)]);
    await again();
    this.#changeFor(owner, repository ?? POLICY_REPOSITORY, identity);
    this.#world.note();
    const notices = this.#world.notices.splice(0);
    // GitHub tells of a change in several deliveries, of which one alone may arrive.
    const heard = this.#random.weighted([
      [5, 0],
      [3, 1],
      [2, notices.length],
    ]);
    this.#world.notices.push(...notices.slice(0, heard));
    this.#pack();
    await this.#deliverDue();
    this.#pass(this.#random.between(1, 20) * 1000);
    if (this.#random.chance(0.5)) await again();
    const minutes = this.#random.pick(PAUSES_MINUTES);
    this.#remember('', `${minutes} minutes pass`);
    this.#pass(minutes * 60_000);
    if (this.#random.chance(0.5)) this.#troubleGitHub();
    await again();
    await again();
  }

  #changeFor(owner: string, repository: string, identity: string): void {
    const write = (): void => this.#world.writePolicy(owner, repository, identity, this.#policyFor(owner, identity));
    const remove = (): void => this.#world.writePolicy(owner, repository, identity, undefined);
    const [name, change] = this.#random.weighted<readonly [string, () => void]>([
      [3, ['removes the policy', remove]],
      [3, ['writes another policy', write]],
      [2, ['breaks the allowlist', () => this.#world.writeAllowlist(owner, { kind: 'broken' })]],
      [2, ['edits the allowlist', () => this.#editAllowlist(owner)]],
      [4, ['takes a name over', () => this.#takeOver(owner)]],
      [1, ['changes the installation', () => this.#changeInstallation(owner)]],
      [2, ['changes keys', () => this.#changeKeys()]],
    ]);
    this.#remember(owner, `surprise at ${owner}/${repository} ${identity}: ${name}`);
    change();
  }

  /** As an owner who has read the complaints would. */
  #mend(owner: string): void {
    this.#remember(owner, `mends everything at ${owner}`);
    this.#restore(owner);
    this.#world.writeAllowlist(owner, { kind: 'absent' });
    this.#fillOwner(owner);
  }

  #someIssuers(): IssuerName[] {
    const chosen = (['actions', 'farm', 'partner', 'offline'] as const).filter(() => this.#random.chance(0.6));
    return chosen.length > 0 ? chosen : ['actions'];
  }

  #changeKeys(): void {
    const name = this.#random.pick(['farm', 'partner'] as const);
    const issuer = this.#issuers[name];
    const before = issuer.currentKey;
    const isRotation = this.#random.chance(0.5);
    if (isRotation) issuer.rotate({ alg: 'ES256' });
    else issuer.addKey({ alg: 'ES256' });
    if (isRotation) this.#withdrawn[name].push(before);
    this.#remember('', `${isRotation ? 'rotates the keys of' : 'adds a key to'} ${name}`);
    this.#noteKeys(name);
  }

  #noteKeys(name: 'farm' | 'partner'): void {
    const timeline = this.#model.keys.get(name) ?? new Timeline<readonly string[]>();
    this.#model.keys.set(name, timeline);
    const kids = this.#issuers[name].jwks().keys.map((key) => String((key as { kid?: string }).kid));
    timeline.note(kids, this.#now());
  }

  #changeInstallation(owner: string): void {
    const change = this.#random.weighted<'uninstall' | 'suspend' | 'install'>([
      [2, 'uninstall'],
      [2, 'suspend'],
      [4, 'install'],
    ]);
    this.#remember(owner, `${change} at ${owner}`);
    if (change === 'uninstall') this.#world.uninstall(owner);
    else if (change === 'suspend') this.#world.suspend(owner);
    else this.#restore(owner);
  }

  #restore(owner: string): void {
    this.#world.install(owner);
    if (this.#world.installation(owner)?.suspendedAt !== undefined) this.#world.suspend(owner);
  }

  #takeOver(owner: string): void {
    const isAccount = this.#random.chance(0.7);
    if (isAccount) {
      const isInstalled = this.#random.chance(0.7);
      this.#remember(
        owner,
        `${owner} is renamed and its name taken by another account, ${isInstalled ? 'with' : 'without'} the App`,
      );
      this.#world.takeOverName(owner, isInstalled);
      if (this.#random.chance(0.7)) this.#fillOwner(owner);
      return;
    }
    const repository = this.#random.pick(['app', 'infra']);
    this.#remember(owner, `${owner}/${repository} is renamed and its name taken by another repository`);
    this.#world.takeOverRepository(owner, repository);
    const identity = this.#random.pick<string>(REPO_IDENTITIES);
    this.#world.writePolicy(owner, repository, identity, this.#policyFor(owner, identity));
  }

  #jump(): void {
    const ms = this.#random.weighted([
      [3, this.#random.between(-8000, -1000)],
      [8, this.#random.between(60_000, 20 * 60_000)],
      [3, this.#random.between(30 * 60_000, 4 * 3_600_000)],
      [1, 25 * 3_600_000],
    ]);
    this.#remember('', `the clock jumps by ${ms} ms`);
    if (ms >= 0) {
      this.#pass(ms);
      return;
    }
    this.#stack.clock.advance(ms);
    this.#wentBackMs -= ms;
    this.#model.clockWentBack(-ms, this.#now());
  }

  #recreate(): void {
    const isolate = this.#random.between(0, 1);
    this.#remember('', `isolate ${isolate} is made anew`);
    this.#isolates[isolate] = this.#newIsolate(isolate);
  }

  #newIsolate(place: number): Isolate {
    return this.#stack.newIsolate({ OCTO_STS_KV: this.#kv.place(place), KNOWN_ISSUERS: this.#issuers.farm.issuer });
  }

  // --- troubles ------------------------------------------------------------------------------

  #troubleGitHub(): void {
    if (this.#github !== undefined) return;
    const trouble = githubTrouble(this.#random);
    const untilStep = this.#step + this.#random.between(2, 12);
    this.#remember('', `GitHub: ${trouble.name} for ${untilStep - this.#step} steps`);
    this.#github = { trouble, untilStep, stop: this.#beginTrouble(trouble) };
  }

  #beginTrouble({ fault, match, times }: GitHubTrouble): () => void {
    const { faults, limits, world } = this.#stack.emulator;
    if (fault !== 'quota_used_up') return faults.add({ ...fault, match, ...(times === undefined ? {} : { times }) });
    const used = { remaining: 0, resetInSeconds: 24 * 3600 };
    for (const { id } of world.installations()) {
      limits.set({ installation: id }, used);
      limits.set({ installation: id }, used, 'graphql');
    }
    limits.set({ app: this.#stack.seed.app.id }, used);
    return () => limits.clear();
  }

  #troubleIssuer(): void {
    const name = this.#random.pick(['farm', 'partner'] as const);
    if (this.#issuerTrouble.has(name)) return;
    const fault = issuerTrouble(this.#random);
    const untilStep = this.#step + this.#random.between(2, 12);
    this.#remember('', `${name}: ${JSON.stringify(fault)} for ${untilStep - this.#step} steps`);
    this.#issuers[name].addFault(fault);
    const isDown = fault.kind === 'hang' || fault.kind === 'reset' || (fault.kind === 'status' && fault.status >= 500);
    this.#issuerTrouble.set(name, { kind: fault.kind === 'delay' ? 'well' : isDown ? 'down' : 'odd', untilStep });
  }

  #troubleKv(): void {
    if (this.#kv.fault !== 'nothing') return;
    this.#kv.fault = kvTrouble(this.#random);
    this.#kvUntilStep = this.#step + this.#random.between(1, 8);
    this.#remember('', `KV: ${this.#kv.fault} for ${this.#kvUntilStep - this.#step} steps`);
  }

  #endTroubles(): void {
    if (this.#kv.fault !== 'nothing') this.#model.lastKvFault = this.#now();
    for (const [name, { kind, untilStep }] of this.#issuerTrouble) {
      if (kind !== 'well') this.#model.lastIssuerFault.set(name, this.#now());
      if (untilStep > this.#step) continue;
      this.#issuers[name].clearFaults();
      this.#issuerTrouble.delete(name);
      this.#remember('', `${name} is well again`);
    }
    if (this.#github !== undefined && this.#github.untilStep <= this.#step) {
      this.#github.stop();
      this.#github = undefined;
      this.#remember('', 'GitHub is well again');
    }
    if (this.#kv.fault !== 'nothing' && this.#kvUntilStep <= this.#step) {
      this.#kv.fault = 'nothing';
      this.#remember('', 'KV is well again');
    }
  }

  // --- webhooks ------------------------------------------------------------------------------

  /** Decides what becomes of each notice: lost, late, twice, to either isolate. */
  #pack(): void {
    for (const notice of this.#world.notices.splice(0)) {
      const fate = this.#random.weighted<'lost' | 'now' | 'late' | 'twice'>([
        [2, 'lost'],
        [6, 'now'],
        [3, 'late'],
        [1, 'twice'],
      ]);
      if (fate === 'lost') continue;
      const delay = fate === 'late' ? this.#random.between(1, 6) : 0;
      this.#parcels.push({ notice, dueStep: this.#step + delay, isolate: this.#random.between(0, 1) });
      if (fate !== 'twice') continue;
      const dueStep = this.#step + this.#random.between(0, 6);
      this.#parcels.push({ notice, dueStep, isolate: this.#random.between(0, 1) });
    }
  }

  async #deliverDue(): Promise<void> {
    const due = this.#parcels.filter(({ dueStep }) => dueStep <= this.#step);
    this.#parcels = this.#parcels.filter(({ dueStep }) => dueStep > this.#step);
    for (const parcel of due) {
      this.#pass(5);
      await this.#deliver(parcel);
      this.#pass(5);
    }
  }

  async #deliver({ notice, isolate }: Parcel): Promise<void> {
    const { event, payload, owner, tells, installationId } = notice;
    const body = JSON.stringify(payload);
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-hook-installation-target-id': String(this.#stack.seed.app.id),
    };
    const from = this.#tokens().length;
    const request = new Request(`https://${STS_DOMAIN}/webhook`, { method: 'POST', headers, body });
    const { status } = await this.#sent(isolate, request);
    const isMeant = installationId === undefined || this.#world.installation(owner)?.id === installationId;
    this.#remember(owner, `webhook ${event} (${tells.join(', ')}) to isolate ${isolate}: ${status}`);
    if (status === 202 && isMeant) this.#model.tell(tells, isolate, this.#now());
    const mayFail = this.#kv.fault !== 'nothing';
    if (status !== 202 && !(status === 503 && mayFail)) this.#violate(owner, `a webhook was answered ${status}`);
    this.#requireRevoked(owner, this.#tokens().slice(from), new Set());
  }

  // --- exchanges -----------------------------------------------------------------------------

  async #exchange(owner: string): Promise<void> {
    const crowd = this.#random.weighted([
      [6, 1],
      [2, 2],
      [1, 4],
    ]);
    const shots = Array.from({ length: crowd }, () => this.#shot(owner));
    await this.#fire(owner, shots);
  }

  async #fire(owner: string, shots: readonly Shot[]): Promise<void> {
    const first = this.#tokens().length;
    const requestsBefore = this.#stack.emulator.count();
    const from = this.#now();
    const weather = shots.map(({ ask }) => this.#weather(ask.issuer));
    const answers = await Promise.all(shots.map((shot) => this.#sent(shot.isolate, exchangeRequest(shot))));
    const to = this.#now();
    const given = new Set<string>();
    shots.forEach((shot, index) => {
      const answer = answers[index];
      const over = weather[index];
      if (answer === undefined || over === undefined) return;
      this.#exchanges += 1;
      this.#judge(shot, answer, { isolate: shot.isolate, from, to }, over, given);
    });
    if (answers.some(({ status }) => status !== 200)) {
      this.#refusedRequests.push({ at: to, count: this.#stack.emulator.count() - requestsBefore });
    }
    this.#requireRevoked(owner, this.#tokens().slice(first), given);
  }

  #judge({ ask, kid, isolate }: Shot, answer: Answer, moment: Moment, weather: Weather, given: Set<string>): void {
    const { status, json } = answer;
    const expectations = this.#mintable(this.#model.expectations(ask, kid, moment, weather));
    const allowed = allowedStatuses(expectations, ask, weather);
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (weather.github === 'well' && weather.issuer === 'well' && expectations.length === 1) {
      this.#settled += 1;
      if (expectations[0]?.kind === 'grant') this.#settledGrants += 1;
    }
    const target = ask.repository === undefined ? ask.owner : `${ask.owner}/${ask.repository}`;
    const flags = [ask.isGenuine ? '' : ' forged', ask.isExpired ? ' expired' : ''].join('');
    const who = `${ask.issuer} ${ask.subject}${flags}`;
    const outcome = `${status} ${JSON.stringify(json.error ?? null)}`;
    const narrow = JSON.stringify(ask.narrowTo);
    this.#remember(
      ask.owner,
      `exchange ${target} ${ask.identity} by ${who} ${narrow} at isolate ${isolate}: ${outcome}`,
    );
    const expectation = (): string => `expected ${JSON.stringify(expectations)} under ${JSON.stringify(weather)}`;
    if (status === 200) {
      this.#granted += 1;
      const token = this.#tokens().find(({ value }) => value === json.token);
      if (token !== undefined) given.add(token.value);
      const fault = token === undefined ? 'a token that GitHub does not know' : this.#excess(token, expectations);
      if (fault !== undefined) this.#violate(ask.owner, `${target} ${ask.identity}: ${fault}; ${expectation()}`);
    } else if (!allowed.has(status) && !(status === 429 && this.#ownLimitIsDue(ask.issuer))) {
      this.#violate(ask.owner, `${target} ${ask.identity}: refused with ${outcome}; ${expectation()}`);
    }
    this.#requireEntitled(ask, json, moment);
  }

  /** What the grant holds beyond everything that may be granted; nothing where one expectation covers it. */
  #excess(token: AccessToken, expectations: readonly Expected[]): string | undefined {
    const grants = grantsOf(expectations);
    if (grants.length === 0) return 'granted what nothing allows';
    const { permissions, repositoryIds, installation } = token;
    const { metadata: _, ...held } = permissions as Record<string, string>;
    const isCovered = grants.some((grant) => {
      if (installation.account.id !== grant.accountId) return false;
      if (canonical(held) !== canonical(grant.permissions)) return false;
      const ids = this.#idsOf(grant);
      if (ids === 'all' || repositoryIds === 'all') return ids === repositoryIds;
      return ids.length === repositoryIds.size && ids.every((id) => repositoryIds.has(id));
    });
    const ids = repositoryIds === 'all' ? 'all' : [...repositoryIds];
    const what = { account: installation.account.id, permissions: held, repositories: ids };
    return isCovered ? undefined : `granted ${JSON.stringify(what)}`;
  }

  /** What GitHub would refuse to mint now is a refusal. */
  #mintable(expectations: readonly Expected[]): Expected[] {
    return expectations.map((one) => {
      if (one.kind === 'refusal' || this.#canMint(one)) return one;
      return { kind: 'refusal', statuses: [403, 404], why: 'GitHub can not mint this now' };
    });
  }

  #canMint(grant: GrantExpected): boolean {
    const { world } = this.#stack.emulator;
    const isLive = world
      .installations()
      .some(({ account, suspendedAt }) => account.id === grant.accountId && suspendedAt === undefined);
    const ids = this.#idsOf(grant);
    if (ids === 'all') return isLive;
    const own = ids.every((id) => world.repositoryById(id)?.owner.id === grant.accountId);
    const isWhole = 'names' in (grant.repositories as object) ? ids.length === this.#namesOf(grant).length : true;
    return isLive && own && isWhole;
  }

  #namesOf({ repositories }: GrantExpected): readonly string[] {
    return repositories !== 'all' && 'names' in repositories ? repositories.names : [];
  }

  #idsOf(grant: GrantExpected): readonly number[] | 'all' {
    const { repositories, accountId } = grant;
    if (repositories === 'all') return 'all';
    if ('id' in repositories) return [repositories.id];
    const all = this.#stack.emulator.world.repositories();
    return repositories.names.flatMap(
      (name) => all.find((one) => one.owner.id === accountId && one.name === name)?.id ?? [],
    );
  }

  /** An explanation is for callers of the account that the App is installed on, and of a policy that brings their keys. */
  #requireEntitled(ask: Ask, json: Answer['json'], moment: Moment): void {
    if (json.explanation === undefined) return;
    const owners = this.#world.owners.get(ask.owner)?.between(moment.from - 3_600_000, moment.to) ?? [];
    const isInsider = ask.issuer === 'actions' && owners.some(({ value }) => value.accountId === ask.callerOwnerId);
    // Nobody but a policy knows the keys of this issuer.
    const isOfInlineKeys = ask.issuer === 'offline';
    if (!isInsider && !isOfInlineKeys) this.#violate(ask.owner, 'an outsider was given an explanation');
  }

  /** Everything that the service minted for itself, or did not hand out, is revoked; unless GitHub itself fails. */
  #requireRevoked(owner: string, issued: readonly AccessToken[], given: ReadonlySet<string>): void {
    const fault = this.#github?.trouble.fault;
    const isWell = fault === undefined || (fault !== 'quota_used_up' && fault.kind === 'overgrant');
    if (!isWell) return;
    const left = issued.filter(
      (one) => !given.has(one.value) && this.#stack.emulator.tokens.findLive(one.value) !== undefined,
    );
    if (left.length > 0) this.#violate(owner, `${left.length} tokens of the service's own were left alive`);
  }

  #ownLimitIsDue(issuer: IssuerName): boolean {
    const isProven = issuer === 'actions' || issuer === 'farm';
    const least = isProven ? LEAST_PROVEN_REQUESTS : LEAST_REFUSED_REQUESTS;
    const recent = this.#refusedRequests.filter(({ at }) => this.#now() - at <= 61_000);
    const isLogged = this.#stack.log.some((line) => line.includes('own limit'));
    return isLogged && recent.reduce((sum, { count }) => sum + count, 0) >= least;
  }

  #weather(issuer: IssuerName): Weather {
    const trouble = this.#github?.trouble;
    const kind = issuer === 'farm' || issuer === 'partner' ? this.#issuerTrouble.get(issuer)?.kind : undefined;
    return {
      github: trouble === undefined ? 'well' : trouble.mayRefuse ? 'failing_or_refusing' : 'failing',
      issuer: kind === 'down' || kind === 'odd' ? kind : 'well',
    };
  }

  // --- what is asked -------------------------------------------------------------------------

  #policyFor(owner: string, identity: string): PolicyDocument {
    const isOrganization = (ORG_IDENTITIES as readonly string[]).includes(identity);
    const isCaller = identity === 'caller';
    const issuer = usualIssuer(identity);
    const isActions = issuer === 'actions';
    const exact = isActions ? `repo:${owner}/infra:ref:refs/heads/main` : 'build-1';
    const pattern = isActions ? `repo:(${OWNERS.join('|')})/(app|infra):ref:refs/heads/main` : 'build-[0-9]+';
    const isOwned = isActions && this.#random.chance(0.4);
    const names = this.#random.weighted<readonly string[] | undefined>([
      [3, ['app']],
      [3, ['app', 'infra']],
      [1, ['app', 'ghost']],
      [2, undefined],
    ]);
    return {
      issuer,
      subject: isCaller || this.#random.chance(0.5) ? { pattern } : { exact },
      audience: isActions ? STS_DOMAIN : FARM_AUDIENCE,
      permissions: this.#somePermissions(),
      ...(isOwned ? { ownerId: this.#world.account(owner).id } : {}),
      ...(isCaller ? { callerOnly: true } : {}),
      ...(isOrganization && !isCaller && names !== undefined ? { repositories: names } : {}),
      ...(issuer === 'offline' ? { inlineKeys: true } : {}),
    };
  }

  #somePermissions(): PermissionMap {
    const chosen = PERMISSIONS.filter(() => this.#random.chance(0.5));
    const names = chosen.length > 0 ? chosen : ['contents' as const];
    // The App may only read packages.
    return Object.fromEntries(
      names.map((name): [string, Level] => [name, name !== 'packages' && this.#random.chance(0.4) ? 'write' : 'read']),
    );
  }

  /** What the owner's own workflow, or build farm, asks every day. */
  #usualShot(owner: string, repository: string | undefined, identity: string): Shot {
    const issuer = usualIssuer(identity);
    const isolate = this.#random.between(0, 1);
    const ask = { owner, repository, identity, issuer, isExpired: false, isGenuine: true, narrowTo: {} };
    return issuer === 'actions'
      ? this.#actionsShot(ask, isolate, this.#world.repository(owner, 'infra'), STS_DOMAIN)
      : this.#otherShot(ask, isolate);
  }

  #shot(owner: string): Shot {
    const isOrganization = this.#random.chance(0.25);
    const identity = this.#random.pick<string>(isOrganization ? ORG_IDENTITIES : REPO_IDENTITIES);
    const usual = usualIssuer(identity);
    const issuer = this.#random.weighted<IssuerName>([
      [20, usual],
      [1, 'stranger'],
      [1, 'actions'],
      [1, 'partner'],
    ]);
    const forgery = this.#random.weighted<'none' | 'forged' | 'expired'>([
      [18, 'none'],
      [1, 'forged'],
      [1, 'expired'],
    ]);
    const identityAsked = this.#random.chance(0.05) ? 'nobody' : identity;
    const ask = {
      owner,
      repository: isOrganization ? undefined : this.#random.pick(['app', 'infra']),
      identity: identityAsked,
      issuer,
      isExpired: forgery === 'expired',
      isGenuine: forgery !== 'forged',
      narrowTo: this.#narrowing(identity),
    };
    const isolate = this.#random.between(0, 1);
    return issuer === 'actions' ? this.#anyActionsShot(ask, isolate) : this.#otherShot(ask, isolate);
  }

  #narrowing(identity: string): Ask['narrowTo'] {
    if (this.#random.chance(0.85)) return {};
    return {
      ...(this.#random.chance(0.7) ? { permissions: this.#somePermissions() } : {}),
      ...(identity !== 'caller' && this.#random.chance(0.5)
        ? { repositories: [this.#random.pick(['app', 'infra'])] }
        : {}),
    };
  }

  #anyActionsShot(ask: AskedBy, isolate: number): Shot {
    const caller = this.#random.chance(0.75) ? ask.owner : this.#random.pick(OWNERS);
    const name = this.#random.chance(0.8) ? 'infra' : 'app';
    const audience = this.#random.chance(0.95) ? STS_DOMAIN : 'another-service';
    return this.#actionsShot(ask, isolate, this.#world.repository(caller, name), audience);
  }

  #actionsShot(ask: AskedBy, isolate: number, repository: Repository, audience: string): Shot {
    const { actionsIssuer } = this.#stack.emulator;
    const claims = this.#timely(ask, actionsIssuer.claims({ repository, audience }));
    const { key } = actionsIssuer;
    const whole: Ask = {
      ...ask,
      subject: typeof claims.sub === 'string' ? claims.sub : '',
      audience,
      callerOwnerId: repository.owner.id,
      callerRepositoryId: repository.id,
    };
    const signer = ask.isGenuine ? key : generateSigningKey({ alg: 'ES256', kid: key.kid ?? null });
    return { ask: whole, kid: key.kid ?? '', token: signToken(signer, claims), isolate };
  }

  #otherShot(ask: AskedBy, isolate: number): Shot {
    const { issuer } = ask;
    const subject = this.#random.weighted([
      [6, 'build-1'],
      [2, this.#random.pick(SUBJECTS)],
    ]);
    const iat = this.#stack.clock.seconds();
    // Whoever writes claims for themselves gains nothing by naming an owner.
    const account = this.#world.account(ask.owner);
    const claims = this.#timely(ask, {
      iss: issuer === 'offline' ? OFFLINE_ISSUER : this.#issuerOf(issuer).issuer,
      sub: subject,
      aud: FARM_AUDIENCE,
      iat,
      exp: iat + 300,
      repository_owner: account.login,
      repository_owner_id: String(account.id),
    });
    const key = this.#keyFor(issuer);
    const whole: Ask = {
      ...ask,
      subject,
      audience: FARM_AUDIENCE,
      callerOwnerId: account.id,
      callerRepositoryId: undefined,
    };
    const forged = generateSigningKey({ alg: 'ES256', kid: this.#random.chance(0.5) ? (key.kid ?? null) : 'unknown' });
    return { ask: whole, kid: key.kid ?? '', token: signToken(ask.isGenuine ? key : forged, claims), isolate };
  }

  #issuerOf(issuer: IssuerName): OidcIssuer {
    return issuer === 'farm' || issuer === 'partner' ? this.#issuers[issuer] : this.#issuers.stranger;
  }

  #keyFor(issuer: IssuerName): SigningKey {
    if (issuer === 'offline') return this.#offlineKey;
    if (issuer !== 'farm' && issuer !== 'partner') return this.#issuers.stranger.currentKey;
    const old = this.#withdrawn[issuer].at(-1);
    return old !== undefined && this.#random.chance(0.2) ? old : this.#issuers[issuer].currentKey;
  }

  #timely({ isExpired }: Pick<Ask, 'isExpired'>, claims: Claims): Claims {
    const now = this.#stack.clock.seconds();
    return isExpired ? { ...claims, iat: now - 900, nbf: now - 900, exp: now - 300 } : claims;
  }

  // --- bookkeeping ---------------------------------------------------------------------------

  async #sent(isolate: number, request: Request): Promise<Answer> {
    const target = this.#isolates[isolate];
    if (target === undefined) throw new Error(`no isolate ${isolate}`);
    const answer = await target.send(request);
    if (answer.status >= 400) noteExposure(`body of a ${answer.status}`, JSON.stringify(answer.json));
    return answer;
  }

  /** The time that has passed, which never goes back. */
  #now(): number {
    return this.#stack.clock.now() + this.#wentBackMs;
  }

  #pass(ms: number): void {
    this.#stack.clock.advance(ms);
  }

  #tokens(): readonly AccessToken[] {
    return this.#stack.emulator.tokens.all();
  }

  #searchLeaks(): void {
    const { log } = this.#stack;
    for (const line of log.slice(this.#searchedLines)) noteExposure('log', line);
    for (const text of this.#kv.takeTexts()) noteExposure('KV', text);
    const { leaks } = searchForSecrets();
    if (leaks.length > 0) this.#violate('', `a secret was exposed: ${leaks[0]?.slice(0, 300) ?? ''}`);
    const bug = log.slice(this.#searchedLines).find((line) => line.includes('"event":"bug"'));
    if (bug !== undefined) this.#violate('', `a bug: ${bug.slice(0, 500)}`);
    log.splice(0, Math.max(0, log.length - KEPT_LINES));
    this.#searchedLines = log.length;
  }

  #remember(owner: string, text: string): void {
    this.#trace.push({ step: this.#step, owner, text: `${this.#step} ${new Date(this.#now()).toISOString()} ${text}` });
  }

  #violate(owner: string, what: string): void {
    const own = this.#trace.filter((one) => owner === '' || one.owner === owner || one.owner === '');
    const length = this.#options.verbose === true ? 80 : TRACE_STEPS;
    const trace = own.slice(-length).map(({ text }) => text);
    const log = this.#options.verbose === true ? this.#stack.log.slice(-12) : [];
    this.#violations.push({ step: this.#step, what, trace: [...trace, ...log] });
  }
}

function exchangeRequest({ ask, token }: Shot): Request {
  const query = new URLSearchParams({
    scope: ask.repository === undefined ? ask.owner : `${ask.owner}/${ask.repository}`,
    identity: ask.identity,
  });
  const { permissions, repositories } = ask.narrowTo;
  if (permissions !== undefined) {
    query.set(
      'permissions',
      Object.entries(permissions)
        .map(([name, level]) => `${name}:${level}`)
        .join(','),
    );
  }
  if (repositories !== undefined) query.set('repositories', repositories.join(','));
  const headers = { authorization: `Bearer ${token}` };
  return new Request(`https://${STS_DOMAIN}/sts/exchange?${query.toString()}`, { headers });
}

function usualIssuer(identity: string): IssuerName {
  return identity === 'farm' || identity === 'partner' || identity === 'offline' ? identity : 'actions';
}

function canonical(permissions: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(permissions).sort(([a], [b]) => (a < b ? -1 : 1)));
}
