import { beforeEach, describe, expect, it } from '@jest/globals';
import { LOG } from '../../../../src/application/ports/log.ts';
import { route, type RequestScope } from '../../../../src/interfaces/http/router.ts';
import type { Settings } from '../../../../src/interfaces/settings.ts';
import { SILENT_LOG } from '../../../support/github-session.ts';

let logged: unknown[];

beforeEach(() => {
  logged = [];
});

/** A path that is limited and needs nothing but the limiter. */
function refresh(limit: () => Promise<{ success: boolean }>): Promise<Response> {
  const log = { ...SILENT_LOG, error: (event: string, fields?: unknown) => void logged.push([event, fields]) };
  const settings = { allowLoopbackHttp: true, rateLimiter: { limit } } as unknown as Settings;
  const resolve = (token: unknown): unknown => (token === LOG ? log : undefined);
  const scope = { settings, requestId: '1', resolve } as RequestScope;
  const headers = { 'cf-connecting-ip': '192.0.2.1' };
  const url = 'https://sts.example.com/sts/exchange_refresh_token';
  return route(new Request(url, { method: 'POST', headers }), scope);
}

describe('the rate limiter of clients', () => {
  it('refuses an address that it limits, and lets others on', async () => {
    await expect(refresh(async () => ({ success: false }))).rejects.toMatchObject({ kind: 'rate_limited' });
    await expect(refresh(async () => ({ success: true }))).rejects.toMatchObject({ kind: 'unimplemented' });
    expect(logged).toEqual([]);
  });

  it('limits nobody while it fails, and the log says so', async () => {
    const failing = refresh(() => Promise.reject(new Error('no answer')));
    await expect(failing).rejects.toMatchObject({ kind: 'unimplemented' });
    expect(logged).toEqual([['rate_limiter_failed', { detail: 'Error: no answer' }]]);
  });
});
