/**
 * `npm run build:cli`: the command line as one file, without anything to install beside it. The same builds of the
 * packages as the Worker's (wrangler.toml), so that both judge policies by the same code.
 */
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url).pathname;
const OUTPUT = 'dist-cli/octo-sts-worker.js';

await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/interfaces/cli/main.ts'],
  outfile: OUTPUT,
  bundle: true,
  minify: true,
  keepNames: true,
  format: 'esm',
  target: 'node20.19',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  external: ['node:*'],
  loader: { '.md': 'text' },
  alias: {
    'reflect-metadata': './node_modules/reflect-metadata/ReflectLite.js',
    'class-validator': './node_modules/class-validator/esm2015/index.js',
  },
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'eof',
  logLevel: 'warning',
});
chmodSync(ROOT + OUTPUT, 0o755);
