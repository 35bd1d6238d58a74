/**
 * Why another server gave no usable answer:
 * `down` (connection failure, 5xx), `timeout`, `unusable` (content, redirect), `limited` (its rate limit),
 * `credentials` (it does not accept the App's own), `refused` (it knows the App and will not serve it: suspended),
 * `own_limit` (a bound of this service held the request up, so that it was never sent).
 */
export type UnavailableCause = 'down' | 'timeout' | 'unusable' | 'limited' | 'credentials' | 'refused' | 'own_limit';

/** No answer. Never to be treated as an absence. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly cause: UnavailableCause;
  readonly retryAfterSeconds?: number;
  /** For the log: which request, and what came back. Holds no token. */
  readonly detail: string;
}
