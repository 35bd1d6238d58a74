import { generateKeyPair } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** More than nearly any suite needs; a suite that needs more makes the others itself. */
const KEYS = 16;

/** Makes the RSA keys of a run once, before its first suite. Each run has its own; `remove-rsa-keys.mjs` deletes them. */
export default async function generateRsaKeys() {
  const pairs = await Promise.all(
    Array.from({ length: KEYS }, () => promisify(generateKeyPair)('rsa', { modulusLength: 2048 })),
  );
  const keys = pairs.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'));
  const file = join(mkdtempSync(join(tmpdir(), 'octo-sts-keys-')), 'rsa.json');
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  process.env.TEST_RSA_KEYS_FILE = file;
}
