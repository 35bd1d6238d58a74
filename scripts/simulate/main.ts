import 'reflect-metadata';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { documented, type Results } from './document.ts';
import { PLOTS } from './plots.ts';
import { tablesOf } from './report.ts';
import { simulate, type SimulationOptions, type SimulationResult } from './simulation.ts';
import { isStudyName, rowsWith, STUDIES, type StudyName } from './studies.ts';

const USAGE = `npm run simulate                      five loads, 10,000 to 100 million exchanges a day
  -- --study NAME | all               ${Object.keys(STUDIES).join(', ')}
  -- --exchanges N[,N…]               loads of your own instead of a study, with
       --repositories N --owners N --exponent 0.9 --blind 0.3 --locations 10 --isolates-per-location 4
       --plan paid|free --no-webhooks --pushes FACTOR --run N (exchanges that are run at about the most) --seed N
  -- --json                           the results instead of tables
  -- --document                       docs/scale.json, the tables in docs/scale.md and the plots, of the studies that were run`;

/** Most of what an exchange makes is dropped at once. With room for it, a third of the time is saved. */
const YOUNG_MEGABYTES = 128;

/** One row in a thread of its own: its clock takes the timers of the whole thread. */
function inThread(row: SimulationOptions): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      workerData: row,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    worker.once('message', resolve).once('error', reject);
  });
}

async function allOf(rows: readonly SimulationOptions[]): Promise<readonly SimulationResult[]> {
  const results: SimulationResult[] = [];
  // The largest last in the list take the longest, so they begin first.
  const waiting = rows.map((row, index) => ({ row, index })).reverse();
  const threads = Array.from({ length: Math.min(availableParallelism(), rows.length) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next.index] = await inThread(next.row);
    }
  });
  await Promise.all(threads);
  return results;
}

async function main(root: string): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      study: { type: 'string', default: 'tenants' },
      exchanges: { type: 'string' },
      repositories: { type: 'string' },
      owners: { type: 'string' },
      exponent: { type: 'string' },
      blind: { type: 'string' },
      locations: { type: 'string' },
      'isolates-per-location': { type: 'string' },
      plan: { type: 'string' },
      webhooks: { type: 'boolean' },
      pushes: { type: 'string' },
      run: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const rows = values.exchanges === undefined ? undefined : rowsWith(numbers(values.exchanges), changedBy(values));
  if (rows !== undefined) {
    const results = await allOf(rows);
    console.log(values.json ? JSON.stringify(results, null, 2) : tablesOf(results));
    return;
  }
  const names = values.study === 'all' ? (Object.keys(STUDIES) as StudyName[]) : [studyNamed(values.study)];
  const results: Results = {};
  for (const name of names) {
    results[name] = await allOf(STUDIES[name].rows);
    if (!values.json) console.log(`\n${STUDIES[name].title}\n\n${tablesOf(results[name])}`);
  }
  if (values.json) console.log(JSON.stringify(results, null, 2));
  if (values.document) document(root, results);
}

/** What was not run now stays as it was. */
function document(root: string, results: Results): void {
  const data = join(root, 'docs/scale.json');
  const all = { ...(JSON.parse(readFileSync(data, 'utf8')) as Results), ...results };
  writeFileSync(data, `${JSON.stringify(all, null, 2)}\n`);
  const text = join(root, 'docs/scale.md');
  writeFileSync(text, documented(readFileSync(text, 'utf8'), all));
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  for (const [name, plot] of Object.entries(PLOTS)) writeFileSync(join(root, `docs/images/${name}.svg`), plot(all));
}

function studyNamed(name: string): StudyName {
  if (isStudyName(name)) return name;
  throw new Error(`there is no study ${name}\n${USAGE}`);
}

type Flags = Readonly<Record<string, string | boolean | undefined>>;

function changedBy(flags: Flags): Partial<SimulationOptions> {
  const changed: Record<string, unknown> = {
    repositories: numberOf(flags, 'repositories'),
    owners: numberOf(flags, 'owners'),
    exponent: numberOf(flags, 'exponent'),
    blindShare: numberOf(flags, 'blind'),
    locations: numberOf(flags, 'locations'),
    isolatesPerLocation: numberOf(flags, 'isolates-per-location'),
    pushFactor: numberOf(flags, 'pushes'),
    most: numberOf(flags, 'run'),
    seed: numberOf(flags, 'seed'),
    webhooks: flags.webhooks,
    plan: planOf(flags.plan),
  };
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
}

function planOf(plan: string | boolean | undefined): 'free' | 'paid' | undefined {
  if (plan === undefined || plan === 'free' || plan === 'paid') return plan;
  throw new Error(`--plan is free or paid\n${USAGE}`);
}

function numberOf(flags: Flags, name: string): number | undefined {
  const text = flags[name];
  return typeof text === 'string' ? numbers(text, name)[0] : undefined;
}

/** Without one of these there is nothing to simulate. */
const AT_LEAST_ONE = ['exchanges', 'repositories', 'owners', 'locations', 'isolates-per-location', 'run'];

function numbers(text: string, name = 'exchanges'): readonly number[] {
  const least = AT_LEAST_ONE.includes(name) ? 1 : 0;
  return text.split(',').map((part) => {
    const number = part === '' ? Number.NaN : Number(part.replaceAll('_', ''));
    if (Number.isFinite(number) && number >= least) return number;
    throw new Error(`--${name} must be a number of ${least} or more, and not ${JSON.stringify(part)}\n${USAGE}`);
  });
}

/** @param root of the repository */
export async function run(root: string): Promise<void> {
  if (!isMainThread) {
    parentPort?.postMessage(await simulate(workerData as SimulationOptions));
    return;
  }
  try {
    await main(root);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

if (!isMainThread) await run('');
