import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { isJsonObject } from '../support/json.ts';
import type { JsonObject } from '../support/json.ts';
import { STS_DOMAIN, WEBHOOK_SECRET, type Arena, type Seen } from './arena.ts';
import { property } from './fuzz-run.ts';
import { ownTokenFaults, requireNone } from './grants.ts';
import {
  byteChange,
  bytesOf,
  changedBytes,
  changedJson,
  nodeChange,
  type ByteChange,
  type NodeChange,
} from './hostile.ts';
import { requireSound } from './invariants.ts';

interface Definition {
  readonly name: string;
  readonly examples: readonly JsonObject[];
}

const EXAMPLES = (createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Definition[]).flatMap(
  ({ name, examples }) => examples.map((payload, n) => ({ title: `${name} ${n}`, name, payload })),
);
/** Those that this service acts on. */
const ACTED_ON = EXAMPLES.filter(({ name }) =>
  [
    'push',
    'pull_request',
    'check_suite',
    'check_run',
    'installation',
    'installation_repositories',
    'repository',
  ].includes(name),
);

export interface WebhookCase {
  /** An event's name and the number of GitHub's example of it. */
  readonly example: string;
  /** Told in the header, unless it is the example's own. */
  readonly event: string | undefined;
  /** Whether it is about the local world, so that something is to be done. */
  readonly local: boolean;
  readonly nodes: readonly NodeChange[];
  readonly bytes: readonly ByteChange[];
  readonly form: boolean;
  readonly signed: 'rightly' | 'by another secret' | 'before the change' | 'not at all';
}

const example = fc
  .oneof({ weight: 4, arbitrary: fc.constantFrom(...ACTED_ON) }, { weight: 1, arbitrary: fc.constantFrom(...EXAMPLES) })
  .map(({ title }) => title);
export const webhookCases: fc.Arbitrary<WebhookCase> = fc.record({
  example,
  event: fc.option(fc.constantFrom('push', 'check_run', '__proto__', ''), { freq: 12, nil: undefined }),
  local: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  nodes: fc.array(nodeChange, { maxLength: 3 }),
  bytes: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(byteChange, { maxLength: 2 }) },
  ),
  form: fc.boolean(),
  signed: fc.oneof(
    { weight: 6, arbitrary: fc.constant<WebhookCase['signed']>('rightly') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<WebhookCase['signed']>('by another secret', 'before the change', 'not at all'),
    },
  ),
});

/** The example with the names, ids and commits of the local world in place of its own. */
function localized(arena: Arena, payload: JsonObject): JsonObject {
  const { world } = arena.emulator;
  const head = world.head('acme/app') ?? '';
  const account = { login: 'acme', name: 'acme', id: arena.seed.organization.id };
  const local = {
    repository: { id: 7001, name: 'app', full_name: 'acme/app', default_branch: 'main' },
    owner: account,
    account,
    check_suite: { head_sha: head },
    check_run: { head_sha: head },
    head: { sha: head },
  };
  const copy = withMembers(payload, new Map(Object.entries(local)));
  const installation = { ...(isJsonObject(copy.installation) ? copy.installation : {}), id: 8001 };
  return { ...copy, installation, ...('after' in copy ? { after: head } : {}) };
}

/** The object with these members put over those of each object below it that has one of the names. */
function withMembers(value: JsonObject, local: ReadonlyMap<string, JsonObject>): JsonObject {
  const members = Object.entries(value).map(([name, one]) => {
    return [name, isJsonObject(one) ? { ...withMembers(one, local), ...local.get(name) } : one] as const;
  });
  return Object.fromEntries(members);
}

export function webhookRequest(arena: Arena, one: WebhookCase): Request {
  const { name, payload } = EXAMPLES.find(({ title }) => title === one.example) ?? { name: '', payload: {} };
  const before = JSON.stringify(one.local ? localized(arena, payload) : payload);
  const json = one.nodes.reduce(changedJson, before);
  const text = one.form ? new URLSearchParams({ payload: json }).toString() : json;
  const body = one.bytes.reduce(changedBytes, bytesOf(text));
  const secret = one.signed === 'by another secret' ? 'another secret' : WEBHOOK_SECRET;
  const signedBytes = one.signed === 'before the change' ? bytesOf(`${before} `) : body;
  const signature = `sha256=${createHmac('sha256', secret).update(signedBytes).digest('hex')}`;
  const headers = {
    'x-github-event': one.event ?? name,
    'content-type': one.form ? 'application/x-www-form-urlencoded' : 'application/json',
    ...(one.signed === 'not at all' ? {} : { 'x-hub-signature-256': signature }),
  };
  return new Request(`https://${STS_DOMAIN}/webhook`, { method: 'POST', headers, body });
}

async function hold(arena: Arena, one: WebhookCase): Promise<void> {
  const seen = await arena.ask(webhookRequest(arena, one));
  requireSound(arena, seen, { presented: [], trusted: [], isUpstreamSound: true });
  requireNone([...ownTokenFaults(arena, seen, undefined), ...deliveryFaults(seen, one)], seen);
}

export function deliveryFaults({ status, contacts }: Seen, { signed, bytes, nodes }: WebhookCase): readonly string[] {
  if (signed !== 'rightly') {
    return status === 401 && contacts.length === 0 ? [] : ['a delivery that nobody signed was acted on'];
  }
  if (bytes.length === 0 && nodes.length === 0 && status >= 300) return ["GitHub's own example is refused"];
  return status === 200 || status === 202 || status === 400 ? [] : [`a ${status}`];
}

export const WEBHOOKS = property<WebhookCase>({
  title: 'webhooks with changed payloads',
  runs: 80,
  cases: webhookCases,
  hold,
  leastGrants: 0,
});
