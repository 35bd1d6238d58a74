import type { App } from '../../domain/apps.ts';

interface Quota {
  readonly remaining: number;
  readonly resetsAtMs: number;
}

/** What each App's last responses said of its quota, by App and owner. Numbers only; one an isolate. */
export class QuotaBook {
  private readonly quotas = new Map<string, Quota>();

  /** GraphQL counts its own points, so only REST's `core` resource is kept. */
  note(app: App, owner: string, headers: Headers): void {
    const resource = headers.get('x-ratelimit-resource') ?? 'core';
    const remaining = headers.get('x-ratelimit-remaining');
    if (resource !== 'core' || remaining === null || !/^[0-9]+$/.test(remaining)) return;
    this.keep(app, owner, {
      remaining: Number(remaining),
      resetsAtMs: Number(headers.get('x-ratelimit-reset') ?? 0) * 1000,
    });
  }

  /** A limit of any kind: nothing is left until it ends, whatever the headers say. */
  noteLimit(app: App, owner: string, endsAtMs: number): void {
    this.keep(app, owner, { remaining: 0, resetsAtMs: endsAtMs });
  }

  /** Requests left; nothing where it is not known or its hour is over. */
  remaining(app: App, owner: string, nowMs: number): number | undefined {
    const quota = this.quotas.get(key(app, owner));
    return quota === undefined || quota.resetsAtMs <= nowMs ? undefined : quota.remaining;
  }

  private keep(app: App, owner: string, quota: Quota): void {
    if (this.quotas.size >= MAX_ENTRIES) this.quotas.clear();
    this.quotas.set(key(app, owner), quota);
  }
}

const MAX_ENTRIES = 10_000;

function key(app: App, owner: string): string {
  return `${app.id}/${owner.toLowerCase()}`;
}
