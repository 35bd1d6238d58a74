import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, LocalStack, type Answer } from '../support/local-stack.ts';
import { framed, RawUpload } from '../support/raw-upload.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const FORGED = `X-Hub-Signature-256: sha256=${'0'.repeat(64)}`;
/** Until what was sent has surely reached the Worker: from outside nothing shows it. */
const ARRIVAL_MS = 500;

let stack: LocalStack;
let uploads: RawUpload[] = [];

beforeAll(async () => {
  stack = await LocalStack.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
});

afterEach(async () => {
  stack.issuer.clearFaults();
  await Promise.all(uploads.map((upload) => upload.close()));
  uploads = [];
});

afterAll(async () => {
  const { worker } = stack;
  await stack.close();
  expect(worker.logged('bug')).toEqual([]);
});

async function upload(path: string, ...headers: readonly string[]): Promise<RawUpload> {
  const started = await RawUpload.start(`${stack.worker.url}${path}`, headers);
  uploads.push(started);
  return started;
}

function delivery(padding = 0): Promise<Answer> {
  const body = JSON.stringify({ zen: 'x'.repeat(padding) });
  const digest = createHmac('sha256', stack.seed.app.webhookSecret).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-hub-signature-256': `sha256=${digest}`,
  };
  return stack.send({ method: 'POST', path: '/webhook', body, headers });
}

describe('an issuer whose answer is longer than it says', () => {
  it.each(['discovery', 'jwks'] as const)('gets no token by it: %s', async (document) => {
    await stack.restart();
    stack.issuer.addFault({ kind: 'lying-length', bytes: 110 * KIBIBYTE, document });
    const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
    const answer = await stack.exchangeFor('acme/app', 'build-farm', token);
    expect([answer.status, answer.json.error]).toEqual([401, 'token_verification_failed']);
  });

  it('is read no further than its limit', async () => {
    await stack.restart();
    let sent = -1;
    const onSent = (bytes: number): void => void (sent = bytes);
    stack.issuer.addFault({ kind: 'lying-length', bytes: 64 * MEBIBYTE, document: 'discovery', onSent });
    const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
    await stack.exchangeFor('acme/app', 'build-farm', token);
    // What the sockets' buffers of both sides took, and not what came after it.
    await eventually(() => sent >= 0);
    expect(sent).toBeLessThan(32 * MEBIBYTE);
  });

  it('is understood where it stays below the limit', async () => {
    await stack.restart();
    stack.issuer.addFault({ kind: 'lying-length', bytes: 50 * KIBIBYTE });
    const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
    expect((await stack.exchangeFor('acme/app', 'build-farm', token)).status).toBe(200);
  });
});

describe('a request whose body is longer than it says', () => {
  const BOTH = ['Content-Length: 10', 'Transfer-Encoding: chunked'];
  const FORM = 'Content-Type: application/x-www-form-urlencoded';

  it('is refused as a form of more than 32 KiB', async () => {
    const form = await upload('/sts/exchange', FORM, ...BOTH);
    await form.send(framed('x'.repeat(33 * KIBIBYTE)));
    await eventually(() => form.status !== 0 || form.isClosed);
    expect([0, 413]).toContain(form.status);
  });

  it('is refused as a delivery of more than 25 MiB', async () => {
    const large = await upload('/webhook', FORGED, ...BOTH);
    for (let count = 0; count < 26 && !large.isClosed; count++) await large.send(framed('x'.repeat(MEBIBYTE)));
    await eventually(() => large.status !== 0 || large.isClosed);
    expect([0, 413]).toContain(large.status);
  });

  it('is cut by the runtime where only the length says so', async () => {
    const form = await upload('/sts/exchange', FORM, 'Content-Length: 15');
    await form.send('scope=acme/app&identity=deploy');
    await eventually(() => form.status !== 0);
    expect(form.status).toBe(401);
  });
});

describe('uploads under forged signatures', () => {
  it('that stand still shut nobody out, however much they declare', async () => {
    for (let count = 0; count < 60; count++) {
      const idle = await upload('/webhook', FORGED, `Content-Length: ${20 * MEBIBYTE}`);
      await idle.send('x');
    }
    await sleep(ARRIVAL_MS);
    expect([(await delivery()).status, (await delivery(20 * MEBIBYTE)).status]).toEqual([200, 200]);
  });

  it('that stop after many bytes keep no small delivery out, and no large one', async () => {
    const kinds = [
      { count: 4, bytes: 19 * MEBIBYTE, declared: 20 * MEBIBYTE },
      { count: 20, bytes: MEBIBYTE - KIBIBYTE, declared: MEBIBYTE },
    ];
    for (const { count, bytes, declared } of kinds) {
      for (let index = 0; index < count; index++) {
        const half = await upload('/webhook', FORGED, `Content-Length: ${declared}`);
        await half.send('x'.repeat(bytes));
      }
    }
    await sleep(ARRIVAL_MS);
    expect([(await delivery()).status, (await delivery(20 * MEBIBYTE)).status]).toEqual([200, 200]);
  });

  it('that are slow are cut within seconds, and the log tells', async () => {
    const idle = await upload('/webhook', FORGED, 'Content-Length: 1000');
    const slow = await upload('/webhook', FORGED, `Content-Length: ${MEBIBYTE}`);
    for (let step = 0; step < 24 && !slow.isClosed && slow.status === 0; step++) {
      await slow.send('x'.repeat(100));
      await sleep(250);
    }
    await eventually(() => idle.isClosed && slow.isClosed);
    expect([idle.status, slow.status]).toEqual([503, 503]);
    const reasons = stack.worker.logged('webhook_body_refused').filter(({ reason }) => reason === 'too_slow');
    expect(reasons.length).toBeGreaterThanOrEqual(2);
  });
});
