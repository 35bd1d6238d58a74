import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { Json, JsonObject } from '../json.ts';
import { readExcerpt } from './excerpts.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonObject;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, JsonObject>> };
}

interface Excerpt {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, JsonObject>>;
}

export interface MatchedOperation {
  readonly id: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface RequestFault {
  readonly kind: 'violation' | 'over-limit';
  readonly message: string;
}

/** The description names these for few operations; every one of them may answer so. */
const ANY_OPERATION_MAY_ANSWER: ReadonlySet<number> = new Set([301, 400, 304, 401, 403, 404, 422, 429]);
/** What GitHub refuses with a 422 of its own, so that the emulator does the same. */
const LIMIT_KEYWORDS: ReadonlySet<string> = new Set(['maxItems', 'maxLength']);
const SLASHED_PARAMETERS: ReadonlySet<string> = new Set(['path', 'basehead', 'ref', 'tree_sha']);

// The package is CommonJS; how its default export looks depends on who loads it.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as (ajv: Ajv) => Ajv;

/** GitHub's OpenAPI description, as the judge of what passes between a client and the local GitHub. */
export class PublishedContract {
  readonly #excerpt: Excerpt;
  readonly #routes: readonly { id: string; method: string; pattern: RegExp }[];
  readonly #ajv: Ajv;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    this.#excerpt = JSON.parse(readExcerpt('openapi.json')) as Excerpt;
    this.#routes = Object.entries(this.#excerpt.operations)
      .map(([id, { method, path }]) => ({ id, method, pattern: routePattern(path), depth: path.split('/').length }))
      .sort((left, right) => right.depth - left.depth);
    this.#ajv = addFormats(
      new Ajv({ strict: false, allErrors: true, validateSchema: false, formats: { int64: true } }),
    );
    this.#ajv.addSchema(this.#excerpt, 'github');
  }

  match(method: string, path: string): MatchedOperation | undefined {
    for (const route of this.#routes) {
      const found = route.method === method ? route.pattern.exec(path) : null;
      if (found !== null) return { id: route.id, params: decodeParams(found.groups ?? {}) };
    }
    return undefined;
  }

  checkRequest(id: string, query: URLSearchParams, body: Json | undefined): RequestFault[] {
    const operation = this.#operation(id);
    return [...this.#checkQuery(id, operation, query), ...this.#checkBody(id, operation, body)];
  }

  checkResponse(id: string, status: number, mediaType: string, body: Json | undefined): string[] {
    const documented = this.#operation(id).responses[String(status)];
    if (documented === undefined) {
      if (ANY_OPERATION_MAY_ANSWER.has(status)) return [];
      return [`${id} answers ${status}, which GitHub's description does not know`];
    }
    if (body === undefined) return [];
    const described = Object.keys(documented).find((one) => one === mediaType);
    if (described === undefined) return [`${id} answers ${status} with ${mediaType}`];
    const pointer = `operations/${escape(id)}/responses/${status}/${escape(described)}`;
    return this.#errors(pointer, body).map((error) => `response ${status} of ${id}: ${describe(error)}`);
  }

  #operation(id: string): Operation {
    const operation = this.#excerpt.operations[id];
    if (operation === undefined) throw new Error(`the excerpt has no operation ${id}`);
    return operation;
  }

  #checkQuery(id: string, operation: Operation, query: URLSearchParams): RequestFault[] {
    const known = operation.parameters.filter((parameter) => parameter.in === 'query');
    const faults: string[] = [];
    for (const [name, value] of query) {
      const index = operation.parameters.findIndex((one) => one.in === 'query' && one.name === name);
      const parameter = operation.parameters[index];
      if (parameter === undefined) {
        faults.push(`${id} has no query parameter ${name}`);
        continue;
      }
      const typed = parameter.schema.type === 'integer' && /^-?\d+$/.test(value) ? Number(value) : value;
      const errors = this.#errors(`operations/${escape(id)}/parameters/${index}/schema`, typed);
      faults.push(...errors.map((error) => `query parameter ${name} of ${id}: ${describe(error)}`));
    }
    const missing = known.filter((parameter) => parameter.required && !query.has(parameter.name));
    faults.push(...missing.map((parameter) => `${id} needs the query parameter ${parameter.name}`));
    return faults.map((message) => ({ kind: 'violation', message }));
  }

  #checkBody(id: string, operation: Operation, body: Json | undefined): RequestFault[] {
    const schema = operation.requestBody?.content['application/json'];
    if (schema === undefined) {
      return body === undefined ? [] : [{ kind: 'violation', message: `${id} takes no body` }];
    }
    if (body === undefined) {
      return operation.requestBody?.required === true ? [{ kind: 'violation', message: `${id} needs a body` }] : [];
    }
    const pointer = `operations/${escape(id)}/requestBody/content/${escape('application/json')}`;
    const faults = this.#errors(pointer, body).map((error): RequestFault => {
      if (LIMIT_KEYWORDS.has(error.keyword)) return { kind: 'over-limit', message: limitMessage(error, body) };
      // Policies may name a level that the description does not list: GitHub decides, and says so itself.
      if (error.keyword === 'enum' && error.instancePath.startsWith('/permissions/')) {
        return {
          kind: 'over-limit',
          message: `Invalid request.\n\nFor '${error.instancePath.slice(1)}', no possible value.`,
        };
      }
      return { kind: 'violation', message: `body of ${id}: ${describe(error)}` };
    });
    return [...faults, ...unknownFields(id, schema, body)];
  }

  #errors(pointer: string, value: Json): ErrorObject[] {
    let validate = this.#validators.get(pointer);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `github#/${pointer}` });
      this.#validators.set(pointer, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []);
  }
}

function routePattern(template: string): RegExp {
  const source = template.replace(/[.]/g, '\\.').replace(/\/\{(\w+)\}/g, (_, name: string) => {
    // The folder's root is asked for with and without the slash at its end.
    if (name === 'path') return `(?:/(?<${name}>.*))?`;
    return SLASHED_PARAMETERS.has(name) ? `/(?<${name}>.+)` : `/(?<${name}>[^/]+)`;
  });
  return new RegExp(`^${source}$`);
}

function decodeParams(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]));
}

/** For a JSON pointer inside a URI fragment. */
function escape(part: string): string {
  return encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'));
}

function describe(error: ErrorObject): string {
  return `${error.instancePath === '' ? '/' : error.instancePath} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params)}`;
}

function limitMessage(error: ErrorObject, body: Json): string {
  const { limit } = error.params as { limit: number };
  let value: unknown = body;
  for (const part of error.instancePath.slice(1).split('/')) value = (value as Record<string, unknown>)[part];
  const supplied = (value as { length: number }).length;
  const unit = error.keyword === 'maxItems' ? 'items' : 'characters';
  return `Invalid request.\n\nNo more than ${limit} ${unit} are allowed; ${supplied} were supplied.`;
}

/** GitHub ignores a field that it does not know: a misspelt one would be lost in silence. */
function unknownFields(id: string, schema: JsonObject, body: Json): RequestFault[] {
  const properties = schema.properties;
  if (typeof body !== 'object' || body === null || typeof properties !== 'object' || properties === null) return [];
  return Object.keys(body)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => ({ kind: 'violation', message: `body of ${id}: GitHub knows no field ${name}` }));
}
