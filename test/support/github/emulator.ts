import type { IncomingMessage, ServerResponse } from 'node:http';
import { AdjustableClock } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import { LoopbackServer, sendJson } from '../loopback-server.ts';
import { generateSigningKey } from '../signing-key.ts';
import type { SigningKey } from '../signing-key.ts';
import { AccessTokens } from './access-tokens.ts';
import type { TokenFormat } from './access-tokens.ts';
import { ActionsIssuer } from './actions-issuer.ts';
import { AppRegistration } from './app-registration.ts';
import { Authentication } from './authentication.ts';
import { answerControl } from './control.ts';
import { Faults } from './faults.ts';
import { FrontDoor } from './front-door.ts';
import { GraphQlEndpoint } from './graphql-endpoint.ts';
import { PublishedContract } from './published-contract.ts';
import { RateLimits } from './rate-limits.ts';
import { RequestLog } from './request-log.ts';
import type { RecordedRequest, RequestFilter } from './request-log.ts';
import { convertManifest } from './rest/apps.ts';
import { REST_OPERATIONS } from './rest/operations.ts';
import { WebhookPayloads } from './webhook-payloads.ts';
import { Webhooks } from './webhooks.ts';
import { GitHubWorld } from './world.ts';

const ACTIONS_ISSUER_PATH = '/_services/token';

export interface EmulatorOptions {
  readonly port?: number;
  readonly clock?: AdjustableClock;
  readonly tokenFormat?: TokenFormat;
  /** RS256; a new one unless given. */
  readonly actionsKey?: SigningKey;
}

/** A GitHub on loopback, as strict as the real one: REST, GraphQL, the Actions issuer and webhooks. */
export class GitHubEmulator {
  readonly clock: AdjustableClock;
  readonly world: GitHubWorld;
  readonly tokens: AccessTokens;
  readonly faults = new Faults();
  readonly limits: RateLimits;
  readonly actionsIssuer: ActionsIssuer;
  readonly webhooks: Webhooks;
  /** Requests and answers that GitHub's published description does not allow. Tests assert that there are none. */
  readonly violations: string[] = [];
  readonly #log = new RequestLog();
  readonly #issuerHits: string[] = [];
  readonly #registration: AppRegistration;
  readonly #server: LoopbackServer;
  readonly #frontDoor: FrontDoor;

  private constructor(server: LoopbackServer, options: EmulatorOptions) {
    this.#server = server;
    this.clock = options.clock ?? new AdjustableClock();
    this.world = new GitHubWorld(this.clock);
    this.tokens = new AccessTokens(this.clock, this.world);
    this.tokens.format = options.tokenFormat ?? 'short';
    this.limits = new RateLimits(this.clock);
    this.actionsIssuer = new ActionsIssuer(
      server.origin + ACTIONS_ISSUER_PATH,
      this.world,
      this.clock,
      options.actionsKey ?? generateSigningKey(),
    );
    const payloads = new WebhookPayloads(this.world, { api: server.origin, web: server.origin });
    this.webhooks = new Webhooks(this.world, payloads);
    this.#registration = new AppRegistration(this.world, this.violations);
    this.#frontDoor = new FrontDoor({
      clock: this.clock,
      world: this.world,
      tokens: this.tokens,
      authentication: new Authentication(this.world, this.tokens, this.clock),
      contract: sharedContract(),
      graphql: sharedGraphQl(),
      operations: new Map([
        ...REST_OPERATIONS,
        ['apps/create-from-manifest', convertManifest(this.#registration.pending)],
      ]),
      faults: this.faults,
      limits: this.limits,
      log: this.#log,
      violations: this.violations,
    });
    server.serve((request, response) => this.#receive(request, response));
  }

  static async start(options: EmulatorOptions = {}): Promise<GitHubEmulator> {
    return new GitHubEmulator(await LoopbackServer.listen(options.port), options);
  }

  /** The REST root, `GITHUB_BASE_URL` for a server like github.com; GraphQL is at `/graphql`. */
  get url(): string {
    return this.#server.origin;
  }

  /** The REST root of the same server as an Enterprise Server; GraphQL is at `/api/graphql`. */
  get enterpriseUrl(): string {
    return `${this.#server.origin}/api/v3`;
  }

  get requests(): readonly RecordedRequest[] {
    return this.#log.all();
  }

  /** API requests only; the Actions issuer's are counted in `actionsIssuerHits`. */
  count(filter?: RequestFilter): number {
    return this.#log.count(filter);
  }

  get actionsIssuerHits(): { readonly discovery: number; readonly jwks: number } {
    const jwks = this.#issuerHits.filter((path) => path.endsWith('/jwks')).length;
    return { discovery: this.#issuerHits.length - jwks, jwks };
  }

  resetCounters(): void {
    this.#log.reset();
    this.#issuerHits.length = 0;
  }

  /** A code for `POST /app-manifests/{code}/conversions`, as GitHub hands one out after the form. */
  manifestCode(manifest: JsonObject): string {
    return this.#registration.code({ manifest });
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const path = url.pathname;
    if (path.startsWith('/_control')) return answerControl(this, request, response, path);
    if (path.startsWith(`${ACTIONS_ISSUER_PATH}/`)) {
      this.#answerIssuer(path, response);
      return;
    }
    if (this.#registration.serves(path)) return this.#registration.answer(request, response, url);
    await this.#frontDoor.receive(request, response, this.url);
  }

  #answerIssuer(path: string, response: ServerResponse): void {
    const documents: Readonly<Record<string, JsonObject>> = {
      [`${ACTIONS_ISSUER_PATH}/.well-known/openid-configuration`]: this.actionsIssuer.discovery(),
      [`${ACTIONS_ISSUER_PATH}/.well-known/jwks`]: this.actionsIssuer.jwks(),
    };
    this.#issuerHits.push(path);
    if (this.actionsIssuer.isDown) {
      sendJson(response, 503, { message: 'Service Unavailable' });
      return;
    }
    const document = documents[path];
    sendJson(response, document === undefined ? 404 : 200, document ?? { message: 'Not Found' });
  }
}

// Compiling the descriptions takes longer than starting the server; neither holds any state of one.
let contract: PublishedContract | undefined;
let graphql: GraphQlEndpoint | undefined;

function sharedContract(): PublishedContract {
  contract ??= new PublishedContract();
  return contract;
}

function sharedGraphQl(): GraphQlEndpoint {
  graphql ??= new GraphQlEndpoint();
  return graphql;
}
