/**
 * `node scripts/monthly-cost.ts`: what exchanges cost on Cloudflare, from the counts of docs/performance.md and the prices
 * below. docs/operations.md holds what it prints; a test holds the two together.
 */

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
const FREE_A_DAY: Readonly<Partial<Record<keyof Usage, number>>> = {
  requests: 100_000,
  kvReads: 100_000,
  kvWrites: 1000,
  logEvents: 200_000,
};

/** docs/performance.md, rounded up: an exchange whose policies are too old. A warm one takes half. */
const CPU_MILLISECONDS_AN_EXCHANGE = 5;
/** Like a warm exchange, rounded up; a revocation takes less, for it judges nothing. */
const CPU_MILLISECONDS_A_REVOCATION = 2;
/** docs/performance.md, "policies too old", rounded up: an isolate that asks KV for what it learnt too long ago. Warm: none. */
const KV_READS_AN_EXCHANGE = 3;
/** For the test that holds these numbers to docs/performance.md. */
export const ASSUMED = {
  exchange: { 'CPU ms': CPU_MILLISECONDS_AN_EXCHANGE, 'KV reads': KV_READS_AN_EXCHANGE },
  revocation: { 'CPU ms': CPU_MILLISECONDS_A_REVOCATION },
};
/** docs/architecture.md, Caches: installation, policies, allowlist, guardrails and keys are each written once an hour at most. */
const HOURS_A_MONTH = 30 * 24;
const ENTRIES_AN_OWNER = 3;
/** The service's own line, and Cloudflare's on the invocation. */
const LOG_EVENTS_A_REQUEST = 2;
/** The scheduled check: every five minutes. */
const SCHEDULED_RUNS = HOURS_A_MONTH * 12;
const DAYS_A_MONTH = 30;

export interface Deployment {
  readonly exchanges: number;
  /** Those that exchanges are for, in every hour of the month. */
  readonly repositories: number;
  readonly owners: number;
  readonly issuers: number;
}

/** At the most: each exchange finds its isolate's copies too old, and is followed by a revocation, as our Action does it. */
export function monthlyUsage({ exchanges, repositories, owners, issuers }: Deployment): Usage {
  const requests = 2 * exchanges + SCHEDULED_RUNS;
  const entries = repositories + ENTRIES_AN_OWNER * owners + issuers;
  const writes = HOURS_A_MONTH * entries;
  return {
    requests,
    cpuMilliseconds: exchanges * (CPU_MILLISECONDS_AN_EXCHANGE + CPU_MILLISECONDS_A_REVOCATION),
    kvReads: exchanges * KV_READS_AN_EXCHANGE,
    // Nothing is written but by an exchange, and a new owner's first one writes four entries.
    kvWrites: Math.min(writes, 4 * exchanges) + HOURS_A_MONTH,
    logEvents: requests * LOG_EVENTS_A_REQUEST,
  };
}

/** On the Workers Paid plan. */
export function monthlyDollars(usage: Usage): number {
  const extra = (Object.keys(PRICES) as (keyof Usage)[]).map((name) => {
    const { included, perMillion } = PRICES[name];
    return (Math.max(0, usage[name] - included) / 1e6) * perMillion;
  });
  return extra.reduce((sum, one) => sum + one, PLAN_DOLLARS);
}

/** What of it is over the free plan's daily limits, if the days are alike. */
export function overFreePlan(usage: Usage): readonly (keyof Usage)[] {
  return (Object.keys(FREE_A_DAY) as (keyof Usage)[]).filter(
    (name) => usage[name] / DAYS_A_MONTH > (FREE_A_DAY[name] ?? 0),
  );
}

const SIZES: readonly Deployment[] = [
  { exchanges: 1000, repositories: 10, owners: 1, issuers: 1 },
  { exchanges: 100_000, repositories: 50, owners: 1, issuers: 2 },
  { exchanges: 10_000_000, repositories: 1000, owners: 5, issuers: 3 },
];

/** A table in Markdown. */
export function costTable(): string {
  const rows = SIZES.map((size) => {
    const usage = monthlyUsage(size);
    const over = overFreePlan(usage).map((name) => NAMES[name]);
    const cells = [
      count(size.exchanges),
      count(size.repositories),
      count(usage.requests),
      count(usage.cpuMilliseconds / 1000),
      count(usage.kvReads),
      count(usage.kvWrites),
      count(usage.logEvents),
      `$${monthlyDollars(usage).toFixed(2)}`,
      over.length === 0 ? 'fits' : `over: ${over.join(', ')}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `${HEAD}\n${rows.join('\n')}`;
}

const NAMES: Readonly<Record<keyof Usage, string>> = {
  requests: 'requests',
  cpuMilliseconds: 'CPU',
  kvReads: 'KV reads',
  kvWrites: 'KV writes',
  logEvents: 'log events',
};
const HEAD = `| Exchanges a month | Repositories | Requests | CPU s | KV reads | KV writes | Log events | Paid plan | Free plan |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |`;

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

if (import.meta.main) console.log(costTable());
