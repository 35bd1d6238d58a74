import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS_A_MS = 1e6;

/** The process accounting of one process (proc(5)). */
export class ProcessAccount {
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** The workerd that was started since `before` was taken. */
  static newWorkerd(before: ReadonlySet<number>): ProcessAccount {
    const pid = [...workerdPids()].find((one) => !before.has(one));
    if (pid === undefined) throw new Error('no workerd process was started');
    return new ProcessAccount(pid);
  }

  /** CPU time so far, of all threads, in milliseconds: the scheduler's own count, which is exact where `stat` counts in steps of 10. */
  cpuMs(): number {
    const threads = readdirSync(`/proc/${this.#pid}/task`);
    return threads.reduce((sum, thread) => sum + this.#threadMs(thread), 0);
  }

  /** Of them the thread that runs JavaScript: what Cloudflare counts. */
  javascriptMs(): number {
    return this.#threadMs(String(this.#pid));
  }

  residentMib(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }

  #threadMs(thread: string): number {
    try {
      const onCpu = readFileSync(`/proc/${this.#pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0];
      return Number(onCpu) / NANOSECONDS_A_MS;
    } catch {
      // It has ended meanwhile.
      return 0;
    }
  }
}

export function workerdPids(): ReadonlySet<number> {
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Set(own.map(Number).filter(isWorkerdOfOurs));
}

function isWorkerdOfOurs(pid: number): boolean {
  try {
    const [name, rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return name?.endsWith('(workerd') === true && Number(rest?.split(' ')[1]) === process.pid;
  } catch {
    return false;
  }
}
