import type { App } from '../../domain/apps.ts';
import type { AppSignature, AppSigner, KeyCheck } from '../../application/ports/app-signer.ts';
import { importRsaPrivateKey, looksLikePrivateKey } from './rsa-private-key.ts';

/** A private key that the setting itself holds. */
export interface PemKey {
  readonly kind: 'pem';
  /** As the setting has it: see `importRsaPrivateKey`. */
  readonly pem: string;
}

export const PEM_FORM = 'a PEM: PKCS#1 as GitHub hands it out, or PKCS#8';

/**
 * @returns nothing where the text does not have the form of a private key; whether it is one shows when it is imported
 */
export function parsePemKey(text: string): PemKey | undefined {
  return looksLikePrivateKey(text) ? { kind: 'pem', pem: text } : undefined;
}

/** Signs with non-extractable keys. One an isolate, which keeps imported keys for life. */
export class WebCryptoAppSigner implements AppSigner {
  private readonly imported = new Map<string, CryptoKey>();

  /** @param keys by App id */
  constructor(private readonly keys: ReadonlyMap<string, PemKey>) {}

  /** Imports the key: its form alone does not tell whether it is one. */
  async check(app: App): Promise<KeyCheck> {
    if ((await this.keyOf(app)) !== undefined) return { kind: 'usable' };
    return { kind: 'unusable_key', problem: 'holds a PEM that is no RSA private key' };
  }

  async sign(app: App, bytes: Uint8Array<ArrayBuffer>): Promise<AppSignature> {
    const key = await this.keyOf(app);
    if (key === undefined) return { kind: 'unusable_key' };
    return { kind: 'signed', signature: new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, bytes)) };
  }

  private async keyOf({ id }: App): Promise<CryptoKey | undefined> {
    const pem = this.keys.get(id)?.pem;
    if (pem === undefined) return undefined;
    const key = this.imported.get(id) ?? (await importRsaPrivateKey(pem));
    if (key !== undefined) this.imported.set(id, key);
    return key;
  }
}
