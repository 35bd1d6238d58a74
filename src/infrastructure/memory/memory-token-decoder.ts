import { issuerUrlFault } from '../../domain/issuer-url.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { DecodedToken, TokenDecoder } from '../../application/ports/token-decoder.ts';
import type { MemoryTokens } from './memory-tokens.ts';

const CLOCK_TOLERANCE_SECONDS = 30;

export class MemoryTokenDecoder implements TokenDecoder {
  constructor(
    private readonly tokens: MemoryTokens,
    private readonly clock: Clock,
  ) {}

  decode(compact: string): DecodedToken {
    const claims = this.tokens.read(compact)?.claims;
    if (claims === undefined) return { kind: 'malformed', reason: 'it is not a signed JWT' };
    const { iss, exp } = claims;
    if (typeof iss !== 'string' || issuerUrlFault(iss, { allowLoopbackHttp: true }) !== undefined) {
      return { kind: 'malformed', reason: 'its issuer is not an acceptable URL' };
    }
    if (typeof exp !== 'number') return { kind: 'expired', reason: 'exp is missing' };
    if (exp <= this.clock.now() / 1000 - CLOCK_TOLERANCE_SECONDS) return { kind: 'expired', reason: 'expired' };
    return { kind: 'decoded', token: { compact, issuer: iss } };
  }
}
