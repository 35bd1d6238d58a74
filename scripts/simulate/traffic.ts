import { Random } from '../../test/chaos/random.ts';
import type { Owner } from './world.ts';

export const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;
/** More exchanges than this come from more organizations of the same kind, not from larger ones. */
const EXCHANGES_A_POPULATION = 30_000;
const EXCHANGES_A_REPOSITORY = 50;
const REPOSITORIES_AN_OWNER = 100;
const LEAST_REPOSITORIES = 20;
/** Of the sizes of owners, in repositories. */
const OWNER_EXPONENT = 0.8;
/** Jobs of one workflow run that exchange a token each, on the average, and how long after one another they start. */
const JOBS_A_RUN = 3;
const JOB_GAP_MS = 5000;
/** Runs that a schedule starts. Most are written for the full hour. */
const SCHEDULED_SHARE = 0.1;
const SCHEDULE_SPREAD_MS = 60_000;
/** At the busiest time of the day there is so much more than on the average. */
const DAILY_SWING = 0.6;
/** Since the day began: 15:00 UTC. */
export const BUSIEST_MS = 15 * HOUR_MS;
/** Runs that start at the location where most of the repository's runs do. */
const HOME_SHARE = 0.8;
/** Changes of its policy that a repository gets in a day, and those that come with its work. */
const PUSHES_A_DAY = 0.05;
const PUSHES_A_RUN = 0.002;

export interface TrafficOptions {
  readonly seed: number;
  /** Expected, in the day. */
  readonly exchanges: number;
  readonly repositories?: number | undefined;
  readonly owners?: number | undefined;
  /** Of Zipf's law over the repositories of a population: the n-th has a share of n to the minus this. */
  readonly exponent: number;
  /** Owners whose App can't see a policy repository, as a share. */
  readonly blindShare: number;
  readonly locations: number;
  /** So many times the usual number of policy changes. */
  readonly pushFactor: number;
}

export interface Repository {
  readonly index: number;
  readonly owner: number;
  /** Expected, in the day. */
  readonly exchanges: number;
}

/** Who there is, before anything happens. */
export interface Tenants {
  readonly owners: readonly Owner[];
  /** By owner. */
  readonly repositories: readonly (readonly Repository[])[];
  /** Expected exchanges in the day, by owner. */
  readonly loads: readonly number[];
}

export interface Arrival {
  /** Milliseconds since the day began. */
  readonly at: number;
  readonly owner: number;
  readonly repository: number;
  readonly location: number;
  /** The runner's address: that of its run. */
  readonly address: string;
}

export interface PolicyPush {
  readonly at: number;
  readonly owner: number;
  readonly repository: number;
}

export interface Traffic {
  readonly arrivals: readonly Arrival[];
  readonly pushes: readonly PolicyPush[];
}

/** Populations of owners and repositories, each of them with a heavy tail. */
export function tenantsOf(options: TrafficOptions): Tenants {
  const repositoryCount = options.repositories ?? defaultRepositories(options.exchanges);
  const ownerCount = options.owners ?? Math.max(1, Math.round(repositoryCount / REPOSITORIES_AN_OWNER));
  const populations = Math.min(ownerCount, Math.max(1, Math.round(options.exchanges / EXCHANGES_A_POPULATION)));
  const repositories: Repository[][] = Array.from({ length: ownerCount }, () => []);
  for (let population = 0; population < populations; population++) {
    const [firstRepository, endRepository] = part(repositoryCount, population, populations);
    const [firstOwner, endOwner] = part(ownerCount, population, populations);
    const shares = zipf(endRepository - firstRepository, options.exponent);
    const ownerSteps = running(zipf(endOwner - firstOwner, OWNER_EXPONENT));
    shares.forEach((share, rank) => {
      const index = firstRepository + rank;
      const owner = firstOwner + stepAt(ownerSteps, randomOf(options.seed, index, 1).next());
      repositories[owner]!.push({ index, owner, exchanges: (options.exchanges * share) / populations });
    });
  }
  const owners = repositories.map((own, index) => ({
    index,
    name: `o${index}`,
    repositories: own.length,
    seesPolicyRepository: !randomOf(options.seed, index, 2).chance(options.blindShare),
  }));
  return {
    owners,
    repositories,
    loads: repositories.map((own) => own.reduce((sum, { exchanges }) => sum + exchanges, 0)),
  };
}

function defaultRepositories(exchanges: number): number {
  return Math.max(LEAST_REPOSITORIES, Math.round(exchanges / EXCHANGES_A_REPOSITORY));
}

/**
 * A day of some owners. What happens to a repository is decided by the seed and the repository alone, so that a part of
 * the owners has exactly the traffic that it has among all.
 */
export function trafficOf(owners: readonly number[], tenants: Tenants, options: TrafficOptions): Traffic {
  const arrivals: Arrival[] = [];
  const pushes: PolicyPush[] = [];
  const steps = running(locationShares(options.locations));
  for (const repository of owners.flatMap((owner) => tenants.repositories[owner] ?? [])) {
    const random = randomOf(options.seed, repository.index, 3);
    const home = stepAt(steps, random.next());
    const runs = poisson(repository.exchanges / JOBS_A_RUN, random);
    for (let run = 0; run < runs; run++) {
      const location = random.chance(HOME_SHARE) ? home : stepAt(steps, random.next());
      arrivals.push(...jobsOf(repository, location, random));
    }
    const changes = poisson(options.pushFactor * (PUSHES_A_DAY + PUSHES_A_RUN * runs), random);
    const { owner, index } = repository;
    for (let change = 0; change < changes; change++) pushes.push({ at: timeOfDay(random), owner, repository: index });
  }
  return { arrivals: arrivals.sort(byTime), pushes: pushes.sort(byTime) };
}

/** How much more than on the average there is at that time of the day. */
export function rhythm(timeMs: number): number {
  return SCHEDULED_SHARE + (1 - SCHEDULED_SHARE) * daily(timeMs);
}

/** The first location has the most: GitHub's runners stand in few places. */
export function locationShares(count: number): readonly number[] {
  return zipf(count, 1);
}

function jobsOf({ owner, index }: Repository, location: number, random: Random): Arrival[] {
  const address = `10.${random.between(0, 255)}.${random.between(0, 255)}.${random.between(0, 255)}`;
  const jobs: Arrival[] = [];
  let at = random.chance(SCHEDULED_SHARE) ? timeOfSchedule(random) : timeOfDay(random);
  do {
    if (at < DAY_MS) jobs.push({ at, owner, repository: index, location, address });
    at -= JOB_GAP_MS * Math.log(1 - random.next());
  } while (random.chance(1 - 1 / JOBS_A_RUN));
  return jobs;
}

function timeOfSchedule(random: Random): number {
  return random.between(0, 23) * HOUR_MS + random.next() * SCHEDULE_SPREAD_MS;
}

function timeOfDay(random: Random): number {
  for (;;) {
    const at = random.next() * DAY_MS;
    if (random.next() * (1 + DAILY_SWING) < daily(at)) return at;
  }
}

function daily(timeMs: number): number {
  return 1 + DAILY_SWING * Math.cos((2 * Math.PI * (timeMs - BUSIEST_MS)) / DAY_MS);
}

/** Shares that sum to 1. */
export function zipf(count: number, exponent: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function running(shares: readonly number[]): readonly number[] {
  let sum = 0;
  return shares.map((share) => (sum += share));
}

/** Which step a number from 0 to 1 falls on. */
function stepAt(steps: readonly number[], at: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Knuth's method in pieces, as its product would otherwise vanish for a large mean. */
function poisson(mean: number, random: Random): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 500) {
    const limit = Math.exp(-Math.min(left, 500));
    for (let product = random.next(); product > limit; product *= random.next()) count++;
  }
  return count;
}

function part(total: number, index: number, parts: number): readonly [first: number, end: number] {
  return [Math.floor((total * index) / parts), Math.floor((total * (index + 1)) / parts)];
}

export function randomOf(seed: number, index: number, purpose: number): Random {
  return new Random(
    Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(purpose, 0xc2b2ae35),
  );
}

function byTime(a: { readonly at: number }, b: { readonly at: number }): number {
  return a.at - b.at;
}
