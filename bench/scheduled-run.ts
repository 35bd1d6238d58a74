/**
 * `node bench/scheduled-run.ts`: what a run of the scheduled check costs: CPU of the workerd process, requests, and uses of
 * KV. On an isolate that has been in use, beside warm exchanges round by round, and as the first thing that an isolate does.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { GitHubEmulator } from '../test/support/github/emulator.ts';
import { OidcIssuer } from '../test/support/issuer/oidc-issuer.ts';
import { RunningWorker } from '../test/support/running-worker.ts';
import { seedWorld } from '../test/support/seed.ts';
import { ProcessAccount, workerdPids } from './process-account.ts';
import { Spread } from './spread.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const AUDIENCE = 'sts.example.com';
const ROUNDS = 9;
const RUNS_A_ROUND = 20;
const NEW_ISOLATES = 7;

interface Counts {
  readonly github: number;
  readonly reads: number;
  readonly writes: number;
  readonly lists: number;
}

/** In milliseconds. */
interface Cpu {
  readonly all: number;
  readonly javascript: number;
}

interface Running {
  readonly worker: RunningWorker;
  readonly account: ProcessAccount;
}

const folder = mkdtempSync(join(tmpdir(), 'scheduled-run-'));
const github = await GitHubEmulator.start();
const issuer = await OidcIssuer.start();
const { app } = seedWorld(github, { oidcIssuer: issuer.issuer, webhookSecret: 'bench' });
app.webhookUrl = `https://${AUDIENCE}/webhook`;
try {
  await buildBundle();
  await report();
} finally {
  await Promise.all([github.close(), issuer.close()]);
  rmSync(folder, { recursive: true });
}

async function buildBundle(): Promise<void> {
  const wrangler = `${ROOT}node_modules/wrangler/bin/wrangler.js`;
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', 'dist'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  await build({
    entryPoints: [`${ROOT}bench/worker/counting.js`],
    outfile: join(folder, 'counting.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['workerd'],
    external: ['node:*', 'cloudflare:*'],
    alias: { 'octo-sts-worker-bundle': `${ROOT}dist/worker.js` },
    logLevel: 'error',
  });
}

async function report(): Promise<void> {
  const first: Cpu[] = [];
  let firstCounts: Counts | undefined;
  for (let index = 0; index < NEW_ISOLATES; index += 1) {
    await running(async (one) => {
      await control(one);
      first.push(await cpuOf(one, async () => void (firstCounts = await scheduled(one)), 1));
    });
  }
  const scheduledRuns: Cpu[] = [];
  const exchanges: Cpu[] = [];
  let counts: Counts | undefined;
  await running(async (one) => {
    for (let warmUp = 0; warmUp < 2 * RUNS_A_ROUND; warmUp += 1) {
      await exchange(one);
      counts = await scheduled(one);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      scheduledRuns.push(await cpuOf(one, () => scheduled(one), RUNS_A_ROUND));
      exchanges.push(await cpuOf(one, () => exchange(one), RUNS_A_ROUND));
    }
  });
  const ratio = new Spread(scheduledRuns.map(({ all }, round) => all / (exchanges[round]?.all ?? Number.NaN)));
  const times = (cpu: readonly Cpu[]): string =>
    [cpu.map(({ all }) => all), cpu.map(({ javascript }) => javascript)]
      .map((values) => new Spread(values).text(1))
      .join(' | ');
  const row = (name: string, cpu: readonly Cpu[], { github: asked, reads, writes, lists }: Counts): string =>
    `| ${name} | ${times(cpu)} | ${asked} | ${reads} | ${writes} | ${lists} |`;
  console.log('| Scheduled check | CPU ms | of it JavaScript | GitHub requests | KV reads | KV writes | KV lists |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  console.log(row('the first thing that an isolate does', first, firstCounts ?? NONE));
  console.log(row('on an isolate in use, nothing new', scheduledRuns, counts ?? NONE));
  console.log(`\nBeside it a warm exchange, one after the other: ${times(exchanges)} ms.`);
  console.log(`A run to a warm exchange: ${ratio.text()}.`);
}

async function running(use: (one: Running) => Promise<void>): Promise<void> {
  const before = workerdPids();
  const worker = await RunningWorker.start({
    script: join(folder, 'counting.js'),
    withoutKv: true,
    bindings: {
      STS_DOMAIN: AUDIENCE,
      GITHUB_BASE_URL: github.url,
      GITHUB_APP_ID: String(app.id),
      GITHUB_APP_PRIVATE_KEY: app.keys.pkcs1Pem,
      GITHUB_WEBHOOK_SECRET: 'bench',
      ALLOW_LOOPBACK_HTTP: 'true',
    },
  });
  try {
    await use({ worker, account: ProcessAccount.newWorkerd(before) });
  } finally {
    await worker.close();
  }
}

/** Of one of so many runs, on average. */
async function cpuOf({ account }: Running, work: () => Promise<unknown>, times: number): Promise<Cpu> {
  const [all, javascript] = [account.cpuMs(), account.javascriptMs()];
  for (let run = 0; run < times; run += 1) await work();
  return { all: (account.cpuMs() - all) / times, javascript: (account.javascriptMs() - javascript) / times };
}

async function scheduled(one: Running): Promise<Counts> {
  const before = github.count();
  const kv = await control(one, '?scheduled');
  return { ...kv, github: github.count() - before };
}

/** @returns how KV was used since the last time */
async function control({ worker }: Running, query = ''): Promise<Omit<Counts, 'github'>> {
  const response = await fetch(`${worker.url}/__bench${query}`);
  return (await response.json()) as Omit<Counts, 'github'>;
}

async function exchange({ worker }: Running): Promise<void> {
  const token = github.actionsIssuer.sign({ repository: 'acme/infra', audience: AUDIENCE });
  const response = await fetch(`${worker.url}/sts/exchange?scope=acme/app&identity=deploy`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.status !== 200) throw new Error(`the exchange got ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

const NONE: Counts = { github: 0, reads: 0, writes: 0, lists: 0 };
