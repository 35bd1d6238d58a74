import { generateKeyPairSync, sign } from 'node:crypto';

const DAY_MS = 86_400_000;
/** ecdsa-with-SHA256 (RFC 5758 §3.2): 1.2.840.10045.4.3.2. */
const ECDSA_SHA256 = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');

export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A certificate that no client trusts (RFC 5280 §4.1, version 1), with a new key. */
export function selfSigned(name: string): ServerIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(name)))));
  const validity = der(0x30, utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS));
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const signed = der(0x30, der(0x02, Buffer.of(1)), ECDSA_SHA256, subject, validity, subject, keyInfo);
  const signature = der(0x03, Buffer.of(0), sign('sha256', signed, privateKey));
  const certificate = der(0x30, signed, ECDSA_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  };
}

function utcTime(ms: number): Buffer {
  return der(0x17, Buffer.from(new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '') + 'Z'));
}

/** Tag, length, content (X.690 §8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x1_00 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
