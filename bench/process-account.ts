import { readdirSync, readFileSync } from 'node:fs';

/** `sysconf(_SC_CLK_TCK)`; 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

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

  /** User and system time so far, of all threads, in milliseconds; in steps of 10. */
  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.#pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND) * 1000;
  }

  residentMib(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
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
