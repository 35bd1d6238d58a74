/**
 * `node scripts/monthly-cost.ts`: what exchanges cost on Cloudflare, from the counts of docs/performance.md and the prices
 * of prices.ts. docs/operations.md holds what it prints; a test holds the two together.
 */

import {
  ASSUMED,
  HOURS_A_MONTH,
  LOG_EVENTS_A_REQUEST,
  monthlyDollars,
  overFreePlan,
  SCHEDULED_RUNS,
  type Usage,
} from './prices.ts';

/** docs/architecture.md, Caches: installation, policies, allowlist, guardrails and keys are each written once an hour at most. */
const ENTRIES_AN_OWNER = 3;

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
    cpuMilliseconds:
      exchanges * (ASSUMED.exchange['CPU ms'] + ASSUMED.revocation['CPU ms']) +
      SCHEDULED_RUNS * ASSUMED.scheduledRun['CPU ms'],
    kvReads: exchanges * ASSUMED.exchange['KV reads'] + SCHEDULED_RUNS * ASSUMED.scheduledRun['KV reads'],
    // Nothing is written but by an exchange, and a new owner's first one writes four entries.
    kvWrites: Math.min(writes, 4 * exchanges) + HOURS_A_MONTH,
    logEvents: requests * LOG_EVENTS_A_REQUEST,
  };
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
