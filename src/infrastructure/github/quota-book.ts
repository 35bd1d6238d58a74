import type { App } from '../../domain/apps.ts';
import { isolateToken } from '../../application/ports/token.ts';

interface Quota {
  readonly remaining: number;
  readonly resetsAtMs: number;
}

/** GitHub counts the App's own requests and those of its installations separately. */
export type QuotaSubject = 'app' | 'installation';

/** The quota that each App's last answers told, by App and owner. One an isolate. */
export class QuotaBook {
  private readonly quotas = new Map<string, Quota>();

  /** GraphQL counts its own points, so only REST's `core` resource is kept. */
  note(app: App, owner: string, subject: QuotaSubject, headers: Headers, nowMs: number): void {
    const resource = headers.get('x-ratelimit-resource') ?? 'core';
    const remaining = headers.get('x-ratelimit-remaining');
    if (resource !== 'core' || remaining === null || !/^[0-9]+$/.test(remaining)) return;
    const reset = headers.get('x-ratelimit-reset');
    const resetsAtMs = reset === null ? nowMs + LONGEST_WINDOW_MS : Number(reset) * 1000;
    this.keep(key(app, owner, subject), { remaining: Number(remaining), resetsAtMs });
  }

  /** After a limit of any kind nothing is left until it ends, whatever the headers say. */
  noteLimit(app: App, owner: string, subject: QuotaSubject, endsAtMs: number): void {
    this.keep(key(app, owner, subject), { remaining: 0, resetsAtMs: endsAtMs });
  }

  /** Requests left, of the quota that has fewer. Nothing where none is known, or where its hour is over. */
  remaining(app: App, owner: string, nowMs: number): number | undefined {
    const known = SUBJECTS.map((subject) => this.quotas.get(key(app, owner, subject)));
    const left = known.flatMap((quota) => (quota === undefined || quota.resetsAtMs <= nowMs ? [] : [quota.remaining]));
    return left.length === 0 ? undefined : Math.min(...left);
  }

  private keep(quotaKey: string, quota: Quota): void {
    if (this.quotas.size >= MAX_ENTRIES) this.quotas.clear();
    this.quotas.set(quotaKey, quota);
  }
}

export const QUOTA_BOOK = isolateToken<QuotaBook>('QuotaBook');

const SUBJECTS: readonly QuotaSubject[] = ['app', 'installation'];
/** Primary limits start anew every hour. */
const LONGEST_WINDOW_MS = 60 * 60_000;
const MAX_ENTRIES = 10_000;

function key(app: App, owner: string, subject: QuotaSubject): string {
  return `${subject} ${app.id}/${owner.toLowerCase()}`;
}
