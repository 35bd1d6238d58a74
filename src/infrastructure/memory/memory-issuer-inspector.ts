import type { IssuerInspector, KeyFetch } from '../../application/ports/issuer-inspector.ts';

/** Issuers' keys, as a test says. */
export class MemoryIssuerInspector implements IssuerInspector {
  readonly fetched: string[] = [];
  /** None where it is not told. */
  readonly keys = new Map<string, 'fresh' | 'old'>();
  /** Issuers that are down, each with how often it still fails. */
  readonly failures = new Map<string, number>();

  atHand(issuer: string): Promise<'fresh' | 'old' | 'none'> {
    return Promise.resolve(this.keys.get(issuer) ?? 'none');
  }

  fetch(issuer: string): Promise<KeyFetch> {
    this.fetched.push(issuer);
    const left = this.failures.get(issuer) ?? 0;
    this.failures.set(issuer, left - 1);
    if (left > 0) return Promise.resolve({ kind: 'failed', detail: 'discovery: status 503' });
    this.keys.set(issuer, 'fresh');
    return Promise.resolve({ kind: 'fetched' });
  }
}
