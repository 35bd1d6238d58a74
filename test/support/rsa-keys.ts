import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface RsaPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The size that nearly every test asks for. */
export const USUAL_MODULUS_LENGTH = 2048;

let prepared: string[] | undefined;

/**
 * A pair that no other call in this suite gets. Making one takes a tenth of a second of CPU, so the run makes a stock of them once
 * (`generate-rsa-keys.mjs`) and every suite starts with the whole stock. Outside Jest, and after the last one, it makes a new pair.
 */
export function rsaPair(modulusLength = USUAL_MODULUS_LENGTH): RsaPair {
  const next = modulusLength === USUAL_MODULUS_LENGTH ? stock().shift() : undefined;
  if (next === undefined) return generateKeyPairSync('rsa', { modulusLength });
  const privateKey = createPrivateKey({ key: Buffer.from(next, 'base64'), format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function stock(): string[] {
  const file = process.env.TEST_RSA_KEYS_FILE;
  prepared ??= file === undefined ? [] : (JSON.parse(readFileSync(file, 'utf8')) as string[]);
  return prepared;
}
