import type { DeferredTasks } from '../../application/ports/deferred-tasks.ts';

/** Tasks wait until `run` is called. The names of those that fail are kept in `failed`. */
export class MemoryDeferredTasks implements DeferredTasks {
  readonly failed: string[] = [];
  private readonly waiting: { readonly name: string; readonly task: () => Promise<void> }[] = [];

  get names(): readonly string[] {
    return this.waiting.map(({ name }) => name);
  }

  add(name: string, task: () => Promise<void>): void {
    this.waiting.push({ name, task });
  }

  async run(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      const { name, task } = next;
      await task().catch(() => this.failed.push(name));
    }
  }
}
