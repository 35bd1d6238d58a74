/**
 * `npm run setup`, `npm run deploy`: the operator's commands. They judge settings by the service's own code, whose
 * decorators Node can't strip, so they are bundled first; packages stay where they are.
 */
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url).pathname;
const OUTPUT = '.wrangler/operator/main.mjs';

await build({
  absWorkingDir: ROOT,
  entryPoints: ['scripts/operator/main.ts'],
  outfile: OUTPUT,
  bundle: true,
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const { status, signal } = spawnSync(
  process.execPath,
  ['--enable-source-maps', ROOT + OUTPUT, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
