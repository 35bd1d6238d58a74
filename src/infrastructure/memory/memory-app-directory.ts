import type { App } from '../../domain/apps.ts';
import type { AppDirectory } from '../../application/ports/app-directory.ts';

/** Pools by owner; `*` is the rest. */
export class MemoryAppDirectory implements AppDirectory {
  constructor(private readonly pools: Readonly<Record<string, readonly App[]>>) {}

  poolOf(owner: string): readonly App[] {
    const name = Object.keys(this.pools).find((one) => one.toLowerCase() === owner.toLowerCase()) ?? '*';
    return this.pools[name] ?? [];
  }
}
