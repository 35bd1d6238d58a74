import type { App } from '../../domain/apps.ts';
import type { AppSignature, AppSigner } from '../../application/ports/app-signer.ts';
import { importRsaPrivateKey } from './rsa-private-key.ts';

/** Signs with non-extractable keys. One an isolate, which keeps imported keys for life. */
export class WebCryptoAppSigner implements AppSigner {
  private readonly keys = new Map<string, CryptoKey>();

  /** @param privateKeys the setting's text by App id */
  constructor(private readonly privateKeys: ReadonlyMap<string, string>) {}

  /** Whether the key is one: its form alone does not tell. */
  async canSign(app: App): Promise<boolean> {
    return (await this.keyOf(app)) !== undefined;
  }

  async sign(app: App, bytes: Uint8Array<ArrayBuffer>): Promise<AppSignature> {
    const key = await this.keyOf(app);
    if (key === undefined) return { kind: 'unusable_key' };
    return { kind: 'signed', signature: new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, bytes)) };
  }

  private async keyOf({ id }: App): Promise<CryptoKey | undefined> {
    const key = this.keys.get(id) ?? (await importRsaPrivateKey(this.privateKeys.get(id) ?? ''));
    if (key !== undefined) this.keys.set(id, key);
    return key;
  }
}
