/**
 * Why another server gave no usable answer:
 * `down` (connection failure, 5xx), `timeout`, `unusable` (content, redirect), `limited` (its rate limit),
 * `credentials` (it does not accept the App's own), `refused` (it knows the App and will not serve it: suspended).
 */
export type UnavailableCause = 'down' | 'timeout' | 'unusable' | 'limited' | 'credentials' | 'refused';

/** No answer. Never to be treated as an absence. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly cause: UnavailableCause;
  readonly retryAfterSeconds?: number;
  /** For the log: which request, and what came back. Holds no token. */
  readonly detail: string;
}
