import type { CacheStore } from '../infrastructure/cache/cache-store.ts';
import type { EventSink } from '../infrastructure/events/event-sink.ts';

/** Bounds what one client address may ask. */
export interface RateLimiter {
  /** Whether one more request of this key is within the limit. @throws where the limiter fails */
  admits(key: string): Promise<boolean>;
}

/** Files that the runtime keeps beside the service, and mostly serves without it. */
export interface StaticAssets {
  /**
   * @param headers `If-None-Match` may stand there
   * @returns the runtime's own answer: the file, that it is unchanged, or that there is none
   * @throws where the runtime fails
   */
  get(path: string, headers: Headers): Promise<Response>;
}

/** What a runtime gives to one request. Everything else is the same wherever the service runs. */
export interface Platform {
  /** Where entries outlive an isolate. */
  readonly store: CacheStore;
  readonly rateLimiter: RateLimiter | undefined;
  /** Where counts of exchanges go, beside the log. */
  readonly metrics: EventSink | undefined;
  /** The page for browsers. Without it they get what programs get. */
  readonly assets?: StaticAssets | undefined;
  /** Keeps the runtime at work on this after the answer is out. */
  readonly defer: (work: Promise<void>) => void;
}
