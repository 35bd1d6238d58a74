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
import {
  GROWTH_ROUNDS,
  growthInOneIsolate,
  growthOfFiles,
  growthTable,
  type Growth,
  type GrowingIsolate,
} from './growth.ts';
import { IsolateHeap } from './isolate-heap.ts';
import { interleaved, type Contender, type RoundsResult } from './rounds.ts';
import { LEAST_ROUNDS, Spread } from './spread.ts';

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
    starts: { type: 'string', default: '7' },
    /** Of the comparison, each with as many exchanges as `round` says. */
    rounds: { type: 'string', default: '9' },
    /** Of growth: repositories and subjects that one isolate sees. 0 leaves growth out. */
    crowd: { type: 'string', default: '10000' },
    subjects: { type: 'string', default: '20000' },
    round: { type: 'string', default: '300' },
    /** `miniflare`: its KV, which runs in the measured process; otherwise a map. */
    kv: { type: 'string', default: 'map' },
  },
});
const EXCHANGES = Number(options.exchanges);
const ROUNDS = Number(options.rounds);
const STARTS = Number(options.starts);
/** Beside each other at the same load, as callers of a busy service are. */
const COMPARED_CONNECTIONS = 16;
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
  /** What the policies of `acme/hostile-0` and so on are. */
  readonly hostile: readonly string[];
  /** `acme/files-COUNT-0` and so on have as many policy files. */
  readonly fileCounts: readonly number[];
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
  readonly kvReads: number;
  readonly kvWrites: number;
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
const WARM: Shot = { path: '/sts/exchange?scope=acme/app&identity=ci', token: github.token };
try {
  await run();
} finally {
  child.stdin?.end();
}

async function run(): Promise<void> {
  if (Math.min(ROUNDS, STARTS) < LEAST_ROUNDS) throw new Error(`--rounds and --starts are at least ${LEAST_ROUNDS}`);
  await buildBundles();
  const comparison = await compared();
  const firsts = await firstExchanges();
  const hostile = await hostilePolicies();
  const measurements: Measurement[] = [];
  const residentMib = await withTarget(stsOptions(), async (target) => {
    for (const scenario of scenarios()) {
      await benchControl(target, scenario.clockBehindMs ?? 0);
      await fire(target.worker.url, scenario.warmUp, CONNECTIONS);
      await benchControl(target);
      measurements.push(await measure(scenario.name, target, scenario.shots, scenario.waits));
    }
    return target.account.residentMib();
  });
  const growth = Number(options.crowd) > 0 ? await growthOfAll() : [];
  const memory = Number(options.memory) > 0 ? await memoryAfter(Number(options.memory)) : undefined;
  report({ comparison, firsts, hostile, growth, measurements, residentMib, memory, bundle: bundleSize() });
}

/** The service, the baseline and the runtime alone, all running, round by round. */
function compared(): Promise<RoundsResult> {
  return withTarget(stsOptions(), (service) =>
    withTarget(baselineOptions(), (baseline) =>
      withTarget(noopOptions(), async (noop) => {
        const contenders: readonly Contender[] = [
          contender('warm exchange', service, WARM),
          contender('baseline: verify one JWT, mint one token', baseline, { ...WARM, path: '/' }),
          contender('the runtime alone', noop, { ...WARM, path: '/' }),
        ];
        for (const { url, shot } of contenders)
          await fire(
            url,
            fill(500, () => shot),
            CONNECTIONS,
          );
        return interleaved(contenders, ROUNDS, Number(options.round), COMPARED_CONNECTIONS);
      }),
    ),
  );
}

function contender(name: string, { worker, account }: Target, shot: Shot): Contender {
  return { name, url: worker.url, account, shot };
}

interface FirstExchanges {
  readonly startMs: Spread;
  readonly cpuMs: Spread;
}

/** The first exchange of an isolate that knows nothing, and what starting took, beside the baseline's. */
async function firstExchanges(): Promise<Readonly<Record<string, FirstExchanges>>> {
  const targets = { service: [stsOptions(), WARM], baseline: [baselineOptions(), { ...WARM, path: '/' }] } as const;
  const runs = {
    service: { start: [] as number[], cpu: [] as number[] },
    baseline: { start: [] as number[], cpu: [] as number[] },
  };
  for (let start = 0; start < STARTS; start += 1) {
    for (const name of ['service', 'baseline'] as const) {
      const [workerOptions, shot] = targets[name];
      await withTarget(
        workerOptions,
        async (target) => {
          await settled();
          runs[name].start.push(target.account.cpuMs());
          runs[name].cpu.push(await cpuOf(target, shot));
        },
        false,
      );
    }
  }
  const spreads = (one: { start: number[]; cpu: number[] }): FirstExchanges => {
    return { startMs: new Spread(one.start), cpuMs: new Spread(one.cpu) };
  };
  return { service: spreads(runs.service), baseline: spreads(runs.baseline) };
}

/** Policies of which each is the worst within one bound, each the first that an isolate reads after an ordinary one. */
async function hostilePolicies(): Promise<Readonly<Record<string, Spread>>> {
  const cpu = new Map<string, number[]>(['an ordinary one', ...github.hostile].map((name) => [name, []]));
  for (let start = 0; start < STARTS; start += 1) {
    for (const [name, runs] of cpu) {
      await withTarget(stsOptions(), async (target) => {
        await fire(target.worker.url, [WARM], 1);
        await settled();
        const path = name === 'an ordinary one' ? '/sts/exchange?scope=acme/repo-0&identity=ci' : hostilePath(name);
        runs.push(await cpuOf(target, { ...WARM, path }));
      });
    }
  }
  return Object.fromEntries([...cpu].map(([name, runs]) => [name, new Spread(runs)]));
}

function hostilePath(name: string): string {
  return `/sts/exchange?scope=acme/hostile-${github.hostile.indexOf(name)}&identity=ci`;
}

async function cpuOf(target: Target, shot: Shot): Promise<number> {
  const before = target.account.cpuMs();
  await fire(target.worker.url, [shot], 1);
  await settled();
  return target.account.cpuMs() - before;
}

/** Until what follows an answer is done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
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

function fill<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
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
  const warm = WARM;
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

async function measure(scenario: string, target: Target, shots: readonly Shot[], waits: number): Promise<Measurement> {
  await control('reset-counters');
  const before = target.account.cpuMs();
  const load = await fire(target.worker.url, shots, CONNECTIONS);
  const cpu = target.account.cpuMs() - before;
  const counters = await readCounters();
  const kv = await benchControl(target);
  const count = shots.length;
  const result = toMeasurement(scenario, count, load, cpu / count, waits);
  const measured = {
    ...result,
    githubRequests: counters.github / count,
    issuerRequests: counters.issuer / count,
    kvReads: kv.reads / count,
    kvWrites: kv.writes / count,
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
    one.kvReads.toFixed(2),
    one.kvWrites.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

interface Outcome {
  readonly comparison: RoundsResult;
  readonly firsts: Readonly<Record<string, FirstExchanges>>;
  readonly hostile: Readonly<Record<string, Spread>>;
  readonly growth: readonly Growth[];
  readonly measurements: readonly Measurement[];
  readonly residentMib: number;
  readonly memory: { readonly exchanges: number; readonly mib: number } | undefined;
  readonly bundle: { readonly bytes: number; readonly gzip: number };
}

function report(outcome: Outcome): void {
  const { comparison, firsts, hostile, growth, measurements, residentMib, memory, bundle } = outcome;
  mkdirSync(`${ROOT}reports`, { recursive: true });
  writeFileSync(`${ROOT}reports/bench.json`, `${JSON.stringify({ options, ...outcome }, undefined, 2)}\n`);
  const compared = comparison.contenders.map(
    ({ name, cpuMs, p50Ms, p99Ms }) => `| ${name} | ${cpuMs.text()} | ${p50Ms.text(0)} | ${p99Ms.text(0)} |`,
  );
  const ratios = Object.entries(comparison.ratios).map(([name, ratio]) => `CPU to ${name}: ${ratio.text()}`);
  const starts = Object.entries(firsts).map(
    ([name, { startMs, cpuMs }]) => `| ${name} | ${startMs.text(0)} | ${cpuMs.text(1)} |`,
  );
  const policies = Object.entries(hostile).map(([name, cpuMs]) => `| ${name} | ${cpuMs.text(1)} |`);
  const tables = [
    [
      `| ${ROUNDS} rounds of ${options.round} at ${COMPARED_CONNECTIONS} connections | CPU ms | p50 ms | p99 ms |`,
      '| --- | --- | --- | --- |',
      ...compared,
    ],
    ratios,
    [`| ${STARTS} new isolates | start, CPU ms | first exchange, CPU ms |`, '| --- | --- | --- |', ...starts],
    [`| policy, read first | CPU ms of the exchange |`, '| --- | --- |', ...policies],
    ...(growth.length === 0 ? [] : [growthTable(growth)]),
    [
      '| scenario, once | answers | a second | p50 ms | p99 ms | CPU ms | GitHub | issuer | KV reads | KV writes |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...measurements.map(line),
    ],
    [
      `resident after all of it: ${residentMib} MiB`,
      ...(memory === undefined ? [] : [`resident after ${memory.exchanges} exchanges: ${memory.mib} MiB`]),
      `bundle: ${bundle.bytes} bytes, ${bundle.gzip} gzip`,
      'reports/bench.json has it all',
    ],
  ];
  process.stdout.write(`\n${tables.map((lines) => lines.join('\n')).join('\n\n')}\n`);
}

/** Each in an isolate of its own, which has seen enough ordinary exchanges for its code to be warm. */
async function growthOfAll(): Promise<readonly Growth[]> {
  const files = new Map(
    github.fileCounts.map((count) => [
      count,
      fill(GROWTH_ROUNDS, (copy) => ({ ...WARM, path: `/sts/exchange?scope=acme/files-${count}-${copy}&identity=ci` })),
    ]),
  );
  return [
    ...(await withGrowingIsolate((isolate) => growthOfFiles(isolate, files))),
    ...(await withGrowingIsolate((isolate) =>
      growthInOneIsolate(isolate, 'repositories', stepsTo(Number(options.crowd)), (from, to) =>
        Promise.resolve(
          fill(to - from, (index) => ({ ...WARM, path: `/sts/exchange?scope=crowd/repo-${from + index}&identity=ci` })),
        ),
      ),
    )),
    ...(await withGrowingIsolate((isolate) =>
      growthInOneIsolate(isolate, 'subjects', stepsTo(Number(options.subjects)), (from, to) =>
        inOrder(fill(to - from, (index) => () => shotOfSubject(from + index))),
      ),
    )),
  ];
}

/** A hundredth, a tenth, and all of it. */
function stepsTo(most: number): readonly number[] {
  return [most / 100, most / 10, most].map(Math.ceil);
}

/** From a branch of its own. */
async function shotOfSubject(index: number): Promise<Shot> {
  const answer = (await control('actions-token', {
    repository: 'acme/app',
    ref: `refs/heads/branch-${index}`,
    audience: github.audience,
  })) as { token: string };
  return { path: '/sts/exchange?scope=crowd/subjects&identity=ci', token: answer.token };
}

async function inOrder<Value>(makes: readonly (() => Promise<Value>)[]): Promise<Value[]> {
  const values: Value[] = [];
  for (const make of makes) values.push(await make());
  return values;
}

function withGrowingIsolate<Result>(use: (isolate: GrowingIsolate) => Promise<Result>): Promise<Result> {
  return withTarget({ ...stsOptions(), inspected: true }, async ({ worker, account }) => {
    await fire(
      worker.url,
      fill(500, () => WARM),
      CONNECTIONS,
    );
    const heap = await IsolateHeap.connect(await worker.inspector(), () => fire(worker.url, [WARM], 1));
    try {
      return await use({ url: worker.url, account, heap });
    } finally {
      heap.close();
    }
  });
}

async function memoryAfter(exchanges: number): Promise<{ exchanges: number; mib: number }> {
  return withTarget(stsOptions(), async (target) => {
    await fire(
      target.worker.url,
      fill(exchanges, () => WARM),
      COMPARED_CONNECTIONS,
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

function noopOptions(): WorkerOptions {
  return { script: `${HERE}worker/noop.js`, bindings: {} };
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
  const growing = Number(options.crowd) > 0 ? [options.crowd, String(GROWTH_ROUNDS)] : [];
  const args = [`${HERE}github-process.ts`, options.repositories, options.owners, options.latency, ...growing];
  const process_ = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [first] = await new Promise<string[]>((resolve, reject) => {
    createInterface({ input: process_.stdout }).once('line', (text) => resolve([text]));
    process_.once('exit', () => reject(new Error('the local GitHub ended')));
  });
  return [process_, JSON.parse(first ?? '{}') as GitHubProcess];
}

async function control(command: string, input: object = {}): Promise<unknown> {
  const response = await fetch(`${github.url}/_control/${command}`, { method: 'POST', body: JSON.stringify(input) });
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
