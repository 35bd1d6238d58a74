import { createPublicKey, verify } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { base64url, decodeJwt, decodeProtectedHeader } from 'jose';
import type { App } from '../../../../src/domain/apps.ts';
import type { AppSigner } from '../../../../src/application/ports/app-signer.ts';
import { AppJwts } from '../../../../src/infrastructure/github/app-jwts.ts';
import { MemoryAppSigner } from '../../../../src/infrastructure/memory/memory-app-signer.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { WebCryptoAppSigner } from '../../../../src/infrastructure/web-crypto/web-crypto-app-signer.ts';
import { generateAppKeys } from '../../../support/github/app-keys.ts';

const APP: App = { name: 'default', id: '7' };
const OTHER: App = { name: 'other', id: '8' };
const MINUTE = 60_000;

let clock: MemoryClock;
let signer: MemoryAppSigner;

beforeEach(() => {
  clock = new MemoryClock(Date.parse('2026-11-02T08:00:00.900Z'));
  signer = new MemoryAppSigner([APP.id, OTHER.id]);
});

async function jwtOf(jwts: AppJwts, app = APP): Promise<string> {
  const answer = await jwts.of(app);
  if (answer.kind !== 'signed') throw new Error(answer.kind);
  return answer.jwt;
}

describe('an App’s own token', () => {
  it('is what GitHub asks for: RS256, backdated by a minute, and never ten minutes ahead', async () => {
    const jwt = await jwtOf(new AppJwts(signer, clock));
    const now = Math.floor(clock.now() / 1000);
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'RS256', typ: 'JWT' });
    expect(decodeJwt(jwt)).toEqual({ iss: '7', iat: now - 60, exp: now + 540 });
  });

  it('is signed by the App’s key, over the header and the claims', async () => {
    const { pkcs1Pem } = generateAppKeys();
    const jwts = new AppJwts(new WebCryptoAppSigner(new Map([[APP.id, { kind: 'pem', pem: pkcs1Pem }]])), clock);
    const [header = '', payload = '', signature = ''] = (await jwtOf(jwts)).split('.');
    const signed = new TextEncoder().encode(`${header}.${payload}`);
    expect(verify('sha256', signed, createPublicKey(pkcs1Pem), base64url.decode(signature))).toBe(true);
  });

  it('is used again for eight minutes, and then signed anew', async () => {
    const jwts = new AppJwts(signer, clock);
    const first = await jwtOf(jwts);
    clock.advance(8 * MINUTE - 1);
    expect(await jwtOf(jwts)).toBe(first);
    clock.advance(1);
    expect(await jwtOf(jwts)).not.toBe(first);
    expect(signer.signatures).toBe(2);
  });

  it('is signed anew where the clock has gone back, for GitHub refuses one of the future', async () => {
    const jwts = new AppJwts(signer, clock);
    const first = await jwtOf(jwts);
    clock.advance(-1000);
    expect(await jwtOf(jwts)).not.toBe(first);
  });

  it('is never another App’s', async () => {
    const jwts = new AppJwts(signer, clock);
    const tokens = [await jwtOf(jwts), await jwtOf(jwts, OTHER)];
    expect(tokens.map((jwt) => decodeJwt(jwt).iss)).toEqual(['7', '8']);
    expect([await jwtOf(jwts), await jwtOf(jwts, OTHER)]).toEqual(tokens);
  });

  it('is none where the App has no key that can be used', async () => {
    expect(await new AppJwts(signer, clock).of({ name: 'stranger', id: '9' })).toEqual({ kind: 'unusable_key' });
  });

  it('is none while whoever holds the key gives no answer, and is asked for again', async () => {
    const down = { kind: 'unavailable', cause: 'down', detail: 'test' } as const;
    let isDown = true;
    const remote: AppSigner = {
      check: () => Promise.resolve(down),
      sign: (app) => (isDown ? Promise.resolve(down) : signer.sign(app)),
    };
    const jwts = new AppJwts(remote, clock);
    expect(await jwts.of(APP)).toEqual(down);
    isDown = false;
    expect((await jwts.of(APP)).kind).toBe('signed');
  });
});
