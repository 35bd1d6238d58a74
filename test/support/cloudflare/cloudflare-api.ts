import { isJsonObject, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { LoopbackServer, readBody, sendJson } from '../loopback-server.ts';

/** What Cloudflare holds of a Worker. */
export interface UploadedWorker {
  /** `metadata` of the newest upload that is deployed. */
  metadata: JsonObject;
  readonly secrets: Map<string, string>;
  deployments: number;
  /** `metadata` of the newest version that nobody gets yet. */
  waiting: JsonObject | undefined;
  crons: Json[];
  /** Of its address on workers.dev. */
  isServed: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** One request of wrangler's: `GET /workers/services/sts`, below the account. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string;
}

type Handler = (call: Call, names: readonly string[]) => Json | Answer;

const ACCOUNT_ID = '0123456789abcdef0123456789abcdef';
const SUBDOMAIN = 'acme';
const VERSION_ID = '11111111-1111-4111-8111-111111111111';
const DEPLOYMENT_ID = '22222222-2222-4222-8222-222222222222';
const TOKEN = 'a-token-of-the-operator';

/**
 * Cloudflare's REST API as far as wrangler 4.153 asks it for this project, so that the real wrangler can be run against
 * an account without there being one. What it asks besides is a violation.
 */
export class CloudflareApi {
  readonly workers = new Map<string, UploadedWorker>();
  /** Titles by id. */
  readonly namespaces = new Map<string, string>();
  /** By namespace and key. */
  readonly values = new Map<string, string>();
  readonly violations: string[] = [];
  /** Methods and paths, in order. */
  readonly calls: string[] = [];
  readonly #server: LoopbackServer;

  private constructor(server: LoopbackServer) {
    this.#server = server;
    server.serve(async (request, response) => {
      const url = new URL(request.url ?? '', server.origin);
      const path = url.pathname.replace(/^\/client\/v4/, '');
      const method = request.method ?? '';
      this.calls.push(`${method} ${path}`);
      const isOwn = request.headers.authorization === `Bearer ${TOKEN}`;
      if (!isOwn) this.violations.push(`${method} ${path} came without the operator's token`);
      const body = await readBody(request);
      const found = this.#answer({ method, path, body, contentType: request.headers['content-type'] ?? '' });
      if (typeof found === 'string') response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(found);
      else sendJson(response, found.status, found.body);
    });
  }

  static async start(): Promise<CloudflareApi> {
    return new CloudflareApi(await LoopbackServer.listen());
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** What makes wrangler ask here, as this account. */
  get environment(): Readonly<Record<string, string>> {
    return {
      CLOUDFLARE_API_BASE_URL: `${this.#server.origin}/client/v4`,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
    };
  }

  /** Requests that change something. */
  get changes(): readonly string[] {
    return this.calls.filter((call) => !call.startsWith('GET '));
  }

  #answer(call: Call): Answer | string {
    const value = this.#storedValue(call);
    if (value !== undefined) return value;
    for (const [pattern, handle] of this.#routes) {
      const found = new RegExp(`^${pattern}$`).exec(`${call.method} ${call.path}`);
      if (found === null) continue;
      const answer = handle(call, found.slice(1).map(decodeURIComponent));
      return isAnswer(answer) ? answer : well(answer);
    }
    this.violations.push(`${call.method} ${call.path}`);
    return failed(404, 7003, `Could not route to ${call.path}`);
  }

  /** The one answer that is no JSON of Cloudflare's. */
  #storedValue({ method, path }: Call): string | Answer | undefined {
    const [, id = '', key = ''] =
      new RegExp(`^${ACCOUNT}/storage/kv/namespaces/([^/]+)/values/([^/]+)$`).exec(path) ?? [];
    if (method !== 'GET' || id === '') return undefined;
    return this.values.get(`${id} ${decodeURIComponent(key)}`) ?? failed(404, 10009, "get: 'key not found'");
  }

  readonly #routes: readonly (readonly [pattern: string, handle: Handler])[] = [
    [`GET ${ACCOUNT}/workers/services/([^/]+)`, (_, [name = '']) => this.#service(name)],
    [`GET ${ACCOUNT}/workers/subdomain`, () => ({ subdomain: SUBDOMAIN })],
    [`GET ${ACCOUNT}/workers/scripts/([^/]+)/secrets`, (_, [name = '']) => this.#secretNames(name)],
    [`PUT ${ACCOUNT}/workers/scripts/([^/]+)/secrets`, (call, [name = '']) => this.#putSecret(name, call)],
    [
      `POST ${ACCOUNT}/workers/scripts/([^/]+)/deployments`,
      (_, [name = '']) => {
        const worker = this.#worker(name);
        worker.metadata = worker.waiting ?? worker.metadata;
        worker.waiting = undefined;
        worker.deployments += 1;
        return { id: DEPLOYMENT_ID };
      },
    ],
    [`GET ${ACCOUNT}/workers/scripts/([^/]+)/deployments`, (_, [name = '']) => this.#deployments(name)],
    [`GET ${ACCOUNT}/workers/scripts/([^/]+)/settings`, (_, [name = '']) => this.#settings(name)],
    [`PATCH ${ACCOUNT}/workers/scripts/([^/]+)/script-settings`, () => ({})],
    [`GET ${ACCOUNT}/workers/scripts/([^/]+)/versions`, () => ({ items: [] })],
    [
      `POST ${ACCOUNT}/workers/scripts/([^/]+)/versions`,
      (call, [name = '']) => {
        this.#worker(name).waiting = this.#metadata(name, call);
        return {
          ...this.#uploaded(call),
          id: VERSION_ID,
          metadata: {},
          number: 1,
          resources: { script: { etag: 'etag' } },
        };
      },
    ],
    [`POST ${ACCOUNT}/workers/scripts/([^/]+)/assets-upload-session`, () => ({ jwt: 'e30.e30.e30', buckets: [] })],
    [`PUT ${ACCOUNT}/workers/scripts/([^/]+)`, (call, [name = '']) => this.#upload(name, call)],
    [
      `(?:GET|POST) ${ACCOUNT}/workers/scripts/([^/]+)/subdomain`,
      (call, [name = '']) => {
        const asked = call.method === 'POST' ? parseJson(call.body.toString('utf8')) : undefined;
        if (isJsonObject(asked)) this.#worker(name).isServed = asked.enabled === true;
        return { enabled: this.#worker(name).isServed, previews_enabled: false };
      },
    ],
    [
      `GET ${ACCOUNT}/workers/workers/([^/]+)`,
      (_, [name = '']) => ({
        id: name,
        name,
        subdomain: { enabled: this.#worker(name).isServed, previews_enabled: false },
      }),
    ],
    [
      `PUT ${ACCOUNT}/workers/scripts/([^/]+)/schedules`,
      (call, [name = '']) => {
        const crons = parseJson(call.body.toString('utf8'));
        this.#worker(name).crons = Array.isArray(crons) ? crons : [];
        return { schedules: this.#worker(name).crons };
      },
    ],
    [`GET ${ACCOUNT}/storage/kv/namespaces`, () => this.#listNamespaces()],
    [
      `POST ${ACCOUNT}/storage/kv/namespaces`,
      ({ body }) => {
        const asked = parseJson(body.toString('utf8'));
        const title = isJsonObject(asked) && typeof asked.title === 'string' ? asked.title : '';
        const id = (this.namespaces.size + 1).toString(16).padStart(32, '0');
        this.namespaces.set(id, title);
        return { id, title, supports_url_encoding: true };
      },
    ],
    ['GET /memberships', () => [{ id: 'm', account: { id: ACCOUNT_ID, name: 'acme' } }]],
    ['GET /user/tokens/verify', () => ({ id: 't', status: 'active' })],
    ['GET /user', () => ({ id: 'u', email: 'ops@acme.test' })],
    ['GET /accounts', () => [{ id: ACCOUNT_ID, name: 'acme' }]],
  ];

  #worker(name: string): UploadedWorker {
    const present = this.workers.get(name);
    if (present !== undefined) return present;
    const made: UploadedWorker = {
      metadata: {},
      secrets: new Map(),
      deployments: 0,
      waiting: undefined,
      crons: [],
      isServed: false,
    };
    this.workers.set(name, made);
    return made;
  }

  #service(name: string): Json | Answer {
    if (!this.workers.has(name)) return failed(404, 10090, 'workers.api.error.service_not_found');
    const script = { tag: 'tag', tags: null, last_deployed_from: 'wrangler' };
    return { id: name, default_environment: { environment: 'production', script } };
  }

  #secretNames(name: string): Json | Answer {
    const worker = this.workers.get(name);
    if (worker === undefined) return failed(404, 10007, 'This Worker does not exist on your account.');
    return [...worker.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' }));
  }

  #putSecret(name: string, { body }: Call): Json | Answer {
    const asked = parseJson(body.toString('utf8'));
    const { name: secret, text } = isJsonObject(asked) ? asked : {};
    if (typeof secret !== 'string' || typeof text !== 'string') return failed(400, 10021, 'no secret');
    this.#worker(name).secrets.set(secret, text);
    return { name: secret, type: 'secret_text' };
  }

  #deployments(name: string): Json {
    if ((this.workers.get(name)?.deployments ?? 0) === 0) return { deployments: [] };
    const versions = [{ version_id: VERSION_ID, percentage: 100 }];
    const one = { id: DEPLOYMENT_ID, versions, strategy: 'percentage', source: 'wrangler' };
    return { deployments: [{ ...one, author_email: 'ops@acme.test', created_on: '2026-11-01T00:00:00Z' }] };
  }

  #settings(name: string): Json {
    const worker = this.workers.get(name);
    const secrets = [...(worker?.secrets.keys() ?? [])];
    return {
      bindings: [
        ...bindingsIn(worker?.metadata ?? {}),
        ...secrets.map((secret) => ({ type: 'secret_text', name: secret })),
      ],
    };
  }

  #listNamespaces(): Answer {
    const result = [...this.namespaces].map(([id, title]) => ({ id, title, supports_url_encoding: true }));
    const info = { page: 1, per_page: 100, count: result.length, total_count: result.length };
    return { status: 200, body: { ...well(result).body, result_info: info } };
  }

  #upload(name: string, call: Call): Json {
    const worker = this.#worker(name);
    worker.metadata = this.#metadata(name, call);
    worker.deployments += 1;
    return this.#uploaded(call);
  }

  /** What a version inherits is what the deployed one has. */
  #metadata(name: string, call: Call): JsonObject {
    const metadata = metadataIn(call);
    const before = bindingsIn(this.#worker(name).metadata);
    const bindings = bindingsIn(metadata).map((one) =>
      one.type === 'inherit' ? (before.find((other) => other.name === one.name) ?? one) : one,
    );
    return { ...metadata, bindings };
  }

  #uploaded(call: Call): JsonObject {
    const mainModule = metadataIn(call).main_module ?? null;
    return { id: 'script', deployment_id: DEPLOYMENT_ID, etag: 'etag', startup_time_ms: 12, entry_point: mainModule };
  }
}

const ACCOUNT = `/accounts/${ACCOUNT_ID}`;

/** The part of the form that is named so (RFC 7578). */
function metadataIn({ body, contentType }: Call): JsonObject {
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1] ?? '';
  for (const part of body.toString('utf8').split(`--${boundary}`)) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    if (!head.includes('name="metadata"')) continue;
    const metadata = parseJson(rest.join('\r\n\r\n').trim());
    if (isJsonObject(metadata)) return metadata;
  }
  return {};
}

function bindingsIn({ bindings }: JsonObject): JsonObject[] {
  return Array.isArray(bindings) ? bindings.filter(isJsonObject) : [];
}

function well(result: Json): Answer {
  return { status: 200, body: { success: true, errors: [], messages: [], result } };
}

function failed(status: number, code: number, message: string): Answer {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

function isAnswer(value: Json | Answer): value is Answer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}
