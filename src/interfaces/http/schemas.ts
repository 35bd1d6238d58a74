import { jsonSchema, SCHEMA_NAMES } from '../../infrastructure/yaml/json-schema.ts';
import { publicJson } from './wire.ts';

export const SCHEMA_PATHS: readonly string[] = SCHEMA_NAMES.map((name) => `/schemas/${name}.schema.json`);

export function schemaResponse(request: Request): Response {
  const name = SCHEMA_NAMES.find((one) => new URL(request.url).pathname === `/schemas/${one}.schema.json`);
  return publicJson(name === undefined ? undefined : jsonSchema(name), 'application/schema+json');
}
