import type { App } from '../../domain/apps.ts';
import type { AppSigner, SignedAppToken } from '../../application/ports/app-signer.ts';
import type { Clock } from '../../application/ports/clock.ts';

const REUSED_MS = 8 * 60_000;

/** Signs for the Apps that it knows, with their id and the time in place of a signature. */
export class MemoryAppSigner implements AppSigner {
  private readonly signedAt = new Map<string, number>();

  constructor(
    private readonly appIds: readonly string[],
    private readonly clock: Clock,
  ) {}

  sign({ id }: App): Promise<SignedAppToken> {
    if (!this.appIds.includes(id)) return Promise.resolve({ kind: 'unusable_key' });
    const now = this.clock.now();
    const last = this.signedAt.get(id);
    const at = last !== undefined && now - last < REUSED_MS ? last : now;
    this.signedAt.set(id, at);
    return Promise.resolve({ kind: 'signed', jwt: `${id}.${at}` });
  }
}
