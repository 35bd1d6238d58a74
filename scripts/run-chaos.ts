/**
 * `npm run chaos -- --seed 7 --exchanges 500`: the service under random faults, every answer checked against a model
 * (docs/testing.md). The source has decorators, which Node does not strip, so it is bundled first.
 */
import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = resolve(ROOT, '.local/chaos/chaos.mjs');
const SUPPORT = resolve(ROOT, 'test/support') + sep;

/** The local GitHub reads files beside its source, and runs as it stands. */
const supportAsItStands: Plugin = {
  name: 'support-as-it-stands',
  setup(builder) {
    builder.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path);
      if (!file.startsWith(SUPPORT)) return undefined;
      return { path: relative(dirname(OUTPUT), file).split(sep).join('/'), external: true };
    });
  },
};

mkdirSync(dirname(OUTPUT), { recursive: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: ['test/chaos/main.ts'],
  outfile: OUTPUT,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: 'inline',
  plugins: [supportAsItStands],
  logLevel: 'warning',
});
await import(pathToFileURL(OUTPUT).href);
