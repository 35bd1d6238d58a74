import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

export default function removeRsaKeys() {
  const file = process.env.TEST_RSA_KEYS_FILE;
  if (file !== undefined) rmSync(dirname(file), { recursive: true, force: true });
}
