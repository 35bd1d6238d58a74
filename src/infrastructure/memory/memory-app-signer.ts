import type { App } from '../../domain/apps.ts';
import type { AppSignature, AppSigner, KeyCheck } from '../../application/ports/app-signer.ts';

/** Signs for the Apps that it knows: the App's id stands in place of a signature. */
export class MemoryAppSigner implements AppSigner {
  signatures = 0;

  constructor(private readonly appIds: readonly string[]) {}

  check({ id }: App): Promise<KeyCheck> {
    return Promise.resolve(
      this.appIds.includes(id) ? { kind: 'usable' } : { kind: 'unusable_key', problem: 'is not known' },
    );
  }

  sign({ id }: App): Promise<AppSignature> {
    if (!this.appIds.includes(id)) return Promise.resolve({ kind: 'unusable_key' });
    this.signatures += 1;
    return Promise.resolve({ kind: 'signed', signature: new TextEncoder().encode(id) });
  }
}
