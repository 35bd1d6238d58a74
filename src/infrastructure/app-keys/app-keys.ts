import type { App } from '../../domain/apps.ts';
import type { AppSignature, AppSigner, KeyCheck } from '../../application/ports/app-signer.ts';
import { parsePemKey, PEM_FORM, WebCryptoAppSigner, type PemKey } from '../web-crypto/web-crypto-app-signer.ts';

/** Where an App's private key is. Each key service has a kind of its own. */
export type AppKey = PemKey;

/** What a setting that holds or names a key must be, for messages. */
export const APP_KEY_FORM = PEM_FORM;

/** @returns nothing where the text is no key, and names none. Its form alone counts: nothing is imported or asked */
export function parseAppKey(text: string): AppKey | undefined {
  return parsePemKey(text);
}

interface KeyedPool {
  readonly apps: readonly (App & { readonly key: AppKey })[];
}

/** What signers are made of: the Apps with their keys, and what a key service needs beyond a key's name. */
export interface SignerSettings {
  readonly pools: readonly KeyedPool[];
}

/** Each App's signer. */
export function appSigner({ pools }: SignerSettings): AppSigner {
  const apps = pools.flatMap((pool) => pool.apps);
  return new SignerByApp(new Map(apps.map(({ id, key }) => [id, signerFor(id, key)])));
}

/** The one place that says who signs with which kind of key. */
function signerFor(appId: string, key: AppKey): AppSigner {
  switch (key.kind) {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the only kind so far
    case 'pem':
      return new WebCryptoAppSigner(new Map([[appId, key]]));
  }
}

class SignerByApp implements AppSigner {
  constructor(private readonly signers: ReadonlyMap<string, AppSigner>) {}

  async check(app: App): Promise<KeyCheck> {
    return this.signers.get(app.id)?.check(app) ?? { kind: 'unusable_key', problem: 'is not set' };
  }

  async sign(app: App, bytes: Uint8Array<ArrayBuffer>): Promise<AppSignature> {
    return this.signers.get(app.id)?.sign(app, bytes) ?? { kind: 'unusable_key' };
  }
}
