/**
 * How far the caller of a request is trusted, by now.
 *
 * - `unproven`: nothing is known.
 * - `presumed`: keys of the last day verify the token. The issuer may have withdrawn them, so this decides a budget only.
 * - `bearer`: presents a GitHub token, which may be made up.
 * - `outsider`: proven, of another owner than the one that is asked about.
 * - `insider`: proven, of that very owner.
 * - `admitted`: a policy admits it.
 * - `github`: GitHub itself, by its signature.
 * - `service`: this service itself, on its schedule.
 */
export type TrustLevel =
  'unproven' | 'presumed' | 'bearer' | 'outsider' | 'insider' | 'admitted' | 'github' | 'service';

const PROVEN: ReadonlySet<TrustLevel> = new Set<TrustLevel>(['outsider', 'insider', 'admitted', 'github', 'service']);

/** Whether the caller is proven: only what such a caller caused may be written to the store that all isolates share. */
export function isProven(level: TrustLevel): boolean {
  return PROVEN.has(level);
}
