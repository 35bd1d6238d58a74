import { createHmac, randomUUID } from 'node:crypto';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { WebhookPayloads } from './webhook-payloads.ts';
import { NO_COMMIT } from './git-objects.ts';
import { grants } from './permissions.ts';
import type { GitHubWorld } from './world.ts';
import type { App, Installation, WorldEvent } from './world-model.ts';

/** GitHub waits that long for an answer. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface DeliveryOptions {
  readonly url: string;
  readonly secret: string;
  /** Named in `X-GitHub-Hook-Installation-Target-ID`. */
  readonly appId?: number;
  /** A delivery that is sent again keeps its id. */
  readonly deliveryId?: string;
  readonly contentType?: 'json' | 'form';
  /** What is signed with, for hostile deliveries. */
  readonly signature?: 'sha256' | 'sha1-only' | 'wrong' | 'none';
  /** Put over the others; an empty value takes a header away. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly payload: JsonObject;
  readonly url: string;
  /** 0 where nobody answered. */
  readonly status: number;
  readonly body: string;
}

/** Sends webhooks as GitHub does, by hand or, for Apps with a webhook URL, whenever the world changes. */
export class Webhooks {
  readonly payloads: WebhookPayloads;
  readonly #world: GitHubWorld;
  readonly #deliveries: Delivery[] = [];
  /** Where an origin really is, as a name server says: a test's service is on loopback, under a name of its own. */
  readonly origins = new Map<string, string>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(world: GitHubWorld, payloads: WebhookPayloads) {
    this.#world = world;
    this.payloads = payloads;
    world.onEvent((event) => this.#announce(event));
  }

  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Ends when everything that the world's changes caused has been delivered. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  async deliver(event: string, payload: JsonObject, options: DeliveryOptions): Promise<Delivery> {
    const id = options.deliveryId ?? randomUUID();
    const json = JSON.stringify(payload);
    const form = options.contentType === 'form';
    const body = form ? new URLSearchParams({ payload: json }).toString() : json;
    const headers = deliveryHeaders(event, id, body, options);
    const answer = await send(this.#located(options.url), body, headers);
    const delivery = { id, event, payload, url: options.url, ...answer };
    this.#deliveries.push(delivery);
    this.#remember(delivery, options);
    return delivery;
  }

  /** To the App's own webhook URL, with its secret. */
  async deliverToApp(app: App, event: string, payload: JsonObject): Promise<Delivery> {
    if (app.webhookUrl === undefined) throw new Error(`the App ${app.slug} has no webhook URL`);
    return this.deliver(event, payload, { url: app.webhookUrl, secret: app.webhookSecret, appId: app.id });
  }

  #located(url: string): string {
    const { origin } = new URL(url);
    return url.replace(origin, this.origins.get(origin) ?? origin);
  }

  /** What the App is told of its deliveries. */
  #remember({ id, event, payload, status }: Delivery, { appId, deliveryId }: DeliveryOptions): void {
    const app = this.#world.apps().find((one) => one.id === appId);
    if (app === undefined) return;
    this.#world.noteHookDelivery({
      app,
      guid: id,
      event,
      action: typeof payload.action === 'string' ? payload.action : undefined,
      installationId: idOf(payload.installation),
      repositoryId: idOf(payload.repository),
      statusCode: status,
      redelivery: deliveryId !== undefined,
    });
  }

  #announce(event: WorldEvent): void {
    for (const app of this.#world.apps().filter((one) => one.webhookUrl !== undefined)) {
      for (const [name, payload] of this.#payloadsFor(app, event)) {
        this.#queue = this.#queue.then(() => this.deliverToApp(app, name, payload));
      }
    }
  }

  #payloadsFor(app: App, event: WorldEvent): [event: string, payload: JsonObject][] {
    if (event.event === 'installation') {
      if (event.installation.app !== app) return [];
      return [[event.event, this.payloads.installation(event.action, event.installation)]];
    }
    if (event.event === 'installation_repositories') {
      if (event.installation.app !== app) return [];
      const { action, installation, repositories } = event;
      return [[event.event, this.payloads.installationRepositories(action, installation, repositories)]];
    }
    const repository = event.event === 'pull_request' ? event.pull.repository : event.repository;
    const installation = this.#world.installationOf(app, repository.owner.login);
    if (installation === undefined || !this.#world.covers(installation, repository)) return [];
    return this.#repositoryPayloads(event, installation);
  }

  #repositoryPayloads(
    event: Extract<WorldEvent, { event: 'push' | 'pull_request' | 'repository' }>,
    installation: Installation,
  ): [event: string, payload: JsonObject][] {
    const context = { installation };
    if (event.event === 'repository') return [[event.event, this.payloads.repository(event, context)]];
    if (event.event === 'pull_request') {
      return [[event.event, this.payloads.pullRequest(event.action, event.pull, context)]];
    }
    const push: [string, JsonObject] = ['push', this.payloads.push(event, context)];
    if (event.after === NO_COMMIT || !grants(installation.permissions, 'checks', 'write')) return [push];
    // GitHub makes a suite for every App that may write checks, and tells it.
    const suite = this.#world.addCheckSuite(installation.app, event.repository, event.after, event.before);
    return [push, ['check_suite', this.payloads.checkSuite('requested', suite, context)]];
  }
}

function deliveryHeaders(event: string, id: string, body: string, options: DeliveryOptions): Record<string, string> {
  const headers: Record<string, string> = {
    accept: '*/*',
    'content-type': options.contentType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': id,
    'x-github-event': event,
    'x-github-hook-id': '292430182',
    'x-github-hook-installation-target-id': String(options.appId ?? 0),
    'x-github-hook-installation-target-type': 'integration',
    ...signatures(body, options),
    ...options.headers,
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}

function signatures(body: string, { secret, signature = 'sha256' }: DeliveryOptions): Record<string, string> {
  if (signature === 'none' || secret === '') return {};
  const key = signature === 'wrong' ? `not ${secret}` : secret;
  const sha1 = { 'x-hub-signature': `sha1=${hmac('sha1', key, body)}` };
  return signature === 'sha1-only' ? sha1 : { ...sha1, 'x-hub-signature-256': `sha256=${hmac('sha256', key, body)}` };
}

function hmac(algorithm: string, key: string, body: string): string {
  return createHmac(algorithm, key).update(body).digest('hex');
}

function idOf(value: Json | undefined): number | undefined {
  return isJsonObject(value) && typeof value.id === 'number' ? value.id : undefined;
}

async function send(
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}
