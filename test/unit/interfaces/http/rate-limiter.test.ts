import { beforeEach, describe, expect, it } from '@jest/globals';
import { LOG } from '../../../../src/application/ports/log.ts';
import { route, type RequestScope } from '../../../../src/interfaces/http/router.ts';
import type { Platform, RateLimiter } from '../../../../src/interfaces/platform.ts';
import type { Settings } from '../../../../src/interfaces/settings.ts';

let logged: unknown[];

beforeEach(() => {
  logged = [];
});

/** A path that is limited and needs nothing but the limiter. */
async function refresh(admits: RateLimiter['admits']): Promise<unknown> {
  const ignore = (): void => undefined;
  const error = (event: string, fields?: unknown): void => void logged.push([event, fields]);
  const resolve = (token: unknown): unknown => (token === LOG ? { info: ignore, warn: ignore, error } : undefined);
  const scope = {
    settings: { allowLoopbackHttp: true } as Settings,
    platform: { rateLimiter: { admits } } as unknown as Platform,
    requestId: '1',
    resolve,
  } as RequestScope;
  const headers = { 'cf-connecting-ip': '192.0.2.1' };
  const url = 'https://sts.example.com/sts/exchange_refresh_token';
  const { response, refusal } = await route(new Request(url, { method: 'POST', headers }), scope);
  return [response.status, refusal?.kind, response.headers.get('retry-after')];
}

describe('the rate limiter of clients', () => {
  it('refuses an address that it limits, and lets others on', async () => {
    expect(await refresh(async () => false)).toEqual([429, 'rate_limited', '60']);
    expect(await refresh(async (key) => key === '192.0.2.1')).toEqual([501, 'unimplemented', null]);
    expect(logged).toEqual([]);
  });

  it('limits nobody while it fails, and the log says so', async () => {
    const failing = await refresh(() => Promise.reject(new Error('no answer')));
    expect(failing).toEqual([501, 'unimplemented', null]);
    expect(logged).toEqual([['rate_limiter_failed', { detail: 'Error: no answer' }]]);
  });
});
