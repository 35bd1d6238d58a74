import { setImmediate as turn } from 'node:timers';
import type { Clock } from '../../src/application/ports/clock.ts';

interface Entry {
  readonly at: number;
  /** Of two entries for the same time the one that was made first comes first. */
  readonly order: number;
  /** Nothing once it is cancelled. */
  action: (() => void) | undefined;
}

/**
 * A clock that jumps from one thing to the next. Code under it waits with `setTimeout` as ever: while `take` holds, the
 * timers of this process are this clock's. A run depends on nothing but what is scheduled, so it can be repeated.
 */
export class VirtualTime implements Clock {
  private readonly heap: Entry[] = [];
  private order = 0;
  private time: number;

  constructor(startMs: number) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  /** @returns cancels it */
  at(timeMs: number, action: () => void): () => void {
    const entry: Entry = { at: Math.max(timeMs, this.time), order: this.order++, action };
    push(this.heap, entry);
    return () => {
      entry.action = undefined;
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.time + milliseconds, resolve);
    });
  }

  /** Runs everything up to and including this time, and stands there then. */
  async runUntil(timeMs: number): Promise<void> {
    await settled();
    for (let next = this.heap[0]; next !== undefined && next.at <= timeMs; next = this.heap[0]) {
      pop(this.heap);
      const { action } = next;
      if (action === undefined) continue;
      this.time = next.at;
      next.action = undefined;
      action();
      await settled();
    }
    this.time = Math.max(this.time, timeMs);
  }

  /** Replaces the process's timers by this clock's. @returns gives them back */
  take(): () => void {
    const { setTimeout, clearTimeout } = globalThis;
    const cancels = new Map<number, () => void>();
    let lastId = 0;
    const set = (action: () => void, milliseconds = 0): number => {
      const id = (lastId += 1);
      const cancel = this.at(this.time + milliseconds, () => {
        cancels.delete(id);
        action();
      });
      cancels.set(id, cancel);
      return id;
    };
    const clear = (id: number | null): void => {
      if (id === null) return;
      cancels.get(id)?.();
      cancels.delete(id);
    };
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
    };
  }
}

/** Ends when all that waits for promises alone has run: Node does that before it turns to the next immediate. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    turn(resolve);
  });
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(heap[index]!, heap[parent]!)) return;
    swap(heap, index, parent);
    index = parent;
  }
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let index = 0; ;) {
    const left = 2 * index + 1;
    const right = left + 1;
    let least = index;
    if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
    if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
    if (least === index) return;
    swap(heap, index, least);
    index = least;
  }
}

function swap(heap: Entry[], a: number, b: number): void {
  const held = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = held;
}
