import type { Estimate } from './sample.ts';
import type { Measure, SimulationOptions, SimulationResult } from './simulation.ts';
import { LIMITS, limitsReached, monthOf, type LimitName } from './usage.ts';

const A_DAY_SECONDS = 24 * 60 * 60;

/** Counts, limits, and old policies. In Markdown. */
export function tablesOf(results: readonly SimulationResult[]): string {
  return [countsTable(results), limitsTable(results), firstLimits(results), olderTable(results)].join('\n\n');
}

/** Of a day; dollars of a month of such days. */
export function countsTable(results: readonly SimulationResult[]): string {
  const names = labels(results);
  const rows = results.map((result, index) => {
    const { day, tenants, ran } = result;
    const share = (measure: Measure): string => percent(day[measure].value / day.exchanges.value);
    return [
      names[index] ?? '',
      `${compact(tenants.owners)} / ${compact(tenants.repositories)}`,
      result.isWhole ? 'all' : `${compact(ran.owners)} / ${compact(ran.exchanges)}`,
      `${share('fromMemory')} / ${share('fromKv')} / ${share('fromGitHub')}`,
      estimate(githubRequests(result)),
      estimate(day.kvReads),
      percent(1 - day.kvColdReads.value / day.kvReads.value),
      estimate(day.kvWrites),
      dollars(monthOf(result).dollars),
    ];
  });
  return table(
    [
      isOfFleet(results) ? 'Locations × isolates in each' : 'Exchanges a day',
      'Owners / repositories',
      'Run: owners / exchanges',
      'Policies from memory / KV / GitHub',
      'GitHub requests',
      'KV reads',
      'of them at the edge',
      'KV writes',
      'a month, paid plan',
    ],
    rows,
  );
}

/** What of each limit a day used. */
export function limitsTable(results: readonly SimulationResult[]): string {
  const rows = (Object.keys(LIMITS) as LimitName[]).map((limit) => [
    limit,
    ...results.map((result) => emphasized(LIMITS[limit](result))),
  ]);
  return table(['Of the limit', ...labels(results)], rows);
}

/** One sentence, or none where nothing was reached. */
export function firstLimits(results: readonly SimulationResult[]): string {
  const reached = limitsReached(results).map(({ limit, exchanges }) => `${limit}: ${compact(exchanges)}`);
  return reached.length === 0 ? 'No limit is reached.' : `Reached at about, in exchanges a day: ${reached.join('; ')}.`;
}

/** Exchanges that an older version of the policy decided than the one that stood on GitHub when they began. */
export function olderTable(results: readonly SimulationResult[]): string {
  const names = labels(results);
  const rows = results.map((result, index) => {
    const { day, olderSeconds } = result;
    const { median, p99, most } = olderSeconds;
    const share = (day.older.value / day.exchanges.value) * 100;
    return [
      names[index] ?? '',
      estimate(day.pushes),
      estimate(day.older),
      share === 0 ? '0 %' : `${share.toPrecision(2)} %`,
      `${seconds(median)} / ${seconds(p99)} / ${seconds(most)}`,
      compact(day.exchanges.value - day.granted.value),
    ];
  });
  return table(
    [
      'Exchanges a day',
      'Policy changes',
      'Decided by an older one',
      'Share',
      'Older by, median / p99 / most',
      'Refused',
    ],
    rows,
  );
}

/** For how long an entry that nobody asks for stays in a busy isolate's memory. */
export function memoryTable(results: readonly SimulationResult[]): string {
  const cell = (value: number): string => (value >= A_DAY_SECONDS ? 'all day' : seconds(value));
  const rows = [
    ['allowlist and guardrails of an owner: 200 places', ...results.map((one) => cell(one.secondsInMemory.allowlists))],
    ['policies of a repository: 5,000 places', ...results.map((one) => cell(one.secondsInMemory.folders))],
  ];
  return table(['In memory', ...labels(results)], rows);
}

/** A sample's figures beside those of the whole. */
export function scalingTable(results: readonly SimulationResult[]): string {
  const rows = results.map((result) => {
    const { day, ran, options } = result;
    return [
      compact(options.exchanges),
      result.isWhole ? 'whole' : `${compact(ran.owners)} owners, ${compact(ran.exchanges)} exchanges`,
      estimate(day.fromMemory),
      estimate(day.fromGitHub),
      estimate(githubRequests(result)),
      estimate(day.kvReads),
      estimate(day.kvWrites),
    ];
  });
  const head = ['Exchanges', 'Run', 'From memory', 'From GitHub', 'GitHub requests', 'KV reads', 'KV writes'];
  return table(head, rows);
}

/** What differs between rows is their name. */
function labels(results: readonly SimulationResult[]): readonly string[] {
  return results.map(({ options }) => {
    const { locations, isolatesPerLocation, exchanges, webhooks, blindShare } = options;
    const parts = [
      ...(isOfFleet(results) ? [`${locations} × ${isolatesPerLocation}`] : [compact(exchanges)]),
      ...(differ(results, (other) => other.webhooks) ? [webhooks ? 'webhooks' : 'no webhooks'] : []),
      ...(differ(results, (other) => other.blindShare) && blindShare === 1 ? ['no policy repository'] : []),
    ];
    return parts.join(', ');
  });
}

function isOfFleet(results: readonly SimulationResult[]): boolean {
  return differ(results, ({ locations, isolatesPerLocation }) => `${locations} ${isolatesPerLocation}`);
}

function differ(results: readonly SimulationResult[], of: (options: SimulationOptions) => unknown): boolean {
  return new Set(results.map(({ options }) => of(options))).size > 1;
}

function githubRequests({ day }: SimulationResult): Estimate {
  const parts = [day.lookups, day.callerTokens, day.readTokens, day.queries, day.revocations];
  // They come together, so their errors add up.
  return {
    value: parts.reduce((sum, { value }) => sum + value, 0),
    error: parts.reduce((sum, { error }) => sum + error, 0),
  };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.join('\n');
}

function estimate({ value, error }: Estimate): string {
  return error === 0 || value === 0 ? compact(value) : `${compact(value)} ± ${percent(error / value)}`;
}

/** Three digits, and a suffix from 10,000 on. */
export function compact(value: number): string {
  const suffixes = ['', ' k', ' M', ' G'];
  let scaled = value;
  let index = 0;
  while (scaled >= (index === 0 ? 10_000 : 999.5) && index < suffixes.length - 1) {
    scaled /= 1000;
    index += 1;
  }
  const text = index === 0 ? Math.round(scaled).toLocaleString('en-US') : String(Number(scaled.toPrecision(3)));
  return `${text}${suffixes[index] ?? ''}`;
}

function percent(share: number): string {
  return `${share >= 0.1 || share === 0 ? Math.round(share * 100) : Number((share * 100).toPrecision(2))} %`;
}

function emphasized(share: number): string {
  if (share < 1) return percent(share);
  return share < 10 ? `**${percent(share)}**` : `**${compact(share)} times**`;
}

function dollars(value: number): string {
  return `$${value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US')}`;
}

function seconds(value: number): string {
  return `${Math.round(value)} s`;
}
