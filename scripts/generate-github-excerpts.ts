/**
 * Regenerates, from GitHub's own published descriptions, what this repository keeps of them:
 *
 *   node scripts/generate-github-excerpts.ts [folder whose node_modules holds the packages]
 *
 * The packages are 400 MB, so they never become dependencies: without a folder they are
 * installed into a temporary one, which is removed afterwards.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kind, parse, print, visit } from 'graphql';
import type {
  DefinitionNode,
  DocumentNode,
  FieldDefinitionNode,
  InterfaceTypeDefinitionNode,
  ObjectTypeDefinitionNode,
  TypeNode,
} from 'graphql';

type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [key: string]: Json;
}

const OPENAPI_PACKAGE = '@octokit/openapi';
const OPENAPI_VERSION = '23.0.2';
const GRAPHQL_PACKAGE = '@octokit/graphql-schema';
const GRAPHQL_VERSION = '15.26.1';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const EXCERPTS = join(ROOT, 'test/support/github/excerpts');
const PERMISSION_SOURCE = join(ROOT, 'src/domain/permission-names.generated.ts');
const OCTO_STS_NAMES = join(ROOT, 'scripts/octo-sts-permission-names.txt');

const OPERATIONS: readonly (readonly [method: string, path: string])[] = [
  ['get', '/app'],
  ['get', '/app/hook/config'],
  ['patch', '/app/hook/config'],
  ['get', '/app/hook/deliveries'],
  ['get', '/app/installations/{installation_id}'],
  ['post', '/app/installations/{installation_id}/access_tokens'],
  ['post', '/app-manifests/{code}/conversions'],
  ['delete', '/installation/token'],
  ['get', '/orgs/{org}/installation'],
  ['get', '/users/{username}/installation'],
  ['get', '/repos/{owner}/{repo}/installation'],
  ['get', '/repos/{owner}/{repo}'],
  ['get', '/repos/{owner}/{repo}/contents/{path}'],
  ['get', '/repos/{owner}/{repo}/git/trees/{tree_sha}'],
  ['get', '/repos/{owner}/{repo}/git/blobs/{file_sha}'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}/files'],
  ['get', '/repos/{owner}/{repo}/compare/{basehead}'],
  ['get', '/repos/{owner}/{repo}/commits/{ref}'],
  ['get', '/repos/{owner}/{repo}/commits/{commit_sha}/pulls'],
  ['get', '/repos/{owner}/{repo}/commits/{ref}/check-runs'],
  ['post', '/repos/{owner}/{repo}/check-runs'],
  ['get', '/repos/{owner}/{repo}/check-runs/{check_run_id}'],
  ['patch', '/repos/{owner}/{repo}/check-runs/{check_run_id}'],
];

/** The fields of GitHub's GraphQL schema that the local GitHub answers. */
const GRAPHQL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Query: ['id', 'node', 'rateLimit', 'repository', 'repositoryOwner'],
  Node: ['id'],
  RateLimit: ['cost', 'limit', 'nodeCount', 'remaining', 'resetAt', 'used'],
  RepositoryOwner: ['id', 'login', 'repositories', 'url'],
  RepositoryConnection: ['nodes', 'pageInfo', 'totalCount'],
  PageInfo: ['endCursor', 'hasNextPage'],
  Actor: ['login', 'url'],
  User: ['id', 'databaseId', 'login', 'name', 'repositories', 'url'],
  Organization: ['id', 'databaseId', 'login', 'name', 'repositories', 'url'],
  Repository: [
    'createdAt',
    'databaseId',
    'defaultBranchRef',
    'id',
    'isArchived',
    'isEmpty',
    'isFork',
    'isPrivate',
    'name',
    'nameWithOwner',
    'object',
    'owner',
    'ref',
    'url',
    'visibility',
  ],
  Ref: ['id', 'name', 'prefix', 'target'],
  GitObject: ['abbreviatedOid', 'id', 'oid'],
  Commit: ['abbreviatedOid', 'committedDate', 'file', 'id', 'message', 'oid', 'tree'],
  Tree: ['abbreviatedOid', 'entries', 'id', 'oid'],
  TreeEntry: ['extension', 'mode', 'name', 'object', 'oid', 'path', 'size', 'type'],
  Blob: ['abbreviatedOid', 'byteSize', 'id', 'isBinary', 'isTruncated', 'oid', 'text'],
};

const SCHEMA_KEYWORDS: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'format',
  'items',
  'required',
  'properties',
  'additionalProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  '$ref',
]);

function main(): void {
  const given = process.argv[2];
  const folder = given ?? installPackages();
  try {
    generate(folder);
  } finally {
    if (given === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function installPackages(): string {
  const folder = mkdtempSync(join(tmpdir(), 'github-excerpts-'));
  const packages = [`${OPENAPI_PACKAGE}@${OPENAPI_VERSION}`, `${GRAPHQL_PACKAGE}@${GRAPHQL_VERSION}`];
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, ...packages], {
    stdio: 'inherit',
  });
  return folder;
}

function generate(folder: string): void {
  const openapi = join(folder, 'node_modules', OPENAPI_PACKAGE);
  const source = sourceOf(openapi);
  const description = readJson(join(openapi, 'generated/api.github.com.json'));

  const permissions = appPermissions(description);
  write(PERMISSION_SOURCE, permissionModule(permissions, source));
  writeJson(join(EXCERPTS, 'app-permissions.json'), { source, permissions });
  writeJson(join(EXCERPTS, 'openapi.json'), excerptOpenApi(description, source));

  const graphql = join(folder, 'node_modules', GRAPHQL_PACKAGE);
  const sdl = readFileSync(join(graphql, 'schema.graphql'), 'utf8');
  write(join(EXCERPTS, 'schema.graphql'), excerptGraphQl(sdl, sourceOf(graphql)));
}

type Source = Record<'package' | 'version' | 'licence', string>;

function sourceOf(packageFolder: string): Source {
  const manifest = readJson(join(packageFolder, 'package.json'));
  return {
    package: text(manifest.name),
    version: text(manifest.version),
    licence: text(manifest.license),
  };
}

// --- permissions ---------------------------------------------------------------------------

function appPermissions(description: JsonObject): Record<string, string[]> {
  const schema = object(object(object(description.components).schemas)['app-permissions']);
  const levels: Record<string, string[]> = {};
  for (const [name, property] of Object.entries(object(schema.properties))) {
    levels[name] = array(object(property).enum).map(text);
  }
  return levels;
}

function permissionModule(github: Record<string, string[]>, source: Source): string {
  const merged = new Map(Object.entries(github));
  for (const name of octoStsNames()) {
    if (!merged.has(name)) merged.set(name, ['read', 'write', 'admin']);
  }
  const lines = [...merged]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, levels]) => `  ${name}: [${levels.map((level) => `'${level}'`).join(', ')}],`);
  return [
    '// Generated by scripts/generate-github-excerpts.ts; do not edit.',
    `// From the schema app-permissions of ${source.package} ${source.version} (${source.licence}), and the names in`,
    '// scripts/octo-sts-permission-names.txt, which get every level where GitHub describes none.',
    '',
    "export type PermissionLevel = 'read' | 'write' | 'admin';",
    '',
    '/** Look names up with `Object.hasOwn`: the record has a prototype, and names come from outside. */',
    'export const PERMISSION_LEVELS: Readonly<Record<string, readonly PermissionLevel[]>> = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}

function octoStsNames(): string[] {
  return readFileSync(OCTO_STS_NAMES, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

// --- OpenAPI -------------------------------------------------------------------------------

function excerptOpenApi(description: JsonObject, source: Source): JsonObject {
  const paths = object(description.paths);
  const operations: JsonObject = {};
  for (const [method, path] of OPERATIONS) {
    const item = object(paths[path]);
    const operation = object(item[method]);
    const shared = Array.isArray(item.parameters) ? item.parameters : [];
    operations[text(operation.operationId)] = excerptOperation(
      description,
      { method: method.toUpperCase(), path },
      operation,
      shared,
    );
  }
  const schemas = reachableSchemas(description, operations);
  return { source, operations, schemas };
}

function excerptOperation(
  description: JsonObject,
  route: { method: string; path: string },
  operation: JsonObject,
  shared: Json[],
): JsonObject {
  const own = Array.isArray(operation.parameters) ? operation.parameters : [];
  const parameters = [...shared, ...own].map((entry) => {
    const parameter = resolve(description, object(entry));
    return {
      name: text(parameter.name),
      in: text(parameter.in),
      required: parameter.required === true,
      schema: toJsonSchema(parameter.schema ?? {}),
    };
  });
  const responses: JsonObject = {};
  for (const [status, entry] of Object.entries(object(operation.responses))) {
    responses[status] = bodySchemas(resolve(description, object(entry)));
  }
  const excerpt: JsonObject = { ...route, parameters, responses };
  if (operation.requestBody !== undefined) {
    const body = resolve(description, object(operation.requestBody));
    excerpt.requestBody = { required: body.required === true, content: bodySchemas(body) };
  }
  return excerpt;
}

function bodySchemas(carrier: JsonObject): JsonObject {
  const schemas: JsonObject = {};
  for (const [mediaType, content] of Object.entries(object(carrier.content ?? {}))) {
    schemas[mediaType] = toJsonSchema(object(content).schema ?? {});
  }
  return schemas;
}

/** OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, and prose and examples go. */
function toJsonSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (schema === null || typeof schema !== 'object') return schema;
  const kept: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (!SCHEMA_KEYWORDS.has(keyword)) continue;
    kept[keyword] = convertKeyword(keyword, value);
  }
  return schema.nullable === true ? orNull(kept) : kept;
}

function convertKeyword(keyword: string, value: Json): Json {
  if (keyword === '$ref') return text(value).replace('#/components/schemas/', '#/schemas/');
  if (keyword === 'required' || keyword === 'enum' || keyword === 'type') return value;
  if (keyword !== 'properties') return toJsonSchema(value);
  return Object.fromEntries(Object.entries(object(value)).map(([name, property]) => [name, toJsonSchema(property)]));
}

function orNull(schema: JsonObject): JsonObject {
  if (typeof schema.type === 'string' && schema.enum === undefined) {
    return { ...schema, type: [schema.type, 'null'] };
  }
  return { anyOf: [schema, { type: 'null' }] };
}

function reachableSchemas(description: JsonObject, operations: JsonObject): JsonObject {
  const all = object(object(description.components).schemas);
  const found: JsonObject = {};
  const queue = referencesIn(operations);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (Object.hasOwn(found, name)) continue;
    const schema = toJsonSchema(all[name] ?? fail(`no schema ${name}`));
    found[name] = schema;
    queue.push(...referencesIn(schema));
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function referencesIn(value: Json): string[] {
  const found: string[] = [];
  JSON.stringify(value, (key: string, inner: Json) => {
    if (key === '$ref' && typeof inner === 'string') found.push(inner.replace('#/schemas/', ''));
    return inner;
  });
  return found;
}

function resolve(description: JsonObject, node: JsonObject): JsonObject {
  if (typeof node.$ref !== 'string') return node;
  let target: Json = description;
  for (const part of node.$ref.slice(2).split('/')) target = object(target)[part] ?? null;
  return resolve(description, object(target));
}

// --- GraphQL -------------------------------------------------------------------------------

type FieldedDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

function excerptGraphQl(sdl: string, source: Source): string {
  const document = withoutProse(parse(sdl));
  const definitions = new Map<string, DefinitionNode>();
  for (const definition of document.definitions) {
    // Some published versions hold an accidental duplicate, which would not build; the first counts.
    if ('name' in definition && !definitions.has(definition.name.value)) {
      definitions.set(definition.name.value, definition);
    }
  }
  const fielded = Object.keys(GRAPHQL_FIELDS).map((name) => excerptType(definitions, name));
  const leaves = leafDefinitions(fielded, definitions);
  const header = `# Generated by scripts/generate-github-excerpts.ts from ${source.package} ${source.version} (${source.licence}); do not edit.\n\n`;
  return `${header}${print({ kind: Kind.DOCUMENT, definitions: [...fielded, ...leaves] })}\n`;
}

function withoutProse(document: DocumentNode): DocumentNode {
  return visit(document, {
    enter(node) {
      if (!('description' in node) && !('directives' in node)) return undefined;
      return { ...node, description: undefined, directives: [] };
    },
  });
}

function excerptType(definitions: Map<string, DefinitionNode>, name: string): FieldedDefinition {
  const definition = definitions.get(name);
  if (definition?.kind !== Kind.OBJECT_TYPE_DEFINITION && definition?.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
    return fail(`GitHub's GraphQL schema has no type ${name}`);
  }
  const wanted = new Set(GRAPHQL_FIELDS[name]);
  const fields = (definition.fields ?? []).filter((field) => wanted.delete(field.name.value));
  if (wanted.size > 0) fail(`${name} lacks ${[...wanted].join(', ')}`);
  const interfaces = (definition.interfaces ?? []).filter((one) => one.name.value in GRAPHQL_FIELDS);
  return { ...definition, interfaces, fields };
}

/** Scalars, enums and inputs that the kept fields and arguments mention, and what the inputs mention. */
function leafDefinitions(
  types: readonly FieldedDefinition[],
  definitions: ReadonlyMap<string, DefinitionNode>,
): readonly DefinitionNode[] {
  const names = new Set(leafNames(types));
  for (const name of names) {
    const definition = definitions.get(name);
    if (definition?.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) names.add(namedType(field.type));
  }
  return [...names]
    .sort()
    .map((name) => definitions.get(name))
    .filter((definition) => definition !== undefined);
}

function leafNames(types: readonly FieldedDefinition[]): string[] {
  const names = types
    .flatMap((type) => type.fields ?? [])
    .flatMap((field: FieldDefinitionNode) => [
      namedType(field.type),
      ...(field.arguments ?? []).map((argument) => namedType(argument.type)),
    ]);
  return [...new Set(names)].filter((name) => !(name in GRAPHQL_FIELDS)).sort();
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

// --- reading and writing -------------------------------------------------------------------

function readJson(path: string): JsonObject {
  return object(JSON.parse(readFileSync(path, 'utf8')) as Json);
}

function writeJson(path: string, value: Json): void {
  write(path, `${JSON.stringify(value, null, 1)}\n`);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  process.stdout.write(`${path.slice(ROOT.length + 1)}: ${content.length} bytes\n`);
}

function object(value: Json | undefined): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return fail('expected an object in the description');
  }
  return value;
}

function array(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : fail('expected a list in the description');
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : fail('expected a string in the description');
}

function fail(message: string): never {
  throw new Error(message);
}

main();
