import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { readBody, sendJson } from '../loopback-server.ts';
import type { ActionsTokenOptions } from './actions-issuer.ts';
import type { GitHubEmulator } from './emulator.ts';
import type { Fault } from './faults.ts';
import type { FileChanges } from './git-objects.ts';
import { fullName } from './representations.ts';
import type { CheckRun, Repository } from './world-model.ts';

type Command = (emulator: GitHubEmulator, input: JsonObject) => Promise<unknown>;

/** What a developer does to the running local GitHub from another process: `POST /_control/<name>` with JSON. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['world', async (emulator) => describeWorld(emulator)],
  ['commit', async (emulator, input) => commit(emulator, input)],
  ['pull-request', async (emulator, input) => openPullRequest(emulator, input)],
  [
    'actions-token',
    async (emulator, input) => ({ token: emulator.actionsIssuer.sign(input as unknown as ActionsTokenOptions) }),
  ],
  ['check-runs', async (emulator, input) => listCheckRuns(emulator, input)],
  ['rerun-check', async (emulator, input) => rerunCheck(emulator, input)],
  ['webhook-url', async (emulator, input) => setWebhookUrl(emulator, input)],
  ['deliveries', async (emulator) => listDeliveries(emulator)],
  ['counters', async (emulator) => counters(emulator)],
  ['reset-counters', async (emulator) => emulator.resetCounters()],
  ['add-fault', async (emulator, input) => void emulator.faults.add(readFault(input))],
  ['clear-faults', async (emulator) => emulator.faults.clear()],
]);

export async function answerControl(
  emulator: GitHubEmulator,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  // A web page that points its own host name at 127.0.0.1 must not reach this.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    sendJson(response, 403, { error: 'loopback only' });
    return;
  }
  const body = (await readBody(request)).toString('utf8');
  const command = COMMANDS.get(path.replace('/_control/', ''));
  if (command === undefined || request.method !== 'POST') {
    sendJson(response, 404, { error: 'POST /_control/<command>', commands: [...COMMANDS.keys()] });
    return;
  }
  const input = parseJson(body === '' ? '{}' : body);
  try {
    if (!isJsonObject(input)) throw new Error('the body is no JSON object');
    sendJson(response, 200, (await command(emulator, input)) ?? { ok: true });
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function commit({ world }: GitHubEmulator, input: JsonObject): JsonObject {
  const { sha } = world.commit(text(input, 'repository'), files(input), {
    ...optional(input, 'branch'),
    ...optional(input, 'message'),
    ...optional(input, 'author'),
  });
  return { sha };
}

function openPullRequest({ world }: GitHubEmulator, input: JsonObject): JsonObject {
  const pull = world.openPullRequest({
    repository: text(input, 'repository'),
    branch: text(input, 'branch'),
    ...(input.files === undefined ? {} : { files: files(input) }),
    ...optional(input, 'headRepository'),
    ...optional(input, 'base'),
    ...optional(input, 'title'),
  });
  return { number: pull.number, head: pull.head.sha };
}

function listCheckRuns({ world }: GitHubEmulator, input: JsonObject): unknown {
  return world.checkRuns(text(input, 'repository'), optional(input, 'sha').sha).map(describeCheckRun);
}

function describeCheckRun(run: CheckRun): unknown {
  const { id, name, headSha, externalId, status, conclusion, title, summary, annotations } = run;
  return {
    id,
    name,
    headSha,
    externalId,
    app: run.app.slug,
    status,
    conclusion,
    title,
    summary,
    text: run.text,
    annotations,
  };
}

/** What GitHub's "Re-run" button does. */
async function rerunCheck({ world, webhooks }: GitHubEmulator, input: JsonObject): Promise<unknown> {
  const run = world.checkRun(Number(input.id));
  if (run === undefined) throw new Error('there is no such check run');
  const installation = world.installationOf(run.app, run.repository.owner.login);
  const payload = webhooks.payloads.checkRun('rerequested', run, installation === undefined ? {} : { installation });
  const { status, body } = await webhooks.deliverToApp(run.app, 'check_run', payload);
  return { status, body };
}

function setWebhookUrl({ world }: GitHubEmulator, input: JsonObject): void {
  for (const app of world.apps()) app.webhookUrl = text(input, 'url');
}

function listDeliveries({ webhooks }: GitHubEmulator): unknown {
  return webhooks.deliveries.map(({ id, event, url, status, body }) => ({ id, event, url, status, body }));
}

function counters(emulator: GitHubEmulator): unknown {
  const byOperation: Record<string, number> = {};
  for (const { operation } of emulator.requests) byOperation[operation] = (byOperation[operation] ?? 0) + 1;
  const { requests, violations, actionsIssuerHits } = emulator;
  return {
    total: requests.length,
    byOperation,
    actionsIssuerHits,
    violations,
    liveTokens: emulator.tokens.live().length,
  };
}

function readFault(input: JsonObject): Fault {
  const match = isJsonObject(input.match) ? input.match : {};
  const { pathPattern, ...exact } = match;
  const path = typeof pathPattern === 'string' ? { path: new RegExp(pathPattern) } : {};
  return { ...input, match: { ...exact, ...path } } as unknown as Fault;
}

function describeWorld({ world, url, actionsIssuer }: GitHubEmulator): unknown {
  const describe = (repository: Repository): unknown => ({
    id: repository.id,
    name: fullName(repository),
    private: repository.private,
    defaultBranch: repository.defaultBranch,
    head: world.head(repository),
  });
  return {
    url,
    actionsIssuer: actionsIssuer.issuer,
    apps: world.apps().map(({ id, slug, permissions, webhookUrl }) => ({ id, slug, permissions, webhookUrl })),
    installations: world.installations().map(({ id, app, account }) => ({ id, app: app.slug, account: account.login })),
    repositories: world.repositories().map(describe),
  };
}

function text(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new Error(`${name} must be a string`);
  return value;
}

function optional<Name extends string>(input: JsonObject, name: Name): Partial<Record<Name, string>> {
  const value = input[name];
  return typeof value === 'string' ? ({ [name]: value } as Partial<Record<Name, string>>) : {};
}

function files(input: JsonObject): FileChanges {
  if (!isJsonObject(input.files)) throw new Error('files must map paths to texts, or to null to delete');
  return input.files as unknown as FileChanges;
}
