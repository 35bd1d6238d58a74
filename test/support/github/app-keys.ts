import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { rsaPair } from '../rsa-keys.ts';

export interface AppKeys {
  /** `BEGIN RSA PRIVATE KEY`, the form in which GitHub hands a key out. */
  readonly pkcs1Pem: string;
  readonly pkcs8Pem: string;
  readonly publicKey: KeyObject;
}

export function generateAppKeys(): AppKeys {
  return keysOf(rsaPair().privateKey);
}

export function readAppKeys(pem: string): AppKeys {
  return keysOf(createPrivateKey(pem));
}

function keysOf(privateKey: KeyObject): AppKeys {
  return {
    pkcs1Pem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    pkcs8Pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(privateKey),
  };
}
