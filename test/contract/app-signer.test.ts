import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { MemoryAppSigner } from '../../src/infrastructure/memory/memory-app-signer.ts';
import { appSigner, parseAppKey } from '../../src/infrastructure/app-keys/app-keys.ts';
import { WebCryptoAppSigner, type PemKey } from '../../src/infrastructure/web-crypto/web-crypto-app-signer.ts';
import { generateAppKeys } from '../support/github/app-keys.ts';
import { runTests, type Harness } from './app-signer.contract.ts';

const APP = { name: 'default', id: '7' };
const STRANGER = { name: 'stranger', id: '8' };
const PRIVATE_KEY = generateAppKeys().pkcs1Pem;

async function inMemory(): Promise<Harness> {
  const verifies: Harness['verifies'] = ({ id }, _, signature) => new TextDecoder().decode(signature) === id;
  return { signer: new MemoryAppSigner([APP.id]), app: APP, stranger: STRANGER, verifies };
}

function pemKeys(keys: Readonly<Record<string, string>>): ReadonlyMap<string, PemKey> {
  return new Map(Object.entries(keys).map(([id, pem]) => [id, { kind: 'pem', pem }]));
}

const publicKey = createPublicKey(PRIVATE_KEY);
/** Node's default for an RSA key is RSASSA-PKCS1-v1_5 (RFC 7518 §3.3). */
const verifies: Harness['verifies'] = (_, bytes, signature) => verify('sha256', bytes, publicKey, signature);

async function withWebCrypto(): Promise<Harness> {
  const signer = new WebCryptoAppSigner(pemKeys({ [APP.id]: PRIVATE_KEY, [STRANGER.id]: 'no key' }));
  return { signer, app: APP, stranger: STRANGER, verifies };
}

async function byTheKindOfKey(): Promise<Harness> {
  const key = parseAppKey(PRIVATE_KEY);
  if (key === undefined) throw new Error('the key has no form that is known');
  return { signer: appSigner({ pools: [{ apps: [{ ...APP, key }] }] }), app: APP, stranger: STRANGER, verifies };
}

describe('signatures in memory', () => runTests(inMemory));
describe('signatures with Web Crypto', () => runTests(withWebCrypto));
describe('signatures by whoever has the kind of key', () => runTests(byTheKindOfKey));

describe('a signer with Web Crypto', () => {
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const curve = elliptic.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = new WebCryptoAppSigner(pemKeys({ [APP.id]: PRIVATE_KEY, '9': curve }));

  test.each([
    ['an App with a key', APP, 'usable'],
    ['an App that it does not know', STRANGER, 'unusable_key'],
    ['an App with a key of another kind', { name: 'elliptic', id: '9' }, 'unusable_key'],
  ] as const)('tells before it signs whether it can, for %s', async (_, app, kind) => {
    expect((await signer.check(app)).kind).toBe(kind);
    expect((await signer.sign(app, Uint8Array.of(1))).kind).toBe(kind === 'usable' ? 'signed' : kind);
  });
});
