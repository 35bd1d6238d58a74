/** What Cloudflare charges, and what an exchange takes of it. `monthly-cost.ts` and `npm run simulate` reckon by these. */

/** US dollars, beyond what the Workers Paid plan includes. */
interface Price {
  readonly included: number;
  readonly perMillion: number;
}

export interface Usage {
  readonly requests: number;
  readonly cpuMilliseconds: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  readonly logEvents: number;
}

/** Cloudflare documentation, "Workers pricing", "Workers KV pricing", "Workers Logs", as it stood in November 2026. */
const PLAN_DOLLARS = 5;
const PRICES: Readonly<Record<keyof Usage, Price>> = {
  requests: { included: 10e6, perMillion: 0.3 },
  cpuMilliseconds: { included: 30e6, perMillion: 0.02 },
  kvReads: { included: 10e6, perMillion: 0.5 },
  kvWrites: { included: 1e6, perMillion: 5 },
  logEvents: { included: 20e6, perMillion: 0.6 },
};
/** The Workers Free plan, a day. */
export const FREE_A_DAY = {
  requests: 100_000,
  kvReads: 100_000,
  kvWrites: 1000,
  logEvents: 200_000,
} as const satisfies Partial<Record<keyof Usage, number>>;

/** docs/performance.md, rounded up: an exchange whose policies are too old. A warm one takes half. */
const CPU_MILLISECONDS_AN_EXCHANGE = 5;
/** Like a warm exchange, rounded up; a revocation takes less, for it judges nothing. */
const CPU_MILLISECONDS_A_REVOCATION = 2;
/** docs/scale.md, of a small deployment, rounded up: an isolate that asks KV for all it needs, and before it writes. Warm: none. */
const KV_READS_AN_EXCHANGE = 4;
/** docs/performance.md, rounded up: a run of the scheduled check in an isolate that has done nothing else. */
const CPU_MILLISECONDS_A_SCHEDULED_RUN = 20;
const KV_READS_A_SCHEDULED_RUN = 5;
/** For the test that holds these numbers to docs/performance.md. */
export const ASSUMED = {
  exchange: { 'CPU ms': CPU_MILLISECONDS_AN_EXCHANGE, 'KV reads': KV_READS_AN_EXCHANGE },
  revocation: { 'CPU ms': CPU_MILLISECONDS_A_REVOCATION },
  scheduledRun: { 'CPU ms': CPU_MILLISECONDS_A_SCHEDULED_RUN, 'KV reads': KV_READS_A_SCHEDULED_RUN },
};
export const HOURS_A_MONTH = 30 * 24;
/** The service's own line, and Cloudflare's on the invocation. */
export const LOG_EVENTS_A_REQUEST = 2;
/** The scheduled check: every five minutes. */
export const SCHEDULED_RUNS = HOURS_A_MONTH * 12;
export const DAYS_A_MONTH = 30;

/** On the Workers Paid plan, what is used beyond what the plan includes, by what it is for. */
export function monthlyParts(usage: Usage): Readonly<Record<keyof Usage, number>> {
  const parts = (Object.keys(PRICES) as (keyof Usage)[]).map((name) => {
    const { included, perMillion } = PRICES[name];
    return [name, (Math.max(0, usage[name] - included) / 1e6) * perMillion] as const;
  });
  return Object.fromEntries(parts) as Record<keyof Usage, number>;
}

/** On the Workers Paid plan, with the plan itself. */
export function monthlyDollars(usage: Usage): number {
  return Object.values(monthlyParts(usage)).reduce((sum, one) => sum + one, PLAN_DOLLARS);
}

/** What of it is over the free plan's daily limits, if the days are alike. */
export function overFreePlan(usage: Usage): readonly (keyof Usage)[] {
  return (Object.keys(FREE_A_DAY) as (keyof typeof FREE_A_DAY)[]).filter(
    (name) => usage[name] / DAYS_A_MONTH > FREE_A_DAY[name],
  );
}
