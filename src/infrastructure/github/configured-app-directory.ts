import { orderByQuota, type App, type QuotaFloors } from '../../domain/apps.ts';
import type { AppDirectory } from '../../application/ports/app-directory.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { AppPoolSettings } from '../yaml/app-config.ts';
import type { QuotaBook } from './quota-book.ts';

const EVERY_OTHER_OWNER = '*';

/** The pools of the configuration, ordered by what GitHub last said of each App's quota. */
export class ConfiguredAppDirectory implements AppDirectory {
  constructor(
    private readonly pools: readonly AppPoolSettings[],
    private readonly quotas: QuotaBook,
    private readonly floors: QuotaFloors,
    private readonly clock: Clock,
  ) {}

  poolOf(owner: string): readonly App[] {
    const wanted = owner.toLowerCase();
    const pool =
      this.pools.find((one) => one.owner === wanted) ?? this.pools.find((one) => one.owner === EVERY_OTHER_OWNER);
    const apps = (pool?.apps ?? []).map(({ name, id }) => ({ name, id }));
    if (apps.length < 2) return apps;
    const now = this.clock.now();
    return orderByQuota(apps, (app) => this.quotas.remaining(app, owner, now), this.floors);
  }
}
