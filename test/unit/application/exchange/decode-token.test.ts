import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RawClaims } from '../../../../src/domain/claims.ts';
import { DecodeToken, verificationFailed } from '../../../../src/application/exchange/decode-token.ts';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import type { DecodedToken } from '../../../../src/application/ports/token-decoder.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryTokenDecoder } from '../../../../src/infrastructure/memory/memory-token-decoder.ts';
import { MemoryTokens } from '../../../../src/infrastructure/memory/memory-tokens.ts';
import { ACTIONS, NOW } from '../policies/policy-world.ts';
import { asked, refusalOf, RULES } from './stages.ts';

let tokens: MemoryTokens;

beforeEach(() => {
  tokens = new MemoryTokens();
});

function decoder(rules: Partial<ExchangeRules> = {}): DecodeToken {
  return new DecodeToken({ ...RULES, ...rules }, new MemoryTokenDecoder(tokens, new MemoryClock(NOW)));
}

function token(claims: RawClaims = {}): string {
  return tokens.make({ iss: ACTIONS, exp: NOW / 1000 + 300, ...claims });
}

describe('decoding a token', () => {
  it('believes nothing of it: the caller is unproven', () => {
    const request = asked({ token: token() });
    expect(decoder().read(request)).toEqual({
      stage: 'decoded',
      request: request.request,
      token: { compact: request.request.token, issuer: ACTIONS },
      caller: undefined,
    });
  });

  it.each<[what: string, bearer: () => string, kind: string]>([
    ['no token', () => 'nonsense', 'invalid_token'],
    ['an issuer that is no acceptable URL', () => token({ iss: 'https://127.1/x' }), 'invalid_token'],
    ['no end', () => token({ exp: 'tomorrow' }), 'token_verification_failed'],
    ['an end that is past', () => token({ exp: NOW / 1000 - 31 }), 'token_verification_failed'],
  ])('refuses one with %s', async (_what, bearer, kind) => {
    expect((await refusalOf(() => decoder().read(asked({ token: bearer() })))).kind).toBe(kind);
  });

  it('says what is wrong with the form of one', async () => {
    const { message } = await refusalOf(() => decoder().read(asked({ token: token({ iss: 'https://127.1/x' }) })));
    expect(message).toMatch(/^The bearer token can't be used: .*issuer.*\.$/);
  });

  it('refuses one that is well formed and yet unfit, with the reason for the log alone', async () => {
    const unfit: DecodedToken = { kind: 'unfit', reason: 'typ says logout+jwt' };
    const decode = new DecodeToken(RULES, { decode: () => unfit });
    const { kind, message, details } = await refusalOf(() => decode.read(asked()));
    expect([kind, details.detail]).toEqual(['token_verification_failed', 'typ says logout+jwt']);
    expect(message).not.toContain('logout');
  });
});

describe('the operator’s list of issuers', () => {
  it('refuses every other one, whatever a policy would say', async () => {
    const rules = { allowedIssuers: new Set(['https://other.example.com']) };
    const { kind, message } = await refusalOf(() => decoder(rules).read(asked({ token: token() })));
    expect([kind, message]).toEqual(['issuer_not_allowed', expect.stringContaining('this service accepts')]);
  });

  it('lets those pass that it names, byte for byte', async () => {
    const rules = { allowedIssuers: new Set([ACTIONS]) };
    expect(decoder(rules).read(asked({ token: token() })).stage).toBe('decoded');
    const refusal = await refusalOf(() => decoder(rules).read(asked({ token: token({ iss: `${ACTIONS}/` }) })));
    expect(refusal.kind).toBe('issuer_not_allowed');
  });

  it('that is empty lets nobody pass', async () => {
    const refusal = await refusalOf(() => decoder({ allowedIssuers: new Set() }).read(asked({ token: token() })));
    expect(refusal.kind).toBe('issuer_not_allowed');
  });
});

describe('a failed verification', () => {
  it('says the same to everybody, and why to the log', () => {
    const plain = verificationFailed('no key fits');
    const forged = verificationFailed('no key fits', { kind: 'bad_signature' });
    expect(plain.message).toBe("The token's signature, times, issuer or keys could not be verified.");
    expect([plain.kind, plain.message]).toEqual([forged.kind, forged.message]);
    expect([plain.details, forged.details]).toEqual([
      { detail: 'no key fits' },
      { detail: 'no key fits', evidence: { kind: 'bad_signature' } },
    ]);
  });
});
