import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { importRsaPrivateKey, looksLikePrivateKey } from '../../../../src/infrastructure/web-crypto/rsa-private-key.ts';

const PAIRS = new Map([2048, 3072, 4096].map((size) => [size, generateKeyPairSync('rsa', { modulusLength: size })]));
const PAIR = PAIRS.get(2048)!;
const PKCS1 = PAIR.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const PKCS8 = PAIR.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const ENCRYPTED = PAIR.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();
const ELLIPTIC = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('a private key that is set', () => {
  it.each([
    ['as GitHub hands it out', PKCS1],
    ['as PKCS#8', PKCS8],
    ['without its last line break', PKCS1.trim()],
    ['with blanks around', `\n  ${PKCS1}\n\n`],
    ['with Windows line breaks', PKCS1.replaceAll('\n', '\r\n')],
    ['with its line breaks written out', PKCS1.replaceAll('\n', '\\n')],
    ['with Windows line breaks written out', PKCS8.replaceAll('\n', '\\r\\n')],
    ['on one line', PKCS1.replaceAll('\n', ' ')],
    ['in base64', base64(PKCS1)],
    ['as PKCS#8 in base64 of several lines', base64(PKCS8).replace(/.{76}/g, '$&\n')],
  ])('signs what its public key verifies: %s', async (_, setting) => {
    expect(looksLikePrivateKey(setting)).toBe(true);
    const key = await importRsaPrivateKey(setting);
    const data = new TextEncoder().encode('data');
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key!, data);
    expect(verify('sha256', data, createPublicKey(PAIR.privateKey), new Uint8Array(signature))).toBe(true);
  });

  it.each([3072, 4096])('may have %i bits', async (size) => {
    const pem = PAIRS.get(size)!.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(await importRsaPrivateKey(pem)).toBeDefined();
  });

  it('can’t be taken out of the isolate again', async () => {
    const key = await importRsaPrivateKey(PKCS1);
    expect([key?.extractable, key?.usages]).toEqual([false, ['sign']]);
    await expect(crypto.subtle.exportKey('pkcs8', key!)).rejects.toThrow();
  });

  it.each([
    ['nothing', ''],
    ['a word', 'key'],
    ['base64 of a word', base64('key')],
    ['a public key', PAIR.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['an encrypted key', ENCRYPTED],
    ['a key on an elliptic curve', ELLIPTIC.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['its SEC1 form', ELLIPTIC.export({ type: 'sec1', format: 'pem' }).toString()],
    ['a beginning without an end', PKCS1.split('\n').slice(0, -2).join('\n')],
    ['an end of another kind', PKCS1.replace('END RSA PRIVATE KEY', 'END PRIVATE KEY')],
    ['a PEM around nothing', '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----'],
    ['a line lost', PKCS1.split('\n').toSpliced(5, 1).join('\n')],
    [
      'a letter changed',
      PKCS8.replace(/^(.*\n.{20})(.)/s, (_, head: string, letter: string) => head + (letter === 'A' ? 'B' : 'A')),
    ],
    ['a letter that base64 has not', PKCS1.replace(/\n(.)/, '\n*')],
  ])('is none where it is %s', async (_, setting) => {
    expect(await importRsaPrivateKey(setting)).toBeUndefined();
  });
});
