import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { look, serviceUrl, waitUntilLive } from '../../../../scripts/operator/service.ts';
import { LoopbackServer, sendJson } from '../../../support/loopback-server.ts';

let server: LoopbackServer;
let answer: { status: number; body: unknown };
let asked: number;

beforeEach(async () => {
  server = await LoopbackServer.listen();
  asked = 0;
  server.serve(async (request, response) => {
    asked += 1;
    expect(request.url).toBe('/healthz');
    sendJson(response, answer.status, answer.body);
  });
});

afterEach(() => server.close());

describe('a service', () => {
  it('is live where it says how it does', async () => {
    answer = { status: 200, body: { status: 'degraded', checks: { webhook: 'failing' } } };
    expect(await look(server.origin)).toEqual({ kind: 'live', status: 'degraded' });
  });

  it.each<[string, number, unknown, string]>([
    ['not configured yet', 503, { status: 'misconfigured' }, 'answered 503'],
    ['another program', 200, 'hello', 'answered 200'],
    ['no object', 200, null, 'answered 200'],
    ['asked under another name', 200, { status: 'degraded', checks: { host: 'failing' } }, 'STS_DOMAIN'],
  ])('is not where it is %s', async (_, status, body, sentence) => {
    answer = { status, body };
    const result = await look(server.origin);
    expect(result).toEqual({ kind: 'not-live', last: expect.stringContaining(sentence) });
  });

  it('is not where nobody listens', async () => {
    const gone = await LoopbackServer.listen();
    const { origin } = gone;
    await gone.close();
    expect(await look(origin)).toMatchObject({ last: expect.stringContaining('ECONNREFUSED') });
  });

  it('is waited for no longer than it may take', async () => {
    answer = { status: 503, body: {} };
    expect(await waitUntilLive(server.origin, 10)).toMatchObject({ kind: 'not-live' });
    expect(asked).toBe(1);
  });

  it.each([
    ['sts.acme.dev', 'https://sts.acme.dev'],
    ['127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['localhost:1', 'http://localhost:1'],
    ['localhost.acme.dev', 'https://localhost.acme.dev'],
  ])('at %s has the address %s', (host, url) => {
    expect(serviceUrl(host)).toBe(url);
  });
});
