import type { BoundedFetch, FetchOutcome } from '../../src/infrastructure/http/bounded-fetch.ts';
import type { VirtualTime } from './virtual-time.ts';
import { ACTIONS_ISSUER, POLICY_REPOSITORY, type Owner, type World } from './world.ts';

const API = 'https://api.github.com';
/** Round numbers of the right size for `api.github.com` from a data center nearby. */
const LATENCY_MS = { lookup: 100, mint: 120, query: 180, revocation: 80, issuer: 50 } as const;
const HOUR_MS = 60 * 60_000;
const MINUTE_MS = 60_000;
/** GitHub REST, "Rate limits": installations outside of GitHub Enterprise Cloud. Users are not modelled. */
const LEAST_BUDGET = 5000;
const MOST_BUDGET = 12_500;
const REPOSITORIES_INCLUDED = 20;
const BUDGET_A_REPOSITORY = 50;

/** What GitHub was asked; `limited`: and refused, because the owner's hour was used up. */
export type GitHubEvent = 'lookup' | 'caller_token' | 'read_token' | 'query' | 'revocation' | 'limited';

/**
 * Which of an owner's hourly budgets a request counts against. GitHub documents the installation's; that the App's own
 * requests, mints among them, have one of the same size for each owner is an assumption.
 */
export type Purse = 'app' | 'installation' | 'graphql';

interface Used {
  hour: number;
  app: number;
  installation: number;
  graphql: number;
}

/** The most that any owner used of a budget within an hour. */
export interface BusiestHour {
  share: number;
  requests: number;
  budget: number;
}

/** GitHub, as much of it as an exchange asks, with the primary limits of installations. */
export class GitHubModel {
  issuerRequests = 0;
  readonly busiest: Record<Purse, BusiestHour> = {
    app: { share: 0, requests: 0, budget: 0 },
    installation: { share: 0, requests: 0, budget: 0 },
    graphql: { share: 0, requests: 0, budget: 0 },
  };
  /** Tokens for callers and for reads, by minute and owner: what GitHub's secondary limit on one endpoint looks at. */
  mostMintsAMinute = 0;
  private readonly used = new Map<number, Used>();
  private readonly minutes = new Map<number, { minute: number; mints: number }>();
  private tokens = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly world: World,
    private readonly told: (event: GitHubEvent, owner: Owner) => void,
  ) {}

  readonly fetch: BoundedFetch = async (url, init): Promise<FetchOutcome> => {
    if (url.startsWith(ACTIONS_ISSUER)) return this.issuer(url);
    const path = url.slice(API.length);
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as RequestBody) : {};
    const headers = init.headers as Readonly<Record<string, string>>;
    if (path === '/graphql') return this.query(ownerOfToken(headers), body);
    if (path === '/installation/token') return this.revoke(ownerOfToken(headers));
    const mint = /^\/app\/installations\/([0-9]+)\/access_tokens$/.exec(path);
    if (mint !== null) return this.mint(Number(mint[1]), body);
    const lookup = /^\/users\/o([0-9]+)\/installation$/.exec(path);
    if (lookup !== null) return this.lookup(Number(lookup[1]));
    throw new Error(`the model of GitHub knows no ${init.method ?? 'GET'} ${url}`);
  };

  /** After a job the caller takes its token back (`/sts/revoke`, as our Action does): one request of GitHub's. */
  revokedByCaller(owner: Owner): void {
    this.told('revocation', owner);
    this.take(owner, 'installation');
  }

  private async issuer(url: string): Promise<FetchOutcome> {
    this.issuerRequests += 1;
    await this.time.sleep(LATENCY_MS.issuer);
    const isDiscovery = url.endsWith('/.well-known/openid-configuration');
    return answered(200, isDiscovery ? DISCOVERY : KEYS, NO_HEADERS);
  }

  private async lookup(index: number): Promise<FetchOutcome> {
    const owner = this.world.owner(index);
    this.told('lookup', owner);
    const limited = this.take(owner, 'app');
    await this.time.sleep(LATENCY_MS.lookup);
    if (limited !== undefined) return limited;
    return answered(200, lookupText(owner), REMAINING);
  }

  private async mint(
    installationId: number,
    { repositories, repository_ids: ids }: RequestBody,
  ): Promise<FetchOutcome> {
    const owner = this.world.owner(installationId - 1);
    const isForCaller = repositories === undefined;
    this.told(isForCaller ? 'caller_token' : 'read_token', owner);
    this.countMinute(owner);
    const limited = this.take(owner, 'app');
    await this.time.sleep(LATENCY_MS.mint);
    if (limited !== undefined) return limited;
    if (repositories?.includes(POLICY_REPOSITORY) === true && !owner.seesPolicyRepository) {
      return answered(422, REFUSED, REMAINING);
    }
    this.tokens += 1;
    const named = (ids ?? []).map((id) => `{"id":${id},"name":"r${id - 1}"}`).join(',');
    const text = `{"token":"t-${owner.index}-${this.tokens}","expires_at":"${this.expiry()}","permissions":{"contents":"read","metadata":"read"},"repository_selection":"selected","repositories":[${named}]}`;
    return answered(201, text, REMAINING);
  }

  private async query(index: number, { variables = {} }: RequestBody): Promise<FetchOutcome> {
    const owner = this.world.owner(index);
    this.told('query', owner);
    const limited = this.take(owner, 'graphql');
    await this.time.sleep(LATENCY_MS.query);
    if (limited !== undefined) return limited;
    const target = this.world.folderText(variables.target ?? '', owner);
    if (variables.organization === undefined) return answered(200, `{"data":{"target":${target}}}`, REMAINING);
    if (owner.seesPolicyRepository) {
      const organization = this.world.policyRepositoryText(owner);
      return answered(200, `{"data":{"target":${target},"organization":${organization}}}`, REMAINING);
    }
    return answered(200, `{"data":{"target":${target},"organization":null},"errors":[${INVISIBLE}]}`, REMAINING);
  }

  private async revoke(index: number): Promise<FetchOutcome> {
    const owner = this.world.owner(index);
    this.told('revocation', owner);
    const limited = this.take(owner, 'installation');
    await this.time.sleep(LATENCY_MS.revocation);
    return limited ?? answered(204, '', REMAINING);
  }

  private countMinute(owner: Owner): void {
    const minute = Math.floor(this.time.now() / MINUTE_MS);
    const last = this.minutes.get(owner.index);
    const mints = last?.minute === minute ? last.mints + 1 : 1;
    this.minutes.set(owner.index, { minute, mints });
    this.mostMintsAMinute = Math.max(this.mostMintsAMinute, mints);
  }

  /** @returns GitHub's answer where the hour is used up */
  private take(owner: Owner, purse: Purse): FetchOutcome | undefined {
    const hour = Math.floor(this.time.now() / HOUR_MS);
    const known = this.used.get(owner.index);
    const used = known?.hour === hour ? known : { hour, app: 0, installation: 0, graphql: 0 };
    this.used.set(owner.index, used);
    const budget = hourlyBudget(owner.repositories);
    used[purse] += 1;
    const share = used[purse] / budget;
    if (share > this.busiest[purse].share) this.busiest[purse] = { share, requests: used[purse], budget };
    if (used[purse] <= budget) return undefined;
    this.told('limited', owner);
    const reset = String(((hour + 1) * HOUR_MS) / 1000);
    return answered(403, EXCEEDED, new Headers({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }));
  }

  private expiry(): string {
    return new Date(this.time.now() + HOUR_MS).toISOString();
  }
}

/** Requests, or GraphQL points, an hour. */
export function hourlyBudget(repositories: number): number {
  const more = Math.max(0, repositories - REPOSITORIES_INCLUDED) * BUDGET_A_REPOSITORY;
  return Math.min(MOST_BUDGET, LEAST_BUDGET + more);
}

interface RequestBody {
  readonly repositories?: readonly string[];
  readonly repository_ids?: readonly number[];
  readonly variables?: Readonly<Record<string, string>>;
}

const NO_HEADERS = new Headers();
/** What is left is not told: with one App the service has nothing to choose by it. */
const REMAINING = new Headers();
const REFUSED = '{"message":"There is at least one repository that does not exist or is not accessible"}';
const EXCEEDED = '{"message":"API rate limit exceeded for installation"}';
const INVISIBLE = '{"type":"NOT_FOUND","path":["organization"],"message":"Could not resolve to a Repository"}';
const DISCOVERY = `{"issuer":"${ACTIONS_ISSUER}","jwks_uri":"${ACTIONS_ISSUER}/.well-known/jwks"}`;
const KEYS = '{"keys":[{"kty":"RSA","kid":"1","alg":"RS256","use":"sig","n":"AQAB","e":"AQAB"}]}';

function answered(status: number, text: string, headers: Headers): FetchOutcome {
  return { kind: 'answered', status, headers, text };
}

function lookupText({ index }: Owner): string {
  return `{"id":${index + 1},"account":{"id":${index + 1}},"target_type":"Organization","permissions":{"contents":"read"}}`;
}

function ownerOfToken({ Authorization: header = '' }: Readonly<Record<string, string>>): number {
  return Number(header.split('-')[1]);
}
