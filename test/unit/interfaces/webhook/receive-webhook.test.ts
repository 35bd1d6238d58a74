import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { APP_DIRECTORY } from '../../../../src/application/ports/app-directory.ts';
import { CLOCK } from '../../../../src/application/ports/clock.ts';
import { LOG } from '../../../../src/application/ports/log.ts';
import { RefreshPolicies, type CacheChange } from '../../../../src/application/refresh-policies.ts';
import { RequestAllowance } from '../../../../src/application/request-allowance.ts';
import type { Settings } from '../../../../src/interfaces/settings.ts';
import { receiveWebhook } from '../../../../src/interfaces/webhook/receive-webhook.ts';
import { AdjustableClock } from '../../../support/clock.ts';
import { SILENT_LOG } from '../../../support/github-session.ts';

const MEBIBYTE = 1024 * 1024;
const SECRET = 'hook';
const FORGED = `sha256=${'0'.repeat(64)}`;
const POOLS: Readonly<Record<string, string>> = { acme: '1', victim: '2' };

let clock: AdjustableClock;
let warnings: string[];
let changes: CacheChange[];

beforeEach(() => {
  clock = new AdjustableClock();
  clock.freeze(0);
  warnings = [];
  changes = [];
});

function receive(request: Request): Promise<Response> {
  const values = new Map<unknown, unknown>([
    [CLOCK, clock],
    [LOG, { ...SILENT_LOG, warn: (event: string) => void warnings.push(event) }],
    [APP_DIRECTORY, { poolOf: (owner: string) => (owner in POOLS ? [{ name: owner, id: POOLS[owner] }] : []) }],
    [RequestAllowance, { proveInsider: () => undefined }],
    [RefreshPolicies, { execute: async (change: CacheChange) => void changes.push(change) }],
  ]);
  const settings = { webhookSecrets: { shared: [SECRET], byAppId: new Map() }, orgPolicyRepository: '.github' };
  const resolve = (token: unknown): unknown => values.get(token);
  return receiveWebhook(request, { settings: settings as unknown as Settings, resolve } as Parameters<
    typeof receiveWebhook
  >[1]);
}

interface Upload {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly outcome: Promise<unknown>;
}

/** A body of which nothing came yet, under a signature that is none. */
async function upload(headers: Record<string, string>): Promise<Upload> {
  let controller: Upload['controller'] | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) });
  const init = { method: 'POST', body, duplex: 'half', headers: { 'x-hub-signature-256': FORGED, ...headers } };
  const request = new Request('https://sts.example.com/webhook', init);
  const outcome = receive(request).catch((error: unknown) => (error as { kind: string }).kind);
  await new Promise(setImmediate);
  return { controller: controller!, outcome };
}

const declared = (mebibytes: number): Promise<Upload> => upload({ 'content-length': String(mebibytes * MEBIBYTE) });

function signed(event: string, payload: unknown, headers: Record<string, string> = {}): Request {
  const body = JSON.stringify(payload);
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  return new Request('https://sts.example.com/webhook', {
    method: 'POST',
    body,
    headers: { 'x-github-event': event, 'x-hub-signature-256': signature, ...headers },
  });
}

describe('bodies that come at the same time', () => {
  it('are refused beyond 40 MiB, and read again once others are done', async () => {
    const [one, two] = [await declared(20), await declared(20)];
    const third = await declared(1);
    expect(await third.outcome).toBe('unavailable');
    expect(warnings).toEqual(['webhook_bodies_refused']);
    for (const { controller } of [one, two]) controller.close();
    expect(await Promise.all([one.outcome, two.outcome])).toEqual(['invalid_signature', 'invalid_signature']);
    const fourth = await declared(25);
    fourth.controller.close();
    expect(await fourth.outcome).toBe('invalid_signature');
  });

  it('count as they grow where they declare no length', async () => {
    const large = await declared(24);
    const growing = await upload({});
    growing.controller.enqueue(new Uint8Array(10 * MEBIBYTE));
    growing.controller.enqueue(new Uint8Array(10 * MEBIBYTE));
    expect(await growing.outcome).toBe('unavailable');
    large.controller.close();
    await large.outcome;
  });

  it('give back what they held when they break off', async () => {
    for (let count = 0; count < 3; count++) {
      const broken = await declared(25);
      broken.controller.error(new Error('reset'));
      expect(await broken.outcome).not.toBe('unavailable');
    }
    const after = await declared(25);
    after.controller.close();
    expect(await after.outcome).toBe('invalid_signature');
  });

  it('no longer count after 30 seconds where a cancelled request left them behind', async () => {
    const [left, behind] = [await declared(20), await declared(20)];
    clock.advance(30_000);
    expect(await (await declared(20)).outcome).toBe('unavailable');
    clock.advance(1);
    const later = await declared(20);
    for (const { controller } of [later, left, behind]) controller.close();
    expect(await later.outcome).toBe('invalid_signature');
    await Promise.all([left.outcome, behind.outcome]);
  });

  it('do not keep a delivery from being read that fits beside them', async () => {
    const large = await declared(25);
    expect((await receive(signed('ping', {}))).status).toBe(200);
    large.controller.close();
    await large.outcome;
  });
});

describe('a repository that moved between organizations', () => {
  const payload = {
    action: 'transferred',
    repository: { name: 'app', owner: { login: 'acme' }, id: 5 },
    changes: { owner: { from: { organization: { login: 'victim' } } } },
  };
  const moved = async (headers: Record<string, string>): Promise<unknown> => {
    expect((await receive(signed('repository', payload, headers))).status).toBe(202);
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
