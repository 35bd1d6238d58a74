import type { Results } from './document.ts';
import { compact } from './report.ts';
import type { SimulationResult } from './simulation.ts';
import { LIMITS, monthOf, type LimitName, type Month } from './usage.ts';

interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Chart {
  readonly title: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
  /** Both axes are logarithmic. */
  readonly yTicks: readonly number[];
  readonly yText: (value: number) => string;
  /** A line across, where a limit is. */
  readonly mark?: number;
}

const WIDTH = 760;
const PLOT = { left: 78, top: 44, width: 410, height: 270 };
const HEIGHT = PLOT.top + PLOT.height + 52;
/** Told apart in light and in dark, and by people who see no red or no green (after Okabe and Ito). */
const COLOURS = ['#1f83c9', '#d55e00', '#009e73', '#cc79a7', '#b58900', '#56b4e9', '#888888'];
const STYLE = `text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px } .grid { stroke: #d1d9e0 } .axis { stroke: #59636e }
.mark { stroke: #cf222e; stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc } .grid { stroke: #3d444d } .axis { stroke: #9198a1 } .mark { stroke: #ff7b72 } }`;

/** Pictures of docs/scale.md, by file name. */
export const PLOTS: Readonly<Record<string, (results: Results) => string>> = {
  'scale-cost': ({ tenants = [] }) =>
    chart({
      title: 'A month on the paid plan',
      yTitle: 'US dollars',
      yTicks: [1, 10, 100, 1000, 10_000, 100_000],
      yText: (value) => `$${value.toLocaleString('en-US')}`,
      series: [
        series('all, with the plan itself', tenants, (result) => monthOf(result).dollars),
        part('log events', tenants, 'logEvents'),
        part('KV reads', tenants, 'kvReads'),
        part('KV writes', tenants, 'kvWrites'),
        part('requests', tenants, 'requests'),
        part('CPU', tenants, 'cpuMilliseconds'),
      ],
    }),
  'scale-counts': ({ tenants = [] }) =>
    chart({
      title: 'For each exchange',
      yTitle: 'requests or operations',
      yTicks: [0.1, 1, 10],
      yText: String,
      series: [
        each('GitHub requests', tenants, ({ lookups, callerTokens, readTokens, queries, revocations }) =>
          [lookups, callerTokens, readTokens, queries, revocations].reduce((sum, { value }) => sum + value, 0),
        ),
        each('KV reads', tenants, ({ kvReads }) => kvReads.value),
        each('KV writes', tenants, ({ kvWrites }) => kvWrites.value),
        each('policies read from GitHub', tenants, ({ fromGitHub }) => fromGitHub.value),
      ],
    }),
  'scale-limits': ({ organization = [] }) =>
    chart({
      title: 'One organization that grows: what a day uses of each limit',
      yTitle: 'share of the limit',
      yTicks: [0.001, 0.01, 0.1, 1, 10, 100],
      yText: (value) => `${value * 100} %`,
      mark: 1,
      series: (Object.keys(LIMITS) as LimitName[]).map((limit) => series(short(limit), organization, LIMITS[limit])),
    }),
};

function series(name: string, results: readonly SimulationResult[], of: (result: SimulationResult) => number): Series {
  return { name, points: results.map((result) => [result.options.exchanges, of(result)] as const) };
}

function each(
  name: string,
  results: readonly SimulationResult[],
  of: (day: SimulationResult['day']) => number,
): Series {
  return series(name, results, ({ day }) => of(day) / day.exchanges.value);
}

/** Nothing where the plan includes all of it. */
function part(name: string, results: readonly SimulationResult[], of: keyof Month['parts']): Series {
  const { points } = series(name, results, (result) => monthOf(result).parts[of]);
  return { name, points: points.filter(([, dollars]) => dollars > 0) };
}

const SHORT: Readonly<Record<LimitName, string>> = {
  'free plan: KV writes a day': 'free plan: KV writes',
  'free plan: KV reads a day': 'free plan: KV reads',
  'free plan: requests a day': 'free plan: requests',
  'GitHub: tokens for one organization in its busiest minute': 'GitHub: tokens a minute',
  'GitHub: the App’s requests for one organization in its busiest hour': 'GitHub: the App’s requests',
  'GitHub: requests with one installation’s tokens in its busiest hour': 'GitHub: installation’s requests',
  'GitHub: GraphQL points of one installation in its busiest hour': 'GitHub: GraphQL points',
};

function short(limit: LimitName): string {
  return SHORT[limit];
}

function chart({ title, yTitle, series: all, yTicks, yText, mark }: Chart): string {
  const xs = all.flatMap(({ points }) => points.map(([x]) => x));
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const x = (value: number): number => PLOT.left + (PLOT.width * Math.log(value / least)) / Math.log(most / least);
  const [bottom = 1, top = 1] = [yTicks[0], yTicks.at(-1)];
  const y = (value: number): number => {
    const share = Math.log(Math.max(value, bottom) / bottom) / Math.log(top / bottom);
    return PLOT.top + PLOT.height * (1 - Math.min(1, share));
  };
  const right = PLOT.left + PLOT.width;
  const parts = [
    text(16, 24, title, 'title'),
    ...yTicks.flatMap((tick) => [
      line(PLOT.left, y(tick), right, y(tick), tick === mark ? 'mark' : 'grid'),
      text(PLOT.left - 8, y(tick) + 4, yText(tick), '', 'end'),
    ]),
    ...[...new Set(xs)].map((value) => text(x(value), PLOT.top + PLOT.height + 20, compact(value), '', 'middle')),
    line(PLOT.left, PLOT.top + PLOT.height, right, PLOT.top + PLOT.height, 'axis'),
    text(PLOT.left + PLOT.width / 2, HEIGHT - 10, 'exchanges a day', '', 'middle'),
    `<text transform="translate(18 ${PLOT.top + PLOT.height / 2}) rotate(-90)" text-anchor="middle">${yTitle}</text>`,
    ...all.map(({ points }, index) =>
      curve(
        points.map(([a, b]) => [x(a), y(b)]),
        colour(index),
      ),
    ),
    ...legend(all, y),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}">
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`;
}

/** Each name at the height where its curve ends, moved so that none covers another. */
function legend(all: readonly Series[], y: (value: number) => number): readonly string[] {
  const ends = all
    .map(({ name, points }, index) => ({ name, index, at: y(points.at(-1)?.[1] ?? 0) }))
    .sort((a, b) => a.at - b.at);
  let last = Number.NEGATIVE_INFINITY;
  const placed = ends.map((end) => ({ ...end, at: (last = Math.max(end.at, last + 17)) }));
  const overflow = Math.max(0, last - (PLOT.top + PLOT.height));
  return placed.flatMap(({ name, index, at }) => [
    `<circle cx="${PLOT.left + PLOT.width + 18}" cy="${round(at - overflow)}" r="4" fill="${colour(index)}"/>`,
    text(PLOT.left + PLOT.width + 28, at - overflow + 4, name),
  ]);
}

function curve(points: readonly (readonly number[])[], stroke: string): string {
  const path = points.map(([x = 0, y = 0]) => `${round(x)},${round(y)}`);
  const dots = points.map(([x = 0, y = 0]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3" fill="${stroke}"/>`);
  return `<polyline points="${path.join(' ')}" fill="none" stroke="${stroke}" stroke-width="2"/>${dots.join('')}`;
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`;
}

function text(x: number, y: number, content: string, kind = '', anchor = 'start'): string {
  const attributes = kind === '' ? '' : ` class="${kind}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${attributes}>${content}</text>`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#888888';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
