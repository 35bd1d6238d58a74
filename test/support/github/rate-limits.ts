import type { AdjustableClock } from '../clock.ts';
import type { Caller } from './authentication.ts';

export type RateResource = 'core' | 'graphql';

export interface RateLimit {
  readonly limit: number;
  readonly used: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

export interface RateLimitSetting {
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetInSeconds?: number;
}

/** Whose quota: an installation's, an App's (for what it asks with its JWT), or that of the nameless. */
export type RateSubject = { readonly installation: number } | { readonly app: number } | 'anonymous';

const WINDOW_SECONDS = 3600;
const LIMIT = { core: 15_000, graphql: 10_000, anonymous: 60 };

/** GitHub's primary rate limits. */
export class RateLimits {
  readonly #clock: AdjustableClock;
  readonly #limits = new Map<string, RateLimit>();

  constructor(clock: AdjustableClock) {
    this.#clock = clock;
  }

  set(subject: RateSubject, setting: RateLimitSetting, resource: RateResource = 'core'): void {
    const limit = setting.limit ?? LIMIT[resource];
    const used = limit - (setting.remaining ?? limit);
    const reset = this.#clock.seconds() + (setting.resetInSeconds ?? WINDOW_SECONDS);
    this.#limits.set(keyOf(subject, resource), { limit, used, reset });
  }

  clear(): void {
    this.#limits.clear();
  }

  state(subject: RateSubject, resource: RateResource): RateLimit {
    const known = this.#limits.get(keyOf(subject, resource));
    if (known !== undefined && known.reset > this.#clock.seconds()) return known;
    const limit = subject === 'anonymous' ? LIMIT.anonymous : LIMIT[resource];
    return { limit, used: 0, reset: this.#clock.seconds() + WINDOW_SECONDS };
  }

  isExhausted(subject: RateSubject, resource: RateResource): boolean {
    const { limit, used } = this.state(subject, resource);
    return used >= limit;
  }

  spend(subject: RateSubject, resource: RateResource): void {
    const { limit, used, reset } = this.state(subject, resource);
    this.#limits.set(keyOf(subject, resource), { limit, used: Math.min(limit, used + 1), reset });
  }

  headers(subject: RateSubject, resource: RateResource): Record<string, string> {
    const { limit, used, reset } = this.state(subject, resource);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(limit - used),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
    };
  }
}

export function rateSubject(caller: Caller): RateSubject {
  if (caller.kind === 'installation') return { installation: caller.token.installation.id };
  return caller.kind === 'app' ? { app: caller.app.id } : 'anonymous';
}

export function limitedMessage(subject: RateSubject): string {
  if (subject === 'anonymous') return 'API rate limit exceeded for 127.0.0.1.';
  const whose = 'installation' in subject ? `installation ID ${subject.installation}` : `app ID ${subject.app}`;
  return `API rate limit exceeded for ${whose}.`;
}

function keyOf(subject: RateSubject, resource: RateResource): string {
  return `${JSON.stringify(subject)} ${resource}`;
}
