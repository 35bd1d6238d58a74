/**
 * `npm run simulate`: a day of exchanges on a simulated clock, from 10,000 to 100 million (docs/scale.md). The source has
 * decorators, which Node does not strip, so it is bundled first.
 */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = resolve(ROOT, '.local/simulate/simulate.mjs');

mkdirSync(dirname(OUTPUT), { recursive: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: ['scripts/simulate/main.ts'],
  outfile: OUTPUT,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const { run } = (await import(pathToFileURL(OUTPUT).href)) as { run: (root: string) => Promise<void> };
await run(ROOT);
