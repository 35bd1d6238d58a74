/** After the build: the source map forgets in which folder of which machine it was made. Its sources are relative anyway. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', 'dist', 'worker.js.map');
const map = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
writeFileSync(file, JSON.stringify({ ...map, sourceRoot: '' }));
