import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TokenVerifier, Verification } from '../../../../src/application/ports/token-verifier.ts';
import { TOKEN_DECODER, type TokenDecoder } from '../../../../src/application/ports/token-decoder.ts';
import { TOKEN_VERIFIER } from '../../../../src/application/ports/token-verifier.ts';
import type { Unavailable } from '../../../../src/application/ports/unavailable.ts';
import { OidcIssuer } from '../../../support/issuer/oidc-issuer.ts';
import type { IssuerFault } from '../../../support/issuer/oidc-issuer.ts';
import { generateSigningKey, publicJwk, signToken } from '../../../support/signing-key.ts';
import type { Algorithm, Claims } from '../../../support/signing-key.ts';
import { hostileTokens, huge, withKeyUrl, withUnknownKid } from '../../../support/tokens.ts';
import { Wired } from '../../../contract/wired.ts';

const MINUTE = 60_000;
const FAST = { alg: 'ES256' } as const;

let wired: Wired;
let issuer: OidcIssuer;
let verifier: TokenVerifier;
let decoder: TokenDecoder;

beforeAll(async () => {
  wired = await Wired.start();
  verifier = wired.request.resolve(TOKEN_VERIFIER);
  decoder = wired.request.resolve(TOKEN_DECODER);
});

afterAll(async () => {
  await wired.close();
});

beforeEach(async () => {
  // Elliptic curves, for RSA keys take long to be made.
  issuer = await OidcIssuer.start({ clock: wired.clock, key: FAST });
});

afterEach(async () => {
  await issuer.close();
});

function token(claims: Claims = {}): string {
  return issuer.sign({ sub: 'x', aud: 'y', ...claims });
}

function verify(compact: string, iss = issuer.issuer): Promise<Verification | Unavailable> {
  return verifier.verify({ compact, issuer: iss });
}

async function kindOf(compact: string): Promise<string> {
  return (await verify(compact)).kind;
}

describe('a token', () => {
  const ALGORITHMS: readonly Algorithm[] = [
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
  ];
  it.each(ALGORITHMS)('may be signed with %s, whatever discovery advertises', async (alg) => {
    issuer.overrideDiscovery({ id_token_signing_alg_values_supported: ['none'] });
    issuer.rotate({ alg });
    expect(decoder.decode(token()).kind).toBe('decoded');
    expect(await kindOf(token())).toBe('verified');
  });

  it('is refused in every forged, untimely or oddly typed form', async () => {
    const sound = { key: issuer.currentKey, claims: issuer.claims({ sub: 'x', aud: 'y' }) };
    expect(await kindOf(token())).toBe('verified');
    const accepted: string[] = [];
    for (const { title, token: hostile } of hostileTokens(sound, wired.clock.seconds())) {
      const passes = decoder.decode(hostile).kind === 'decoded' && (await kindOf(hostile)) === 'verified';
      if (passes) accepted.push(title);
    }
    // It verifies; what no policy can match is refused there.
    expect(accepted).toEqual(['whose subject is empty']);
  });

  it('does not lead to keys of its own, by an address in its header', async () => {
    const lure = await OidcIssuer.start({ clock: wired.clock, key: FAST });
    const sound = { key: issuer.currentKey, claims: issuer.claims({ sub: 'x', aud: 'y' }) };
    expect(await kindOf(withKeyUrl(sound, `${lure.origin}/jwks`))).toBe('rejected');
    expect(lure.hits).toEqual({ discovery: 0, jwks: 0 });
    await lure.close();
  });

  it('that names a key which nobody published is refused, though another key would fit', async () => {
    const sound = { key: issuer.currentKey, claims: issuer.claims({ sub: 'x', aud: 'y' }) };
    expect(await kindOf(withUnknownKid(sound))).toBe('rejected');
  });

  it('may be 16 KiB long, and not longer', () => {
    const sound = { key: issuer.currentKey, claims: issuer.claims({ sub: 'x', aud: 'y' }) };
    expect(decoder.decode(huge(sound, 11_000)).kind).toBe('decoded');
    expect(decoder.decode(huge(sound, 13_000))).toMatchObject({ kind: 'malformed' });
  });

  it.each(['__proto__', 'constructor', 'toString'])('finds no key by the name %s', async (kid) => {
    const compact = signToken(generateSigningKey({ ...FAST, kid }), issuer.claims({ sub: 'x', aud: 'y' }));
    expect(await kindOf(compact)).toBe('rejected');
  });

  it('without a key id is tried with every key that fits', async () => {
    issuer.rotate({ kid: null });
    const first = issuer.currentKey;
    issuer.addKey({ kid: null });
    issuer.addKey({ kid: null, alg: 'ES256' });
    for (const key of [first, issuer.currentKey]) {
      expect((await verify(issuer.sign({ sub: 'x', aud: 'y' }, { key }))).kind).toBe('verified');
    }
  });

  it('without a key id is tried with 16 keys and no more', async () => {
    const keys = Array.from({ length: 17 }, () => generateSigningKey({ ...FAST, kid: null }));
    const jwks = keys.map((key) => ({ ...publicJwk(key) }));
    for (const [index, kind] of [
      [15, 'verified'],
      [16, 'rejected'],
    ] as const) {
      const compact = signToken(keys[index]!, issuer.claims({ sub: 'x', aud: 'y' }));
      expect((await verifier.verifyWithInlineKeys({ compact, issuer: issuer.issuer }, jwks)).kind).toBe(kind);
    }
  });

  it('is verified beside keys that are corrupt, weak, symmetric or of no known kind', async () => {
    issuer.rotate({ kid: null });
    issuer.publishRaw(
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
      { kty: 'oct', k: 'c2VjcmV0' },
      { kty: 'unknown' },
      publicJwk(generateSigningKey({ modulusLength: 1024, kid: null })),
    );
    expect(await kindOf(issuer.sign({ sub: 'x', aud: 'y' }))).toBe('verified');
  });

  it('of a key that is too short or corrupt is refused, not thrown at anyone', async () => {
    issuer.rotate({ modulusLength: 1024 });
    expect(await verify(token())).toMatchObject({ kind: 'rejected' });
    const key = issuer.rotate(FAST);
    issuer.withdraw(key);
    issuer.addKey();
    issuer.publishRaw({ kty: 'RSA', kid: key.kid!, alg: 'RS256', n: '!', e: 'AQAB' });
    wired.clock.advance(2 * MINUTE);
    expect(await verify(issuer.sign({ sub: 'x', aud: 'y' }, { key }))).toMatchObject({ kind: 'rejected' });
  });
});

describe('an issuer’s configuration', () => {
  it('is asked for once and its keys once, then neither for an hour', async () => {
    for (let count = 0; count < 5; count++) expect(await kindOf(token())).toBe('verified');
    wired.clock.advance(59 * MINUTE);
    await verify(token());
    expect(issuer.hits).toEqual({ discovery: 1, jwks: 1 });
    wired.clock.advance(2 * MINUTE);
    expect(await kindOf(token())).toBe('verified');
    expect(issuer.hits).toEqual({ discovery: 2, jwks: 2 });
  });

  it.each([
    ['/tenant', '/tenant/.well-known/openid-configuration'],
    ['/tenant/', '/tenant/.well-known/openid-configuration'],
    ['/', '/.well-known/openid-configuration'],
  ])('of an issuer with the path %s is below it, one slash taken off', async (path) => {
    const other = await OidcIssuer.start({ path, clock: wired.clock, key: FAST });
    const verification = await verify(other.sign({ sub: 'x', aud: 'y' }), other.issuer);
    await other.close();
    expect(verification.kind).toBe('verified');
  });

  it('may put a query into the address of the keys', async () => {
    issuer.overrideDiscovery({ jwks_uri: `${issuer.origin}/jwks?p=a_b&v=1.0` });
    expect(await kindOf(token())).toBe('verified');
  });

  it.each([
    ['another issuer', { issuer: 'https://issuer.example.com' }],
    ['no issuer', { issuer: undefined }],
    ['an issuer that is a list', { issuer: ['x'] }],
    ['no address of keys', { jwks_uri: undefined }],
    ['an address of keys that is no text', { jwks_uri: 7 }],
    ['keys at an IP address', { jwks_uri: 'https://10.0.0.1/jwks' }],
    ['keys at a short IP address', { jwks_uri: 'https://127.1/jwks' }],
    ['keys behind user info', { jwks_uri: 'https://user@keys.example.com/jwks' }],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['keys behind a fragment', { jwks_uri: 'https://keys.example.com/jwks?a#b' }],
    ['keys behind a very long address', { jwks_uri: `https://keys.example.com/?${'x'.repeat(2048)}` }],
  ] as [string, Claims][])('is refused where it names %s', async (_, override) => {
    issuer.overrideDiscovery(override);
    expect(await verify(token())).toMatchObject({ kind: 'rejected' });
    expect(issuer.hits.jwks).toBe(0);
  });

  it.each([
    [{ kind: 'status', status: 404 }, 'rejected'],
    [{ kind: 'status', status: 204 }, 'rejected'],
    [{ kind: 'redirect', location: 'https://example.com' }, 'rejected'],
    [{ kind: 'oversize', bytes: 110_000 }, 'rejected'],
    [{ kind: 'not-json' }, 'rejected'],
    [{ kind: 'not-json', body: '[]' }, 'rejected'],
    [{ kind: 'not-json', body: '{"keys":{}}' }, 'rejected'],
    [{ kind: 'not-json', body: '{"keys":[null]}' }, 'rejected'],
    [{ kind: 'status', status: 500 }, 'unavailable'],
    [{ kind: 'status', status: 503 }, 'unavailable'],
    [{ kind: 'reset' }, 'unavailable'],
    [{ kind: 'reset', when: 'mid-body' }, 'unavailable'],
  ] as [IssuerFault, string][])('answered with %j is %s, in either document', async (fault, kind) => {
    for (const document of ['discovery', 'jwks'] as const) {
      issuer.clearFaults();
      issuer.addFault({ ...fault, document });
      expect([document, await kindOf(token())]).toEqual([document, kind]);
    }
  });
});

describe('a set of keys', () => {
  it.each([
    ['50 keys', 49, 10, 'verified'],
    ['51 keys', 50, 10, 'rejected'],
    ['more than 64 KiB', 10, 7000, 'rejected'],
  ])('of %s: %s more of %s characters are %s', async (_, count, length, kind) => {
    issuer.publishRaw(
      ...Array.from({ length: count }, (__, n) => ({ kty: 'oct', kid: `k${n}`, k: 'A'.repeat(length) })),
    );
    expect(await kindOf(token())).toBe(kind);
  });
});

describe('keys that change', () => {
  it('are fetched again at once for a key that is not among them, then once a minute', async () => {
    await verify(token());
    issuer.rotate(FAST);
    expect(await kindOf(token())).toBe('verified');
    expect(issuer.hits).toEqual({ discovery: 2, jwks: 2 });
    const stranger = signToken(generateSigningKey(FAST), issuer.claims({ sub: 'x', aud: 'y' }));
    for (let count = 0; count < 10; count++) expect(await kindOf(stranger)).toBe('rejected');
    expect(issuer.hits.jwks).toBe(2);
    wired.clock.advance(MINUTE);
    for (let count = 0; count < 10; count++) expect(await kindOf(stranger)).toBe('rejected');
    expect(issuer.hits.jwks).toBe(3);
  });

  it('serve all who come at once with the new key, by one fetch', async () => {
    await verify(token());
    issuer.rotate(FAST);
    issuer.addFault({ kind: 'delay', ms: 40 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => kindOf(token())));
    expect(answers).toEqual(Array(8).fill('verified'));
    expect(issuer.hits.jwks).toBe(2);
  });

  it('are fetched once for a crowd that names keys which nobody published, also from a slow issuer', async () => {
    await verify(token());
    issuer.addFault({ kind: 'delay', ms: 1800 });
    const stranger = signToken(generateSigningKey(FAST), issuer.claims({ sub: 'x', aud: 'y' }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => kindOf(stranger)));
    expect(answers).toEqual(Array(20).fill('rejected'));
    expect(await kindOf(stranger)).toBe('rejected');
    expect(issuer.hits.jwks).toBe(2);
  });

  it('are not fetched again for a bad signature under a key that is known by its id', async () => {
    await verify(token());
    const forged = signToken(
      generateSigningKey({ ...FAST, kid: issuer.currentKey.kid! }),
      issuer.claims({ sub: 'x', aud: 'y' }),
    );
    for (let count = 0; count < 5; count++) expect(await kindOf(forged)).toBe('rejected');
    expect(issuer.hits.jwks).toBe(1);
  });

  it('serve no longer once they were withdrawn, and the others fetched', async () => {
    const gone = token({ exp: wired.clock.seconds() + 7200 });
    expect(await kindOf(gone)).toBe('verified');
    issuer.rotate(FAST);
    wired.clock.advance(61 * MINUTE);
    expect(await kindOf(token())).toBe('verified');
    expect(await kindOf(gone)).toBe('rejected');
  });
});

describe('an issuer that is down', () => {
  it('is stood in for by its cached keys, for a day', async () => {
    await verify(token());
    issuer.addFault({ kind: 'status', status: 500 });
    wired.clock.advance(23 * 60 * MINUTE);
    expect(await kindOf(token())).toBe('verified');
    wired.clock.advance(2 * 60 * MINUTE);
    expect(await verify(token())).toMatchObject({ kind: 'unavailable', cause: 'down' });
  });

  it('rejects, and does not excuse, a token whose key is not among the cached ones', async () => {
    await verify(token());
    issuer.addFault({ kind: 'status', status: 500 });
    expect(await kindOf(signToken(generateSigningKey(FAST), issuer.claims({ sub: 'x', aud: 'y' })))).toBe('rejected');
  });
});
