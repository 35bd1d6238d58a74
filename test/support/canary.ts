/** Shorter ones would be found by chance. */
const MIN_SECRET_LENGTH = 12;
const MIN_PART_LENGTH = 40;

const secrets = new Set<string>();
let exposures: string[] = [];

/** A token, key or secret of this run: nothing that the service writes or says may hold it, or a part of it. */
export function noteSecret(value: string): void {
  if (value.length >= MIN_SECRET_LENGTH) secrets.add(value);
  // The lines of a PEM; the payload and signature of a JWT. Its header is the same for many.
  const parts = value.includes('\n') ? value.split('\n') : value.split('.').slice(1);
  for (const part of parts) if (part.length >= MIN_PART_LENGTH) secrets.add(part);
}

/** Text that others than the rightful holder of a token may read: log lines, events, KV, error bodies, headers. */
export function noteExposure(where: string, text: string): void {
  exposures.push(`${where}: ${text}`);
}

/** How much was searched for, and in how much, since the last look. */
export interface CanaryReport {
  readonly secrets: number;
  readonly exposures: number;
  /** The exposed texts that hold a secret. */
  readonly leaks: readonly string[];
}

/** Looks through everything exposed so far, and forgets it. */
export function searchForSecrets(): CanaryReport {
  const searched = exposures;
  exposures = [];
  const whole = searched.join('\n');
  const found = [...secrets].filter((secret) => whole.includes(secret));
  const leaks = searched.filter((text) => found.some((secret) => text.includes(secret)));
  return { secrets: secrets.size, exposures: searched.length, leaks };
}

/** @throws where anything exposed so far holds a secret */
export function requireNoLeak(): void {
  const { leaks } = searchForSecrets();
  if (leaks.length > 0) throw new Error(`secrets were exposed:\n${leaks.slice(0, 5).join('\n')}`);
}
