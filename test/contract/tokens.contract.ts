import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RawClaims } from '../../src/domain/claims.ts';
import type { PublicJwk } from '../../src/domain/inline-keys.ts';
import { type TokenDecoder, type UnverifiedToken } from '../../src/application/ports/token-decoder.ts';
import { type TokenVerifier } from '../../src/application/ports/token-verifier.ts';
import { START } from './wired.ts';

export interface Harness {
  readonly decoder: TokenDecoder;
  readonly verifier: TokenVerifier;
  /** Issuers, each of its own. */
  readonly issuer: string;
  readonly unasked: string;
  readonly down: string;
  /** @param by whose key signs; the issuer's own unless given */
  sign(claims: RawClaims, by?: 'stranger' | 'policy'): string;
  readonly policyKeys: readonly PublicJwk[];
  /** How often an issuer was asked for its keys. */
  contacts(issuer: string): number;
  close(): Promise<void>;
}

const NOW = Math.floor(START.getTime() / 1000);

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(async () => {
    await harness.close();
  });

  function claims(changes: RawClaims = {}): RawClaims {
    return { iss: harness.issuer, sub: 'a workload', aud: 'sts.example.com', exp: NOW + 300, ...changes };
  }

  function token(changes: RawClaims = {}, by?: 'stranger' | 'policy'): UnverifiedToken {
    return {
      compact: harness.sign(claims(changes), by),
      issuer: (changes.iss as string | undefined) ?? harness.issuer,
    };
  }

  describe('a decoder', () => {
    it('tells the issuer of a token, whoever signed it', () => {
      const compact = harness.sign(claims(), 'stranger');
      expect(harness.decoder.decode(compact)).toEqual({ kind: 'decoded', token: { compact, issuer: harness.issuer } });
    });

    it.each(['', 'nonsense', 'a.b.c', 'ghs_0123'])('knows %j for no token', (compact) => {
      expect(harness.decoder.decode(compact)).toEqual({ kind: 'malformed', reason: expect.any(String) });
    });

    it.each(['ftp://issuer.example.com', 'https://10.0.0.1', 'issuer', ''])('refuses %j as an issuer', (iss) => {
      expect(harness.decoder.decode(harness.sign(claims({ iss }))).kind).toBe('malformed');
    });

    it('knows a token that is plainly past', () => {
      expect(harness.decoder.decode(harness.sign(claims({ exp: NOW - 31 }))).kind).toBe('expired');
      expect(harness.decoder.decode(harness.sign(claims({ exp: NOW - 29 }))).kind).toBe('decoded');
    });

    it('contacts nobody', () => {
      harness.decoder.decode(harness.sign(claims({ iss: harness.unasked })));
      expect(harness.contacts(harness.unasked)).toBe(0);
    });
  });

  describe('a verifier', () => {
    it('contacts nobody where it is told to use the keys at hand, and has none', async () => {
      expect(await harness.verifier.verifyWithCachedKeys(token({ iss: harness.unasked }))).toEqual({ kind: 'no_keys' });
      expect(await harness.verifier.verifiesWithOldKeys(token({ iss: harness.unasked }))).toBe(false);
      expect(harness.contacts(harness.unasked)).toBe(0);
    });

    it('proves a token by the issuer’s keys, and gives its claims', async () => {
      const verification = await harness.verifier.verify(token({ ref: 'refs/heads/main' }));
      expect(verification.kind).toBe('verified');
      expect(verification.kind === 'verified' && verification.claims.text('ref')).toBe('refs/heads/main');
      expect(verification.kind === 'verified' && verification.claims.issuer).toBe(harness.issuer);
    });

    it('keeps the keys: the next token asks nobody', async () => {
      await harness.verifier.verify(token());
      const before = harness.contacts(harness.issuer);
      expect((await harness.verifier.verify(token())).kind).toBe('verified');
      expect((await harness.verifier.verifyWithCachedKeys(token())).kind).toBe('verified');
      expect(harness.contacts(harness.issuer)).toBe(before);
    });

    it('rejects a stranger’s signature', async () => {
      expect((await harness.verifier.verify(token({}, 'stranger'))).kind).toBe('rejected');
      expect((await harness.verifier.verifyWithCachedKeys(token({}, 'stranger'))).kind).toBe('rejected');
      expect(await harness.verifier.verifiesWithOldKeys(token({}, 'stranger'))).toBe(false);
      expect(await harness.verifier.verifiesWithOldKeys(token())).toBe(true);
    });

    it.each([
      ['has expired', { exp: NOW - 31 }],
      ['is not valid yet', { nbf: NOW + 31 }],
      ['was issued in the future', { iat: NOW + 31 }],
      ['has a subject that is no text', { sub: 42 }],
      ['has no expiry', { exp: 'soon' }],
    ] as [string, RawClaims][])('rejects a token that %s', async (_why, changes) => {
      expect((await harness.verifier.verify(token(changes))).kind).toBe('rejected');
    });

    it('tolerates half a minute', async () => {
      for (const changes of [{ exp: NOW - 29 }, { nbf: NOW + 29 }, { iat: NOW + 29 }]) {
        expect((await harness.verifier.verify(token(changes))).kind).toBe('verified');
      }
    });

    it('tells an issuer that is down apart from a token that fails', async () => {
      expect(await harness.verifier.verify(token({ iss: harness.down }))).toMatchObject({
        kind: 'unavailable',
        cause: 'down',
      });
    });

    it('proves a token by a policy’s keys alone, without the issuer’s', async () => {
      const { verifier, policyKeys, down } = harness;
      const before = harness.contacts(down);
      expect((await verifier.verifyWithInlineKeys(token({ iss: down }, 'policy'), policyKeys)).kind).toBe('verified');
      expect((await verifier.verifyWithInlineKeys(token({ iss: down }), policyKeys)).kind).toBe('rejected');
      expect((await verifier.verifyWithInlineKeys(token(), policyKeys)).kind).toBe('rejected');
      expect(harness.contacts(down)).toBe(before);
    });

    it('never takes a policy’s keys for the issuer’s', async () => {
      const { verifier, policyKeys } = harness;
      await verifier.verifyWithInlineKeys(token({ iss: harness.unasked }, 'policy'), policyKeys);
      expect(await verifier.verifyWithCachedKeys(token({ iss: harness.unasked }, 'policy'))).toEqual({
        kind: 'no_keys',
      });
    });
  });
}
