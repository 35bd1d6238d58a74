import { inject, injectable } from 'tsyringe';
import type { IssuerInspector, KeyFetch } from '../../application/ports/issuer-inspector.ts';
import { KeyDirectory } from './key-directory.ts';

/** Through the same cache as exchanges, so that what is fetched here is not fetched there. */
@injectable()
export class KeyInspector implements IssuerInspector {
  constructor(@inject(KeyDirectory) private readonly keys: KeyDirectory) {}

  async atHand(issuer: string): Promise<'fresh' | 'old' | 'none'> {
    if ((await this.keys.freshlyCached(issuer)) !== undefined) return 'fresh';
    return (await this.keys.cached(issuer)) === undefined ? 'none' : 'old';
  }

  async fetch(issuer: string): Promise<KeyFetch> {
    const answer = await this.keys.fetch(issuer, 'shared');
    switch (answer.kind) {
      case 'keys':
        return { kind: 'fetched' };
      case 'rejected':
        return { kind: 'failed', detail: answer.reason };
      case 'unavailable':
        return { kind: 'failed', detail: answer.detail };
    }
  }
}
