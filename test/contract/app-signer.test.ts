import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { MemoryAppSigner } from '../../src/infrastructure/memory/memory-app-signer.ts';
import { WebCryptoAppSigner } from '../../src/infrastructure/web-crypto/web-crypto-app-signer.ts';
import { generateAppKeys } from '../support/github/app-keys.ts';
import { runTests, type Harness } from './app-signer.contract.ts';

const APP = { name: 'default', id: '7' };
const STRANGER = { name: 'stranger', id: '8' };
const PRIVATE_KEY = generateAppKeys().pkcs1Pem;

async function inMemory(): Promise<Harness> {
  const verifies: Harness['verifies'] = ({ id }, _, signature) => new TextDecoder().decode(signature) === id;
  return { signer: new MemoryAppSigner([APP.id]), app: APP, stranger: STRANGER, verifies };
}

async function withWebCrypto(): Promise<Harness> {
  const signer = new WebCryptoAppSigner(
    new Map([
      [APP.id, PRIVATE_KEY],
      [STRANGER.id, 'no key'],
    ]),
  );
  const publicKey = createPublicKey(PRIVATE_KEY);
  // Node's default for an RSA key is RSASSA-PKCS1-v1_5 (RFC 7518 §3.3).
  const verifies: Harness['verifies'] = (_, bytes, signature) => verify('sha256', bytes, publicKey, signature);
  return { signer, app: APP, stranger: STRANGER, verifies };
}

describe('signatures in memory', () => runTests(inMemory));
describe('signatures with Web Crypto', () => runTests(withWebCrypto));

describe('a signer with Web Crypto', () => {
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signer = new WebCryptoAppSigner(
    new Map([
      [APP.id, PRIVATE_KEY],
      ['9', elliptic.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ]),
  );

  test.each([
    ['an App with a key', APP, true],
    ['an App that it does not know', STRANGER, false],
    ['an App with a key of another kind', { name: 'elliptic', id: '9' }, false],
  ])('tells before it signs whether it can, for %s', async (_, app, can) => {
    expect(await signer.canSign(app)).toBe(can);
    expect((await signer.sign(app, Uint8Array.of(1))).kind === 'signed').toBe(can);
  });
});
