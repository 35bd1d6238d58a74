/** DER: INTEGER 0, then AlgorithmIdentifier rsaEncryption with NULL (RFC 5958 §2, RFC 8017 appendix A.1). */
const PKCS8_RSA_HEADER = Uint8Array.of(
  ...[0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00],
);
const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const PEM = /-----BEGIN (RSA PRIVATE KEY|PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----/;

/**
 * Imports an App's private key for signing, not extractable.
 *
 * @param setting PEM as GitHub hands it out (PKCS#1) or PKCS#8; with real line breaks, with `\n` written out, or the whole PEM in base64
 * @returns nothing where it is no such key
 */
export async function importRsaPrivateKey(setting: string): Promise<CryptoKey | undefined> {
  const pkcs8 = pkcs8Der(setting);
  if (pkcs8 === undefined) return undefined;
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, [
      'sign',
    ]);
  } catch {
    return undefined;
  }
}

/** Whether the text has the form of a private key; whether it is one shows when it is imported. */
export function looksLikePrivateKey(setting: string): boolean {
  return pkcs8Der(setting) !== undefined;
}

function pkcs8Der(setting: string): Uint8Array<ArrayBuffer> | undefined {
  const match = PEM.exec(pemText(setting));
  const der = match?.[2] === undefined ? undefined : fromBase64(match[2]);
  if (der === undefined) return undefined;
  return match?.[1] === 'RSA PRIVATE KEY' ? wrapPkcs1(der) : der;
}

function pemText(setting: string): string {
  const text = setting.trim();
  if (text.startsWith('-----BEGIN')) return text.replaceAll('\\n', '\n').replaceAll('\\r', '');
  const decoded = fromBase64(text);
  return decoded === undefined ? text : new TextDecoder().decode(decoded);
}

/** workerd imports PKCS#1 as `pkcs8`, Node does not: wrapped, both do. */
function wrapPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  return derElement(SEQUENCE, PKCS8_RSA_HEADER, derElement(OCTET_STRING, pkcs1));
}

function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = [tag, ...derLength(contents.reduce((sum, { length }) => sum + length, 0))];
  return joined([Uint8Array.from(head), ...contents]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function derLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replace(/\s+/g, ''));
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
    return bytes;
  } catch {
    return undefined;
  }
}
