import type { App } from '../../domain/apps.ts';
import { isolateToken } from './token.ts';
import type { Unavailable } from './unavailable.ts';

export type AppSignature =
  | { readonly kind: 'signed'; readonly signature: Uint8Array }
  /** The App has no key here, or its key can't be read. */
  | { readonly kind: 'unusable_key' }
  /** The key service gave no answer. */
  | Unavailable;

export type KeyCheck =
  | { readonly kind: 'usable' }
  /** `problem`: half a sentence about the setting that holds or names the key, without its value. */
  | { readonly kind: 'unusable_key'; readonly problem: string }
  /** The key service gave no answer, which says nothing about the key. */
  | Unavailable;

/** Signs with an App's private key, wherever that is: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3), and nothing else. */
export interface AppSigner {
  sign(app: App, bytes: Uint8Array<ArrayBuffer>): Promise<AppSignature>;
  /** Whether `sign` can succeed. Asked of every App when an isolate starts, so it must be cheap. */
  check(app: App): Promise<KeyCheck>;
}

export const APP_SIGNER = isolateToken<AppSigner>('AppSigner');
