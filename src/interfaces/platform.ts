import type { CacheStore } from '../infrastructure/cache/cache-store.ts';
import type { EventSink } from '../infrastructure/events/event-sink.ts';

/** Bounds what one client address may ask. */
export interface RateLimiter {
  /** Whether one more request of this key is within the limit. @throws where the limiter fails */
  admits(key: string): Promise<boolean>;
}

/** What a runtime gives to one request. Everything else is the same wherever the service runs. */
export interface Platform {
  /** Where entries outlive an isolate. */
  readonly store: CacheStore;
  readonly rateLimiter: RateLimiter | undefined;
  /** Where counts of exchanges go, beside the log. */
  readonly metrics: EventSink | undefined;
  /** Keeps the runtime at work on this after the answer is out. */
  readonly defer: (work: Promise<void>) => void;
}
