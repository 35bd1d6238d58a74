import { KeyedWindows } from './keyed-windows.ts';
import { RequestWindow, type EventBound } from './request-window.ts';

export interface SharedLimit {
  /** Of all clients together, in any 60 seconds. */
  readonly limit: number;
  /** Of each client, while there is another one. */
  readonly share: number;
}

/** A client counts as still there for this long after it last asked. */
const CLIENT_SEEN_MS = 60 * 60_000;

interface SeenClient {
  readonly client: string;
  readonly at: number;
}

/**
 * A window for all clients together. While several clients ask, none may take more than its share. So one stranger
 * alone can't shut everybody else out. A client without a known address has no share: only what all may do bounds it.
 */
export class SharedWindow {
  private readonly all: RequestWindow;
  private readonly shares: KeyedWindows<RequestWindow>;
  /** The two different clients that asked last, the later one first. */
  private latest: readonly SeenClient[] = [];

  constructor({ limit, share }: SharedLimit, capacity: number) {
    this.all = new RequestWindow(limit);
    this.shares = new KeyedWindows(capacity, () => new RequestWindow(share));
  }

  /** @param client empty where it has no known address */
  for(client: string): EventBound {
    if (client === '') return this.all;
    const share = this.shares.of(client);
    const full = (nowMs: number): RequestWindow | undefined => {
      this.see(client, nowMs);
      if (this.all.isFull(nowMs)) return this.all;
      return share.isFull(nowMs) && this.hasOther(client, nowMs) ? share : undefined;
    };
    return {
      isFull: (nowMs) => full(nowMs) !== undefined,
      record: (nowMs) => [this.all, share].forEach((window) => window.record(nowMs)),
      release: (timesMs) => [this.all, share].forEach((window) => window.release(timesMs)),
      retryAfterSeconds: (nowMs) => (full(nowMs) ?? this.all).retryAfterSeconds(nowMs),
    };
  }

  private see(client: string, at: number): void {
    const other = this.latest.find((one) => one.client !== client);
    this.latest = [{ client, at }, ...(other === undefined ? [] : [other])];
  }

  private hasOther(client: string, nowMs: number): boolean {
    return this.latest.some((one) => one.client !== client && nowMs - one.at < CLIENT_SEEN_MS);
  }
}
