import {
  ASSUMED,
  DAYS_A_MONTH,
  FREE_A_DAY,
  LOG_EVENTS_A_REQUEST,
  monthlyDollars,
  monthlyParts,
  SCHEDULED_RUNS,
  type Usage,
} from '../prices.ts';
import type { SimulationResult } from './simulation.ts';

/** The scheduled check writes its report once an hour. */
const REPORTS_A_DAY = 24;
/** GitHub REST, "Secondary rate limits": 900 points a minute for one endpoint, of which a POST takes 5. */
const MINTS_A_MINUTE = 900 / 5;

export interface Month extends Usage {
  readonly dollars: number;
  /** Of these, beyond what the plan includes. */
  readonly parts: Readonly<Record<keyof Usage, number>>;
}

/** What a month of such days costs on the Workers Paid plan, and of what. */
export function monthOf({ day }: SimulationResult): Month {
  const requestsADay = 2 * day.exchanges.value + day.pushes.value + SCHEDULED_RUNS / DAYS_A_MONTH;
  const cold = day.fromGitHub.value;
  const warm = day.exchanges.value - cold;
  const usage = {
    requests: DAYS_A_MONTH * requestsADay,
    // A revocation takes as long as a warm exchange at the most.
    cpuMilliseconds:
      DAYS_A_MONTH * (ASSUMED.exchange['CPU ms'] * cold + ASSUMED.revocation['CPU ms'] * (warm + day.exchanges.value)),
    kvReads: DAYS_A_MONTH * day.kvReads.value,
    kvWrites: DAYS_A_MONTH * (day.kvWrites.value + REPORTS_A_DAY),
    logEvents: DAYS_A_MONTH * requestsADay * LOG_EVENTS_A_REQUEST,
  };
  return { ...usage, dollars: monthlyDollars(usage), parts: monthlyParts(usage) };
}

/** What a deployment may run into, each with the share of it that a day used. */
export const LIMITS = {
  'free plan: KV writes a day': ({ day }: SimulationResult) =>
    (day.kvWrites.value + REPORTS_A_DAY) / FREE_A_DAY.kvWrites,
  'free plan: KV reads a day': ({ day }: SimulationResult) => day.kvReads.value / FREE_A_DAY.kvReads,
  'free plan: requests a day': (result: SimulationResult) =>
    monthOf(result).requests / DAYS_A_MONTH / FREE_A_DAY.requests,
  'GitHub: tokens for one organization in its busiest minute': ({ mostMintsAMinute }: SimulationResult) =>
    mostMintsAMinute / MINTS_A_MINUTE,
  'GitHub: the App’s requests for one organization in its busiest hour': ({ busiestHour }: SimulationResult) =>
    busiestHour.app.share,
  'GitHub: requests with one installation’s tokens in its busiest hour': ({ busiestHour }: SimulationResult) =>
    busiestHour.installation.share,
  'GitHub: GraphQL points of one installation in its busiest hour': ({ busiestHour }: SimulationResult) =>
    busiestHour.graphql.share,
} as const satisfies Readonly<Record<string, (result: SimulationResult) => number>>;

export type LimitName = keyof typeof LIMITS;

export interface Reached {
  readonly limit: LimitName;
  /** Exchanges a day, between two rows in proportion. */
  readonly exchanges: number;
}

/**
 * Limits that a series of growing loads reaches, the first one first. GitHub's are those of the busiest owner, which a
 * sample may lack: of them only whole days count.
 */
export function limitsReached(results: readonly SimulationResult[]): readonly Reached[] {
  const reached = (Object.keys(LIMITS) as LimitName[]).flatMap((limit) => {
    const days = limit.startsWith('GitHub') ? results.filter(({ isWhole }) => isWhole) : results;
    const exchanges = reachedAt(days.map((result) => [result.options.exchanges, LIMITS[limit](result)] as const));
    return exchanges === undefined ? [] : [{ limit, exchanges }];
  });
  return reached.sort((a, b) => a.exchanges - b.exchanges);
}

/** Where a curve through these points crosses 1, on logarithmic axes. */
function reachedAt(points: readonly (readonly [exchanges: number, share: number])[]): number | undefined {
  const index = points.findIndex(([, share]) => share >= 1);
  const [above, below] = [points[index], points[index - 1]];
  if (above === undefined) return undefined;
  if (below === undefined) return above[0] / above[1];
  const slope = (Math.log(above[0]) - Math.log(below[0])) / (Math.log(above[1]) - Math.log(below[1]));
  return Math.exp(Math.log(below[0]) - Math.log(below[1]) * slope);
}
