import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';

// The package is CommonJS; how its default export looks depends on who loads it.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as (
  ajv: Ajv2020,
) => Ajv2020;

/** A schema of `schemas/`, compiled strictly. */
export function publishedSchema(name: string): ValidateFunction {
  const ajv = addFormats(new Ajv2020({ strict: true, strictRequired: false, allErrors: true }));
  const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url).pathname;
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
}
