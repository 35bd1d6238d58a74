import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { APP_DIRECTORY } from '../../../../src/application/ports/app-directory.ts';
import { APP_NUMBERS } from '../../../../src/application/ports/app-numbers.ts';
import { LOG } from '../../../../src/application/ports/log.ts';
import { RefreshPolicies, type CacheChange } from '../../../../src/application/webhook/refresh-policies.ts';
import { HEALTH_OBSERVATIONS, HealthObservations } from '../../../../src/application/health/health-observations.ts';
import { CLOCK } from '../../../../src/application/ports/clock.ts';
import { RequestBudget } from '../../../../src/application/budget/request-budget.ts';
import { RequestTrust } from '../../../../src/application/budget/request-trust.ts';
import { MemoryAppNumbers } from '../../../../src/infrastructure/memory/memory-app-numbers.ts';
import type { Settings } from '../../../../src/interfaces/settings.ts';
import { receiveWebhook } from '../../../../src/interfaces/webhook/receive-webhook.ts';
import { UPLOAD_POOLS, UploadPools } from '../../../../src/interfaces/webhook/upload-pools.ts';
import { AdjustableClock } from '../../../support/clock.ts';
import { SILENT_LOG } from '../../../support/github-session.ts';

const MEBIBYTE = 1024 * 1024;
const MOST_TURNS = 1000;
const SECRET = 'hook';
/** Apps by their client IDs: one with the deployment's secret, one with a secret of its own. */
const NAMED = 'Iv23liAAAAAAAAAAAAAA';
const OWN = 'Iv23liBBBBBBBBBBBBBB';
const FORGED = `sha256=${'0'.repeat(64)}`;
const POOLS: Readonly<Record<string, string>> = { acme: '1', victim: '2' };

let clock: AdjustableClock;
let pools: UploadPools;
let warnings: string[];
let changes: CacheChange[];
let numbers: MemoryAppNumbers;

beforeEach(() => {
  clock = new AdjustableClock();
  clock.freeze(0);
  pools = new UploadPools(clock);
  warnings = [];
  changes = [];
  numbers = new MemoryAppNumbers({ [NAMED]: '1', [OWN]: '2' });
});

function receive(request: Request, configured: Partial<Settings> = {}): ReturnType<typeof receiveWebhook> {
  const values = new Map<unknown, unknown>([
    [UPLOAD_POOLS, pools],
    [LOG, { ...SILENT_LOG, warn: (event: string) => void warnings.push(event) }],
    [APP_DIRECTORY, { poolOf: (owner: string) => (owner in POOLS ? [{ name: owner, id: POOLS[owner] }] : []) }],
    [RequestBudget, { proveGitHub: () => undefined }],
    [RequestTrust, { comesFrom: () => undefined }],
    [APP_NUMBERS, numbers],
    [CLOCK, clock],
    [HEALTH_OBSERVATIONS, new HealthObservations()],
    [RefreshPolicies, { execute: async (change: CacheChange) => void changes.push(change) }],
  ]);
  const settings = {
    webhookSecrets: { shared: [SECRET], byAppId: new Map() },
    orgPolicyRepository: '.github',
    pools: [],
    ...configured,
  };
  const resolve = (token: unknown): unknown => values.get(token);
  return receiveWebhook(request, { settings: settings as unknown as Settings, resolve } as Parameters<
    typeof receiveWebhook
  >[1]);
}

interface Sent {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly outcome: Promise<unknown>;
}

/** A body of which so much came already, under a signature that is none. */
async function upload(mebibytes: number, headers: Record<string, string> = {}): Promise<Sent> {
  let controller: Sent['controller'] | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) });
  const init = { method: 'POST', body, duplex: 'half', headers: { 'x-hub-signature-256': FORGED, ...headers } };
  const outcome = receive(new Request('https://sts.example.com/webhook', init)).catch(
    (error: unknown) => (error as { kind: string }).kind,
  );
  if (mebibytes > 0) controller!.enqueue(new Uint8Array(mebibytes * MEBIBYTE));
  await taken(controller!);
  return { controller: controller!, outcome };
}

/** Waits until what came was read, however busy the machine is. */
async function taken(controller: Sent['controller']): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    await new Promise(setImmediate);
    if ((controller.desiredSize ?? 0) > 0) break;
  }
  await new Promise(setImmediate);
}

function signed(event: string, payload: unknown, headers: Record<string, string> = {}, secret = SECRET): Request {
  const body = JSON.stringify(payload);
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return new Request('https://sts.example.com/webhook', {
    method: 'POST',
    body,
    headers: { 'x-github-event': event, 'x-hub-signature-256': signature, ...headers },
  });
}

describe('bodies that come at the same time', () => {
  it('take no room by what they declare', async () => {
    const declared = { 'content-length': String(25 * MEBIBYTE) };
    const idle = await Promise.all(Array.from({ length: 50 }, () => upload(0, declared)));
    expect(await receive(signed('ping', {}))).toBe('pong');
    for (const { controller } of idle) controller.close();
    const outcomes = await Promise.all(idle.map(({ outcome }) => outcome));
    expect(new Set(outcomes)).toEqual(new Set(['invalid_signature']));
  });

  it('give way to newer ones, the oldest first, and say so', async () => {
    const [old, newer] = [await upload(20), await upload(20)];
    // Nothing more comes of the old one: its request notices within half a second.
    expect(await old.outcome).toBe('unavailable');
    expect(warnings).toEqual(['webhook_body_refused']);
    newer.controller.close();
    expect(await newer.outcome).toBe('invalid_signature');
  });

  it('give back what they held when they break off', async () => {
    const first = await upload(10);
    for (let count = 0; count < 3; count++) {
      const broken = await upload(20);
      broken.controller.error(new Error('reset'));
      expect(await broken.outcome).not.toBe('unavailable');
    }
    first.controller.close();
    expect(await first.outcome).toBe('invalid_signature');
  });

  it('are refused where they take too long', async () => {
    const slow = await upload(1);
    clock.advance(10_000);
    slow.controller.enqueue(new Uint8Array(1));
    expect(await slow.outcome).toBe('unavailable');
  });

  it('beyond 25 MiB are refused, whatever they declare', async () => {
    for (const headers of [{ 'content-length': '10' }, {}]) {
      const large = await upload(25, headers);
      large.controller.enqueue(new Uint8Array(1));
      expect(await large.outcome).toBe('payload_too_large');
    }
  });
});

describe('a repository that moved between organizations', () => {
  const payload = {
    action: 'transferred',
    repository: { name: 'app', owner: { login: 'acme' }, id: 5 },
    changes: { owner: { from: { organization: { login: 'victim' } } } },
  };
  const moved = async (headers: Record<string, string>): Promise<unknown> => {
    expect(await receive(signed('repository', payload, headers))).toBe('accepted');
    return changes.map((change) => (change.kind === 'moved' ? change.repositories.map(({ owner }) => owner) : []));
  };
  const from = (appId: string) => ({ 'x-github-hook-installation-target-id': appId });

  it('is forgotten under the owners that the App serves alone', async () => {
    expect(await moved(from('1'))).toEqual([['acme']]);
    expect(warnings).toEqual(['webhook_installation_unknown']);
  });

  it('is not forgotten for an App of no pool', async () => {
    expect(await moved(from('3'))).toEqual([[]]);
  });

  it('is forgotten under every name where GitHub does not tell the App', async () => {
    expect(await moved({})).toEqual([['acme', 'victim']]);
    expect(warnings).toEqual([]);
  });
});

describe('Apps that are configured by their client IDs', () => {
  const app = (id: string) => ({ name: id, id, key: { kind: 'pem', pem: '' }, keySetting: 'KEY' }) as const;
  const configured = {
    pools: [{ owner: '*', apps: [app(NAMED), app(OWN), app('9')] }],
    webhookSecrets: { shared: [SECRET], byAppId: new Map([[OWN, 'own secret']]) },
  };
  const suspended = { action: 'suspend', installation: { id: 5, account: { login: 'acme' } } };
  const from = (number: string) => ({ 'x-github-hook-installation-target-id': number });

  /** The App that a delivery counts as, by its configured id, or why it does not count. */
  async function sender(number: string, secret: string): Promise<unknown> {
    try {
      await receive(signed('installation', suspended, from(number), secret), configured);
      return changes.map((change) => (change.kind === 'moved' ? change.appId : change.kind)).at(-1);
    } catch (error) {
      return (error as { kind: string }).kind;
    }
  }

  it.each([
    ['the deployment’s secret, for the App that has no other', '1', SECRET, NAMED],
    ['an App’s own secret, for that App', '2', 'own secret', OWN],
    ['the deployment’s secret, for an App that has its own', '2', SECRET, 'invalid_signature'],
    ['another App’s own secret, for an App named by its client ID', '1', 'own secret', 'invalid_signature'],
    ['another App’s own secret, for an App named by its number', '9', 'own secret', 'invalid_signature'],
    ['another App’s own secret, for an App that is not configured', '7', 'own secret', 'invalid_signature'],
    ['the deployment’s secret, for an App that is not configured', '7', SECRET, '7'],
    ['no secret of ours', '1', 'made up', 'invalid_signature'],
  ])('are told apart where a delivery is signed with %s', async (_what, number, secret, expected) => {
    expect(await sender(number, secret)).toBe(expected);
  });

  it('cause no request to GitHub before a signature is right', async () => {
    await sender('1', 'made up');
    expect(numbers.asked).toEqual([]);
  });

  it('are not guessed while GitHub does not tell their numbers: the delivery must come again', async () => {
    numbers = new MemoryAppNumbers();
    expect(await sender('1', SECRET)).toBe('unavailable');
    expect(changes).toEqual([]);
  });

  it('need no number for a ping', async () => {
    numbers = new MemoryAppNumbers();
    expect(await receive(signed('ping', {}, from('1')), configured)).toBe('pong');
  });
});
