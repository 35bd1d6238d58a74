import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles a program that imports the service: its source has decorators, which Node does not strip. Packages stay where they
 * are.
 *
 * @param entryPoint from the project's folder, as the output is
 * @returns where `import()` finds it
 */
export async function nodeBundle(entryPoint: string, output: string, plugins: Plugin[] = []): Promise<string> {
  const outfile = resolve(ROOT, output);
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: 'inline',
    plugins,
    logLevel: 'warning',
  });
  return pathToFileURL(outfile).href;
}
