/** Writes the JSON Schemas of policy files to `schemas/`, from the declarations that the reader checks with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

interface SchemaModule {
  readonly SCHEMA_NAMES: readonly string[];
  readonly jsonSchema: (name: string) => unknown;
}

const root = join(import.meta.dirname, '..');

/** The declarations have decorators, which Node can't strip: bundle them first. */
async function schemaModule(): Promise<SchemaModule> {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  const outfile = join(folder, 'json-schema.mjs');
  const entry = join(root, 'src/infrastructure/yaml/json-schema.ts');
  const tsconfig = join(root, 'tsconfig.json');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    tsconfig,
  });
  const loaded = (await import(pathToFileURL(outfile).href)) as SchemaModule;
  rmSync(folder, { recursive: true });
  return loaded;
}

const { SCHEMA_NAMES, jsonSchema } = await schemaModule();
for (const name of SCHEMA_NAMES) {
  const path = join(root, 'schemas', `${name}.schema.json`);
  const options = await resolveConfig(path);
  writeFileSync(path, await format(JSON.stringify(jsonSchema(name)), { ...options, parser: 'json' }));
}
