/**
 * `npm run chaos -- --seed 7 --exchanges 500`: the service under random faults, every answer checked against a model
 * (docs/testing.md).
 */
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { nodeBundle } from './node-bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = '.local/chaos/chaos.mjs';
const SUPPORT = resolve(ROOT, 'test/support') + sep;

/** The local GitHub reads files beside its source, and runs as it stands. */
const supportAsItStands: Plugin = {
  name: 'support-as-it-stands',
  setup(builder) {
    builder.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path);
      if (!file.startsWith(SUPPORT)) return undefined;
      return {
        path: relative(dirname(resolve(ROOT, OUTPUT)), file)
          .split(sep)
          .join('/'),
        external: true,
      };
    });
  },
};

await import(await nodeBundle('test/chaos/main.ts', OUTPUT, [supportAsItStands]));
