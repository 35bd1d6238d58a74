import { injectable } from 'tsyringe';
import { clientNetwork } from '../../domain/client-network.ts';
import type { TrustLevel } from '../../domain/trust-level.ts';

/** Callers without an address share one bound. */
const NO_ADDRESS = '';

/** Who asks, and about which account. The caller wrote the owner; the platform wrote the address. */
export interface AskedFor {
  /** The account whose policies or installation the request is about. */
  readonly owner: string;
  readonly clientAddress?: string | undefined;
}

/** How far the caller of one request is trusted, and on whose account its costs are. */
@injectable()
export class RequestTrust {
  level: TrustLevel = 'unproven';
  /** In lower case. */
  owner = '';
  /** The client's network; empty where it has no known address. */
  client = NO_ADDRESS;

  comesFrom({ owner, clientAddress }: AskedFor): void {
    this.owner = owner.toLowerCase();
    this.client = clientAddress === undefined ? NO_ADDRESS : clientNetwork(clientAddress);
  }
}
