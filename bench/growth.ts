import { fire, type Shot } from './load.ts';
import type { IsolateHeap } from './isolate-heap.ts';
import type { ProcessAccount } from './process-account.ts';
import { Spread } from './spread.ts';

/** What an isolate costs when it has seen more: one that grows in CPU or without a bound in memory would show here. */
export interface Growth {
  /** Of what, and how much of it. */
  readonly of: string;
  readonly count: number;
  /** Of an exchange that reads it from GitHub. */
  readonly coldCpuMs?: Spread;
  /** Of an exchange whose policies are at hand. */
  readonly warmCpuMs: Spread;
  readonly heapMib: number;
}

export interface GrowingIsolate {
  readonly url: string;
  readonly account: ProcessAccount;
  readonly heap: IsolateHeap;
}

export const GROWTH_ROUNDS = 5;
const WARM_SHOTS = 200;
const CONNECTIONS = 8;
/** Until what follows an answer is done. */
const SETTLED_MS = 150;

/**
 * Repositories with ever more policies. The sizes take turns, so that what else the machine does falls on all of them.
 *
 * @param shots for each number of files as many repositories as there are rounds, none of them seen before
 */
export async function growthOfFiles(
  isolate: GrowingIsolate,
  shots: ReadonlyMap<number, readonly Shot[]>,
): Promise<readonly Growth[]> {
  const cold = new Map<number, number[]>([...shots.keys()].map((files) => [files, []]));
  const warm = new Map<number, number[]>([...shots.keys()].map((files) => [files, []]));
  for (let round = 0; round < GROWTH_ROUNDS; round += 1) {
    for (const [files, repositories] of shots) {
      const shot = repositories[round];
      if (shot === undefined) throw new Error(`there are fewer than ${GROWTH_ROUNDS} repositories of ${files} files`);
      cold.get(files)?.push(await cpuOf(isolate, [shot]));
      warm.get(files)?.push(await warmCpu(isolate, [shot]));
    }
  }
  const heapMib = await isolate.heap.usedMib();
  return [...shots.keys()].map((count) => {
    const [coldCpuMs, warmCpuMs] = [new Spread(cold.get(count) ?? []), new Spread(warm.get(count) ?? [])];
    return { of: 'policy files of a repository', count, coldCpuMs, warmCpuMs, heapMib };
  });
}

/**
 * One isolate that sees ever more of something; after each step, what an exchange of those seen last costs.
 *
 * @param shotsOf those from one number to another
 */
export async function growthInOneIsolate(
  isolate: GrowingIsolate,
  of: string,
  steps: readonly number[],
  shotsOf: (from: number, to: number) => Promise<readonly Shot[]>,
): Promise<readonly Growth[]> {
  const measured: Growth[] = [];
  let seen = 0;
  for (const count of steps) {
    const shots = await shotsOf(seen, count);
    seen = count;
    await fireAll(isolate, shots);
    const last = shots.slice(-WARM_SHOTS);
    const rounds: number[] = [];
    for (let round = 0; round < GROWTH_ROUNDS; round += 1) rounds.push(await warmCpu(isolate, last));
    measured.push({ of, count, warmCpuMs: new Spread(rounds), heapMib: await isolate.heap.usedMib() });
  }
  return measured;
}

export function growthTable(growth: readonly Growth[]): readonly string[] {
  const line = ({ of, count, coldCpuMs, warmCpuMs, heapMib }: Growth): string =>
    `| ${count} ${of} | ${coldCpuMs?.text() ?? ''} | ${warmCpuMs.text()} | ${heapMib.toFixed(1)} |`;
  return [
    `| ${GROWTH_ROUNDS} rounds | CPU ms, read from GitHub | CPU ms, warm | isolate's heap, MiB |`,
    '| --- | --- | --- | --- |',
    ...growth.map(line),
  ];
}

/** The shots again and again, until there are enough of them to be measured. */
function warmCpu(isolate: GrowingIsolate, shots: readonly Shot[]): Promise<number> {
  const times = Math.ceil(WARM_SHOTS / shots.length);
  return cpuOf(isolate, Array.from({ length: times }, () => shots).flat());
}

/** A request's share of what the process took. */
async function cpuOf(isolate: GrowingIsolate, shots: readonly Shot[]): Promise<number> {
  const before = isolate.account.cpuMs();
  await fireAll(isolate, shots);
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  return (isolate.account.cpuMs() - before) / shots.length;
}

async function fireAll({ url }: GrowingIsolate, shots: readonly Shot[]): Promise<void> {
  const { statuses } = await fire(url, shots, CONNECTIONS);
  if (statuses['200'] !== shots.length) throw new Error(`growth: the answers were ${JSON.stringify(statuses)}`);
}
