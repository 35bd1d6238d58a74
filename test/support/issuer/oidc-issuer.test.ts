import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import type { Algorithm } from '../signing-key.ts';
import { hostileTokens } from '../tokens.ts';
import { OidcIssuer } from './oidc-issuer.ts';

let issuer: OidcIssuer;

beforeEach(async () => {
  issuer = await OidcIssuer.start({ path: '/tenant/a' });
});

afterEach(async () => {
  await issuer.close();
});

async function fetchJson(url: string): Promise<Record<string, unknown>> {
  return (await fetch(url)).json<Record<string, unknown>>();
}

const discoveryUrl = (): string => `${issuer.issuer}/.well-known/openid-configuration`;

async function publishedKeys(): Promise<ReturnType<typeof createLocalJWKSet>> {
  const { jwks_uri: uri } = await fetchJson(discoveryUrl());
  return createLocalJWKSet((await fetchJson(String(uri))) as unknown as JSONWebKeySet);
}

describe('an issuer', () => {
  it.each<Algorithm>([
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
  ])('signs with %s what its published keys prove', async (alg) => {
    issuer.rotate({ alg });
    const token = issuer.sign({ sub: 'somebody', aud: 'sts.example.com' });
    const { payload } = await jwtVerify(token, await publishedKeys(), { issuer: issuer.issuer });
    expect(payload.sub).toBe('somebody');
    expect(issuer.hits).toEqual({ discovery: 1, jwks: 1 });
  });

  it('publishes its discovery below its path, and a slash at the end of the issuer stays', async () => {
    const slashed = await OidcIssuer.start({ path: '/' });
    expect(slashed.issuer).toMatch(/:\d+\/$/);
    expect((await fetchJson(`${slashed.origin}/.well-known/openid-configuration`)).issuer).toBe(slashed.issuer);
    await slashed.close();
  });

  it('rotates its keys, and signs with one that it withdrew', async () => {
    const old = issuer.currentKey;
    issuer.rotate();
    const token = issuer.sign({ sub: 'x' }, { key: old });
    await expect(jwtVerify(token, await publishedKeys())).rejects.toThrow('no applicable key');
  });

  it('can leave the key id out, publish weak keys and corrupt ones', async () => {
    issuer.rotate({ kid: null, modulusLength: 1024 });
    issuer.publishRaw({ kty: 'RSA', n: '!!', e: 'AQAB', kid: 'corrupt' });
    const { keys } = issuer.jwks();
    expect(keys[0]).toMatchObject({ kid: 'corrupt' });
    expect(keys[1]).not.toHaveProperty('kid');
    expect(issuer.sign({ sub: 'x' }).split('.')).toHaveLength(3);
  });

  it('fails as it is told, a document at a time', async () => {
    issuer.addFault({ kind: 'status', status: 503, document: 'discovery', times: 1 });
    expect((await fetch(discoveryUrl())).status).toBe(503);
    issuer.addFault({ kind: 'redirect', location: 'http://127.0.0.1:1/', times: 1 });
    expect((await fetch(discoveryUrl(), { redirect: 'manual' })).status).toBe(302);
    issuer.addFault({ kind: 'oversize', bytes: 110_000, times: 1 });
    expect((await (await fetch(discoveryUrl())).text()).length).toBeGreaterThan(110_000);
    issuer.addFault({ kind: 'not-json', times: 1 });
    await expect(fetchJson(discoveryUrl())).rejects.toThrow();
    for (const when of ['before-headers', 'mid-body'] as const) {
      issuer.addFault({ kind: 'reset', when, times: 1 });
      await expect(fetchJson(discoveryUrl())).rejects.toThrow();
    }
    issuer.addFault({ kind: 'hang', times: 1 });
    await expect(fetch(discoveryUrl(), { signal: AbortSignal.timeout(80) })).rejects.toThrow();
    issuer.overrideDiscovery({ issuer: 'https://else.example.com' });
    expect((await fetchJson(discoveryUrl())).issuer).toBe('https://else.example.com');
  });
});

describe('hostile tokens', () => {
  it('are none that the issuer would have signed', async () => {
    const now = issuer.clock.seconds();
    const sound = { key: issuer.currentKey, claims: issuer.claims({ sub: 'somebody', aud: 'sts.example.com' }) };
    const keys = await publishedKeys();
    const tokens = hostileTokens(sound, now);
    expect(new Set(tokens.map(({ title }) => title)).size).toBe(tokens.length);
    const forged = tokens.slice(0, 8);
    for (const { token } of forged) await expect(jwtVerify(token, keys)).rejects.toThrow();
  });
});
