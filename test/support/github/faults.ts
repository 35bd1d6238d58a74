import type { Json, JsonObject } from '../json.ts';
import type { Level } from './permissions.ts';

export interface FaultMatch {
  readonly method?: string;
  readonly path?: string | RegExp;
  /** GitHub's operation id (`apps/create-installation-access-token`), or `graphql`. */
  readonly operation?: string;
  readonly installationId?: number;
  readonly appId?: number;
}

export interface GraphQlFaultError {
  readonly type?: 'NOT_FOUND' | 'FORBIDDEN' | 'RATE_LIMITED' | (string & {});
  readonly path?: readonly (string | number)[];
  readonly message?: string;
}

/** What goes wrong. The request is carried out all the same, but for the kinds that say otherwise. */
export type FaultKind =
  /** Answered with this, and nothing is carried out. */
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly body?: Json;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'reset'; readonly when: 'before-headers' | 'mid-body' }
  | { readonly kind: 'hang' }
  /** The stream ends properly after half of the body. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'oversize'; readonly bytes: number }
  | { readonly kind: 'wrong-json'; readonly body?: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 307 | 308 }
  | {
      readonly kind: 'primary-limit';
      readonly status?: 403 | 429;
      readonly headers?: boolean;
      readonly resetInSeconds?: number;
    }
  | { readonly kind: 'secondary-limit'; readonly status?: 403 | 429; readonly retryAfterSeconds?: number }
  /** Added to the answer; the data at each error's path becomes null. */
  | { readonly kind: 'graphql-errors'; readonly errors: readonly GraphQlFaultError[] }
  /** A mint whose answer, and token, hold more than was asked for. */
  | {
      readonly kind: 'overgrant';
      readonly permissions?: Readonly<Record<string, Level>>;
      /** `owner/name`; or every repository of the installation. */
      readonly repositories?: readonly string[] | 'all';
    }
  /** For tests in the same process: any change of a JSON answer. */
  | { readonly kind: 'change-body'; readonly change: (body: JsonObject) => Json };

export type Fault = FaultKind & { readonly match?: FaultMatch; readonly times?: number };

export interface FaultSubject {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly installationId: number | undefined;
  readonly appId: number | undefined;
}

/** What was told to go wrong. Each matching fault is used once a request, until its `times` are spent. */
export class Faults {
  /** For every request, in milliseconds. */
  latency = 0;
  /** Told the path of each request that a `hang` leaves without an answer. */
  onHang: (path: string) => void = () => undefined;
  #active: { readonly fault: Fault; left: number }[] = [];

  /** The function takes this fault back. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((one) => one !== entry);
    };
  }

  clear(): void {
    this.#active = [];
    this.latency = 0;
  }

  take(subject: FaultSubject): Fault[] {
    const taken = this.#active.filter(({ fault, left }) => left > 0 && matches(fault.match ?? {}, subject));
    for (const entry of taken) entry.left -= 1;
    this.#active = this.#active.filter(({ left }) => left > 0);
    return taken.map(({ fault }) => fault);
  }
}

function matches(match: FaultMatch, subject: FaultSubject): boolean {
  if (match.method !== undefined && match.method !== subject.method) return false;
  if (match.operation !== undefined && match.operation !== subject.operation) return false;
  if (match.installationId !== undefined && match.installationId !== subject.installationId) return false;
  if (match.appId !== undefined && match.appId !== subject.appId) return false;
  if (match.path === undefined) return true;
  return typeof match.path === 'string' ? match.path === subject.path : match.path.test(subject.path);
}
