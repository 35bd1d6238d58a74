import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../../support/issuer/oidc-issuer.ts';
import { STS_DOMAIN } from '../../support/local-stack.ts';
import type { Ask } from '../../support/local-stack.ts';
import { generateSigningKey, signToken } from '../../support/signing-key.ts';
import { Arena } from './arena.ts';
import { DENIED, INVALID_TOKEN, UNTRUSTED_ISSUER, UNVERIFIED } from './attack.ts';
import { sound, withClaims, withHeader } from './forge.ts';
import type { Forge } from './forge.ts';
import { ISSUER_URLS, UNKNOWN_ISSUERS } from './issuer-url.ts';
import { SERVICE_AUDIENCES, TOKEN_CLAIMS } from './token-claims.ts';
import { TOKEN_ENCODING } from './token-encoding.ts';
import { TOKEN_HEADER } from './token-header.ts';

const FREE = { github: 0, issuers: 0 };

let arena: Arena;
/** Whoever forges would be glad of a request to this one. */
let lair: OidcIssuer;
const forgersKey = generateSigningKey();

beforeAll(async () => {
  lair = await OidcIssuer.start();
  // GitHub's Actions and Google are left out: nothing beyond loopback may be contacted.
  arena = await Arena.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
  await arena.grants(ask(sound(forge())));
});

afterAll(async () => {
  const { hits } = lair;
  await lair.close();
  await arena.close();
  expect(hits).toEqual({ discovery: 0, jwks: 0 });
});

/** As strong as an attacker can be: the issuer's own key, for a policy that grants. */
function forge(): Forge {
  const { issuer } = arena.stack;
  const claims = issuer.claims({ sub: 'build-farm', aud: 'acme-builds' });
  return { key: issuer.currentKey, claims, issuer: issuer.issuer, now: issuer.clock.seconds(), lair: lair.origin };
}

function ask(token: string): Ask {
  return { path: '/sts/exchange', query: { scope: 'acme/app', identity: 'build-farm' }, token };
}

describe.each([
  ['how a token is encoded', TOKEN_ENCODING],
  ['the header of a token', TOKEN_HEADER],
])('%s', (_, attacks) => {
  it('is no obstacle to a sound token', async () => {
    await arena.grants(ask(sound(forge())));
    await arena.grants(ask(withHeader(forge(), { typ: undefined })));
    await arena.grants(ask(withHeader(forge(), { typ: 'jwt', 'x-unknown': 1 })));
    await arena.grants(ask(withClaims(forge(), { padding: 'x'.repeat(8000) })));
  });

  it.each(attacks)('refuses $title ($source)', async ({ token, expected }) => {
    // A key id that is not known may have the known issuer's own keys fetched again, once a minute.
    await arena.refuses(ask(token(forge())), expected, { github: 0, issuers: 2 });
  });
});

describe('the claims of a token', () => {
  it('may be as an issuer has them', async () => {
    await arena.grants(ask(withClaims(forge(), { aud: ['other', 'acme-builds'] })));
    await arena.grants(ask(withClaims(forge(), { nbf: forge().now + 20, iat: forge().now + 20 })));
    await arena.grants(ask(withClaims(forge(), { iat: undefined, exp: forge().now - 20 })));
  });

  it.each(TOKEN_CLAIMS)('refuses $title ($source)', async ({ token, expected }) => {
    await arena.refuses(ask(token(forge())), expected, FREE);
  });

  it.each(SERVICE_AUDIENCES)(
    'refuses a token for the audience %s where the policy names none (RFC 8725 §3.9)',
    async (audience) => {
      const token = arena.stack.actionsToken({ audience });
      await arena.refuses({ path: '/sts/exchange', query: { scope: 'acme/app', identity: 'deploy' }, token }, DENIED);
    },
  );

  it.each([STS_DOMAIN, `https://${STS_DOMAIN}`])('takes a token for the audience %s', async (audience) => {
    const token = arena.stack.actionsToken({ audience });
    await arena.grants({ path: '/sts/exchange', query: { scope: 'acme/app', identity: 'deploy' }, token });
  });
});

describe.each(ISSUER_URLS)('an issuer (%s) that is %s', (_, __, issuers) => {
  it.each(issuers)('is refused unread, and nobody is contacted: %j', async (iss) => {
    await arena.refuses(ask(signToken(forgersKey, { ...forge().claims, iss })), INVALID_TOKEN, FREE);
  });
});

describe('an issuer that nobody knows and the policy does not name (CVE-2025-52477)', () => {
  it.each(UNKNOWN_ISSUERS)('is refused, and not contacted: %s', async (iss) => {
    await arena.refuses(ask(signToken(forgersKey, { ...forge().claims, iss })), UNTRUSTED_ISSUER, FREE);
  });

  it('is not contacted where it listens', async () => {
    await arena.refuses(ask(lair.sign({ sub: 'build-farm', aud: 'acme-builds' })), UNTRUSTED_ISSUER, FREE);
    expect(lair.hits.discovery).toBe(0);
  });

  it.each(['/', '/a/b', '/-x', '/_x', '/a.b', '/a~', '/%61'])(
    'is not taken for an enterprise of GitHub’s Actions: …%s',
    async (path) => {
      const iss = `${arena.stack.emulator.actionsIssuer.issuer}${path}`;
      const expected = path === '/%61' ? INVALID_TOKEN : UNTRUSTED_ISSUER;
      await arena.refuses(ask(signToken(forgersKey, { ...forge().claims, iss })), expected, FREE);
    },
  );

  it('writes nothing to KV', async () => {
    await arena.leavesKvAlone(async () => {
      for (const iss of UNKNOWN_ISSUERS.slice(0, 5)) {
        await arena.refuses(ask(signToken(forgersKey, { ...forge().claims, iss })), UNTRUSTED_ISSUER, FREE);
      }
      await arena.refuses(ask(signToken(forgersKey, forge().claims)), UNVERIFIED, { github: 0 });
    });
  });
});
