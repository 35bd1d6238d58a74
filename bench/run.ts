/**
 * `npm run bench`: the production bundle in workerd (Miniflare alone) against the local GitHub in another process.
 * `npm run bench -- --exchanges 500 --repositories 100` is short; `--memory 50000` adds the long run for memory.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { RunningWorker, type WorkerOptions } from '../test/support/running-worker.ts';
import { fire, type LoadResult, type Shot } from './load.ts';
import { ProcessAccount, workerdPids } from './process-account.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const HERE = new URL('.', import.meta.url).pathname;
const DIST = `${ROOT}dist/`;

const { values: options } = parseArgs({
  options: {
    exchanges: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '8' },
    latency: { type: 'string', default: '20' },
    memory: { type: 'string', default: '0' },
    repositories: { type: 'string', default: '1000' },
    owners: { type: 'string', default: '200' },
    starts: { type: 'string', default: '5' },
    /** `miniflare`: its KV, which runs in the measured process; otherwise a map. */
    kv: { type: 'string', default: 'map' },
  },
});
const EXCHANGES = Number(options.exchanges);
const CONNECTIONS = Number(options.connections);
/** Longer than new copies of policies are fresh. */
const EARLIER = { clockBehindMs: 6 * 60_000 };

interface GitHubProcess {
  readonly url: string;
  readonly audience: string;
  readonly appId: string;
  readonly installation: string;
  readonly pkcs1: string;
  readonly pkcs8: string;
  readonly jwks: unknown;
  readonly token: string;
  readonly heavyToken: string;
  readonly permissions: number;
}

interface Measurement {
  readonly scenario: string;
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /** Of the whole request, less GitHub's set latency for each GitHub request that it waited for. */
  readonly p50AboveGithubMs: number;
  readonly p99AboveGithubMs: number;
  readonly cpuMs: number;
  readonly githubRequests: number;
  readonly issuerRequests: number;
  readonly kvReads: number | undefined;
  readonly kvWrites: number | undefined;
}

interface Counters {
  readonly github: number;
  readonly issuer: number;
}

/** A worker under load, with the accounting of its process. */
interface Target {
  readonly worker: RunningWorker;
  readonly account: ProcessAccount;
  readonly startMs: number;
}

const [child, github] = await startGitHub();
try {
  await run();
} finally {
  child.stdin?.end();
}

async function run(): Promise<void> {
  await buildBundles();
  const measurements: Measurement[] = [];
  const noop = await withTarget({ bindings: {}, script: `${HERE}worker/noop.js` }, (target) =>
    measure('the runtime alone', target, repeated(EXCHANGES, '/'), 0),
  );
  const baseline = await withTarget(baselineOptions(), async (target) => {
    await fire(target.worker.url, repeated(50, '/'), CONNECTIONS);
    return measure('baseline: verify one JWT, mint one token', target, repeated(EXCHANGES, '/'), 1);
  });
  measurements.push(noop, baseline);
  const started = await withTarget(stsOptions(), async (target) => {
    for (const scenario of scenarios()) {
      await benchControl(target, scenario.clockBehindMs ?? 0);
      await fire(target.worker.url, scenario.warmUp, CONNECTIONS);
      await benchControl(target);
      measurements.push(await measure(scenario.name, target, scenario.shots, scenario.waits));
    }
    return { startMs: target.startMs, mib: target.account.residentMib() };
  });
  measurements.splice(2, 0, await coldStarts());
  const memory = Number(options.memory) > 0 ? await memoryAfter(Number(options.memory)) : undefined;
  report({ measurements, noop, baseline, started, memory, bundle: bundleSize() });
}

interface Scenario {
  readonly name: string;
  readonly warmUp: readonly Shot[];
  readonly shots: readonly Shot[];
  /** GitHub requests that one exchange of it waits for, one after the other. */
  readonly waits: number;
  /** How far the Worker's clock is behind, so that copies are too old afterwards. */
  readonly clockBehindMs?: number;
}

function scenarios(): readonly Scenario[] {
  const exchange = (scope: string, identity = 'ci', token = github.token): Shot => ({
    path: `/sts/exchange?scope=${scope}&identity=${identity}`,
    token,
  });
  const repositories = Array.from({ length: Number(options.repositories) }, (_, index) =>
    exchange(`acme/repo-${index}`),
  );
  const owners = Array.from({ length: Number(options.owners) }, (_, index) => exchange(`owner-${index}/app`));
  const forged = `${github.token.slice(0, -12)}AAAAAAAAAAAA`;
  const warm = exchange('acme/app');
  const fill = <Value>(count: number, make: (index: number) => Value): Value[] =>
    Array.from({ length: count }, (_, index) => make(index));
  return [
    { name: 'warm', warmUp: fill(50, () => warm), shots: fill(EXCHANGES, () => warm), waits: 1 },
    { name: 'cold: owner never seen, keys cached', warmUp: [warm], shots: owners, waits: 4 },
    { name: 'policies not cached, installation known', warmUp: [warm], shots: repositories, waits: 3, ...EARLIER },
    { name: `${options.repositories} repositories round robin`, warmUp: [], shots: repositories, waits: 1, ...EARLIER },
    { name: 'policy refresh: copies too old', warmUp: [], shots: repositories, waits: 3 },
    {
      name: 'flood: identities that do not exist',
      warmUp: [warm],
      shots: fill(EXCHANGES, (index) => exchange('acme/app', `none-${index}`)),
      waits: 0,
    },
    {
      name: 'flood: bad signatures',
      warmUp: [warm],
      shots: fill(EXCHANGES, () => exchange('acme/app', 'ci', forged)),
      waits: 0,
    },
    {
      name: `${github.permissions} permissions, 50 patterns, warm`,
      warmUp: fill(20, () => exchange('acme', 'heavy', github.heavyToken)),
      shots: fill(EXCHANGES, () => exchange('acme', 'heavy', github.heavyToken)),
      waits: 1,
    },
  ];
}

/** The first exchange of a new isolate that knows nothing: settings, keys and policies are read and compiled, code runs for the first time. */
async function coldStarts(): Promise<Measurement> {
  const shots = repeated(1, '/sts/exchange?scope=acme/app&identity=ci');
  const runs: Measurement[] = [];
  for (let start = 0; start < Number(options.starts); start++) {
    runs.push(
      await withTarget(stsOptions(), (target) => measure('the first exchange of an isolate', target, shots, 4), false),
    );
  }
  const median = (of: (run: Measurement) => number): number =>
    runs.map(of).sort((a, b) => a - b)[runs.length >> 1] ?? 0;
  const first = runs[0];
  if (first === undefined) throw new Error('--starts must be at least 1');
  return {
    ...first,
    requests: runs.length,
    cpuMs: median(({ cpuMs }) => cpuMs),
    p50AboveGithubMs: median(({ p50AboveGithubMs }) => p50AboveGithubMs),
  };
}

async function measure(scenario: string, target: Target, shots: readonly Shot[], waits: number): Promise<Measurement> {
  await control('reset-counters');
  const before = target.account.cpuMs();
  const load = await fire(target.worker.url, shots, CONNECTIONS);
  const cpu = target.account.cpuMs() - before;
  const counters = await readCounters();
  const kv = scenario.includes('alone') || scenario.startsWith('baseline') ? undefined : await benchControl(target);
  const count = shots.length;
  const result = toMeasurement(scenario, count, load, cpu / count, waits);
  const measured = {
    ...result,
    githubRequests: counters.github / count,
    issuerRequests: counters.issuer / count,
    kvReads: kv === undefined ? undefined : kv.reads / count,
    kvWrites: kv === undefined ? undefined : kv.writes / count,
  };
  process.stdout.write(`${line(measured)}\n`);
  return measured;
}

function toMeasurement(scenario: string, requests: number, load: LoadResult, cpuMs: number, waits: number) {
  const latency = Number(options.latency) * waits;
  return {
    scenario,
    requests,
    statuses: load.statuses,
    perSecond: requests / load.seconds,
    p50AboveGithubMs: load.p50Ms - latency,
    p99AboveGithubMs: load.p99Ms - latency,
    cpuMs,
  };
}

function line(one: Measurement): string {
  const cells = [
    one.scenario,
    JSON.stringify(one.statuses),
    one.perSecond.toFixed(0),
    one.p50AboveGithubMs.toFixed(1),
    one.p99AboveGithubMs.toFixed(1),
    one.cpuMs.toFixed(2),
    one.githubRequests.toFixed(2),
    one.issuerRequests.toFixed(3),
    one.kvReads?.toFixed(2) ?? '–',
    one.kvWrites?.toFixed(2) ?? '–',
  ];
  return `| ${cells.join(' | ')} |`;
}

interface Outcome {
  readonly measurements: readonly Measurement[];
  readonly noop: Measurement;
  readonly baseline: Measurement;
  readonly started: { readonly startMs: number; readonly mib: number };
  readonly memory: { readonly exchanges: number; readonly mib: number } | undefined;
  readonly bundle: { readonly bytes: number; readonly gzip: number };
}

function report(outcome: Outcome): void {
  const { measurements, noop, baseline, started, memory, bundle } = outcome;
  const warm = measurements.find(({ scenario }) => scenario === 'warm');
  const net = (one: Measurement): number => one.cpuMs - noop.cpuMs;
  const ratio = warm === undefined ? undefined : net(warm) / net(baseline);
  const grossRatio = warm === undefined ? undefined : warm.cpuMs / baseline.cpuMs;
  const summary = { warmCpuToBaseline: grossRatio, warmCpuToBaselineWithoutRuntime: ratio, started, memory, bundle };
  mkdirSync(`${ROOT}reports`, { recursive: true });
  writeFileSync(`${ROOT}reports/bench.json`, `${JSON.stringify({ options, summary, measurements }, undefined, 2)}\n`);
  process.stdout.write(
    `\n| scenario | answers | a second | p50 ms | p99 ms | CPU ms | GitHub | issuer | KV reads | KV writes |\n` +
      `| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n${measurements.map(line).join('\n')}\n\n` +
      `warm CPU to baseline: ${grossRatio?.toFixed(2)} (less the runtime alone: ${ratio?.toFixed(2)})\n` +
      `start to first answer: ${started.startMs.toFixed(0)} ms; resident after all of it: ${started.mib} MiB\n` +
      (memory === undefined ? '' : `resident after ${memory.exchanges} exchanges: ${memory.mib} MiB\n`) +
      `bundle: ${bundle.bytes} bytes, ${bundle.gzip} gzip\nreports/bench.json has it all\n`,
  );
}

async function memoryAfter(exchanges: number): Promise<{ exchanges: number; mib: number }> {
  return withTarget(stsOptions(), async (target) => {
    const shot = { path: '/sts/exchange?scope=acme/app&identity=ci', token: github.token };
    await fire(
      target.worker.url,
      Array.from({ length: exchanges }, () => shot),
      CONNECTIONS * 2,
    );
    return { exchanges, mib: target.account.residentMib() };
  });
}

async function withTarget<Result>(
  workerOptions: WorkerOptions,
  use: (target: Target) => Promise<Result>,
  isWarmedUp = true,
): Promise<Result> {
  const before = workerdPids();
  const start = performance.now();
  const worker = await RunningWorker.start(workerOptions);
  if (isWarmedUp) await fetch(`${worker.url}/healthz`);
  const startMs = performance.now() - start;
  try {
    return await use({ worker, account: ProcessAccount.newWorkerd(before), startMs });
  } finally {
    await worker.close();
  }
}

function stsOptions(): WorkerOptions {
  return {
    script: `${DIST}counting.js`,
    withoutKv: options.kv !== 'miniflare',
    bindings: {
      STS_DOMAIN: github.audience,
      GITHUB_BASE_URL: github.url,
      GITHUB_APP_ID: github.appId,
      GITHUB_APP_PRIVATE_KEY: github.pkcs1,
      GITHUB_WEBHOOK_SECRET: 'bench',
      ALLOW_LOOPBACK_HTTP: 'true',
    },
  };
}

function baselineOptions(): WorkerOptions {
  return {
    script: `${DIST}baseline.js`,
    bindings: {
      JWKS: JSON.stringify(github.jwks),
      APP_ID: github.appId,
      PRIVATE_KEY_PKCS8: github.pkcs8,
      GITHUB: github.url,
      INSTALLATION: github.installation,
    },
  };
}

/** The bundle as it is deployed, the same with a KV that counts, and the baseline. */
async function buildBundles(): Promise<void> {
  const wrangler = `${ROOT}node_modules/wrangler/bin/wrangler.js`;
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', DIST], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  const common: BuildOptions = { bundle: true, minify: true, format: 'esm', conditions: ['workerd'] };
  await build({ ...common, entryPoints: [`${HERE}worker/baseline.ts`], outfile: `${DIST}baseline.js` });
  await build({
    ...common,
    entryPoints: [`${HERE}worker/counting.js`],
    outfile: `${DIST}counting.js`,
    external: ['node:*', 'cloudflare:*'],
    alias: { 'octo-sts-worker-bundle': `${DIST}worker.js` },
  });
}

function bundleSize(): { bytes: number; gzip: number } {
  return { bytes: statSync(`${DIST}worker.js`).size, gzip: gzipSync(readFileSync(`${DIST}worker.js`)).length };
}

async function startGitHub(): Promise<[ChildProcess, GitHubProcess]> {
  const args = [`${HERE}github-process.ts`, options.repositories, options.owners, options.latency];
  const process_ = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [first] = await new Promise<string[]>((resolve, reject) => {
    createInterface({ input: process_.stdout }).once('line', (text) => resolve([text]));
    process_.once('exit', () => reject(new Error('the local GitHub ended')));
  });
  return [process_, JSON.parse(first ?? '{}') as GitHubProcess];
}

async function control(command: string): Promise<unknown> {
  const response = await fetch(`${github.url}/_control/${command}`, { method: 'POST' });
  return response.json();
}

async function readCounters(): Promise<Counters> {
  const counters = (await control('counters')) as {
    total: number;
    byOperation: Readonly<Record<string, number>>;
    actionsIssuerHits: { discovery: number; jwks: number };
  };
  const { discovery, jwks } = counters.actionsIssuerHits;
  // Revocations of read tokens come after the answer.
  const revocations = counters.byOperation['apps/revoke-installation-access-token'] ?? 0;
  return { github: counters.total - revocations, issuer: discovery + jwks };
}

/** The counts of KV since the last call; sets the Worker's clock, if told to. */
async function benchControl({ worker }: Target, behindMs?: number): Promise<{ reads: number; writes: number }> {
  const response = await fetch(`${worker.url}/__bench${behindMs === undefined ? '' : `?behind=${behindMs}`}`);
  return (await response.json()) as { reads: number; writes: number };
}

function repeated(count: number, path: string): readonly Shot[] {
  return Array.from({ length: count }, () => ({ path, token: github.token }));
}
