import { describe } from '@jest/globals';
import { TOKEN_DECODER } from '../../src/application/ports/token-decoder.ts';
import { TOKEN_VERIFIER } from '../../src/application/ports/token-verifier.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryTokenDecoder } from '../../src/infrastructure/memory/memory-token-decoder.ts';
import { MemoryTokenVerifier } from '../../src/infrastructure/memory/memory-token-verifier.ts';
import { MemoryTokens } from '../../src/infrastructure/memory/memory-tokens.ts';
import type { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { OidcIssuer as Issuer } from '../support/issuer/oidc-issuer.ts';
import { generateSigningKey, publicJwk } from '../support/signing-key.ts';
import type { Claims, SigningKey } from '../support/signing-key.ts';
import { START, Wired } from './wired.ts';
import { runTests, type Harness } from './tokens.contract.ts';

async function inMemory(): Promise<Harness> {
  const clock = new MemoryClock(START.getTime());
  const tokens = new MemoryTokens();
  const verifier = new MemoryTokenVerifier(tokens, clock);
  const down = 'https://down.example.com';
  verifier.down.set(down, { kind: 'unavailable', cause: 'down', detail: 'test' });
  return {
    decoder: new MemoryTokenDecoder(tokens, clock),
    verifier,
    issuer: 'https://issuer.example.com',
    unasked: 'https://unasked.example.com',
    down,
    sign: (claims, by) => tokens.make(claims, by),
    policyKeys: [{ kty: 'RSA', kid: 'policy' }],
    contacts: (issuer) => verifier.contacted.filter((one) => one === issuer).length,
    close: async () => undefined,
  };
}

async function withJose(): Promise<Harness> {
  const wired = await Wired.start();
  const unasked = await Issuer.start({ clock: wired.clock });
  const down = await Issuer.start({ clock: wired.clock });
  down.addFault({ kind: 'status', status: 503 });
  const issuers: readonly OidcIssuer[] = [wired.issuer, unasked, down];
  const policyKey = generateSigningKey({ kid: 'policy' });
  const stranger = generateSigningKey({ kid: wired.issuer.currentKey.kid ?? null });
  const keyOf = (issuer: OidcIssuer, by: 'stranger' | 'policy' | undefined): SigningKey =>
    by === undefined ? issuer.currentKey : by === 'policy' ? policyKey : stranger;
  return {
    decoder: wired.request.resolve(TOKEN_DECODER),
    verifier: wired.request.resolve(TOKEN_VERIFIER),
    issuer: wired.issuer.issuer,
    unasked: unasked.issuer,
    down: down.issuer,
    sign: (claims, by) => {
      const issuer = issuers.find((one) => one.issuer === claims.iss) ?? wired.issuer;
      return issuer.sign({ iat: undefined, exp: undefined, ...(claims as Claims) }, { key: keyOf(issuer, by) });
    },
    policyKeys: [publicJwk(policyKey)],
    contacts: (issuer) => issuers.find((one) => one.issuer === issuer)?.hits.discovery ?? 0,
    close: async () => {
      await wired.close();
      await unasked.close();
      await down.close();
    },
  };
}

describe('tokens, in memory', () => runTests(inMemory));
describe('tokens, with jose', () => runTests(withJose));
