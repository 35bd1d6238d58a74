import type { webcrypto } from 'node:crypto';

declare global {
  /** Node has the value globally, and its declarations the type only in a module. */
  type CryptoKey = webcrypto.CryptoKey;
}
