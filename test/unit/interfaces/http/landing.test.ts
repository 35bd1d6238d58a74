import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LOG } from '../../../../src/application/ports/log.ts';
import { landing } from '../../../../src/interfaces/http/landing.ts';
import type { Platform, StaticAssets } from '../../../../src/interfaces/platform.ts';
import type { Settings } from '../../../../src/interfaces/settings.ts';

const HTML = '<nav><!-- documentation --></nav>';

let logged: unknown[];

beforeEach(() => {
  logged = [];
});

interface Asked {
  readonly accept?: string;
  readonly tag?: string;
  readonly get?: StaticAssets['get'];
  readonly documentationUrl?: string;
}

function ask({ accept = 'text/html', tag, get, documentationUrl }: Asked): Promise<Response> {
  const error = (event: string, fields?: unknown): void => void logged.push([event, fields]);
  const headers = { accept, ...(tag === undefined ? {} : { 'if-none-match': tag }) };
  return landing(new Request('https://sts.example.com/', { headers }), {
    settings: { stsDomain: 'sts.example.com', documentationUrl } as Settings,
    platform: (get === undefined ? {} : { assets: { get } }) as Platform,
    resolve: (token: unknown) => (token === LOG ? { error } : undefined) as never,
  });
}

/** Assets that hold the page alone. */
async function assets(path: string, headers: Headers): Promise<Response> {
  if (path !== '/assets/page.html') return new Response('no', { status: 404 });
  if (headers.get('if-none-match') === '"7"') return new Response(null, { status: 304, headers: { etag: '"7"' } });
  return new Response(HTML, { headers: { etag: '"7"', 'content-type': 'text/plain', 'x-own': '1' } });
}

const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url).pathname, 'utf8')) as {
  readonly version: string;
};

describe('a program', () => {
  it.each(['*/*', 'application/json', ''])(
    'gets JSON with the package’s version, also where there is a page: Accept %j',
    async (accept) => {
      const response = await ask({ accept, get: assets });
      expect(await response.json()).toEqual({
        name: 'octo-sts-worker',
        documentation: 'https://sts.example.com/',
        version,
      });
      expect(logged).toEqual([]);
    },
  );

  it('is told where the documentation is', async () => {
    const response = await ask({ accept: '*/*', documentationUrl: 'https://docs.example.com' });
    expect(await response.json()).toMatchObject({ documentation: 'https://docs.example.com' });
  });
});

describe('a browser', () => {
  it.each(['text/html,application/xhtml+xml,*/*;q=0.8', 'TEXT/HTML'])('gets the page: Accept %s', async (accept) => {
    const response = await ask({ accept, get: assets });
    expect([response.status, await response.text()]).toEqual([200, HTML]);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      etag: '"7"',
      vary: 'Accept',
    });
  });

  it('is let run no inline code and ask nobody', async () => {
    const policy = (await ask({ get: assets })).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("connect-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https:|data:|\*/);
  });

  it('that has the page is told so', async () => {
    const response = await ask({ tag: '"7"', get: assets });
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([304, '"7"', '']);
  });

  it('finds the operator’s documentation linked, and no tag of the file without it', async () => {
    const response = await ask({ tag: '"7"', get: assets, documentationUrl: 'https://docs.example.com/a?b&c="' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBeNull();
    expect(await response.text()).toBe(
      '<nav><a id="documentation" href="https://docs.example.com/a?b&#38;c=&#34;">Documentation</a></nav>',
    );
  });

  it.each<[string, StaticAssets['get'] | undefined]>([
    ['the runtime has no assets', undefined],
    ['the page is not among them', async () => new Response('no', { status: 404 })],
    ['the runtime redirects', async () => new Response(null, { status: 307, headers: { location: '/x' } })],
  ])('gets what programs get where %s', async (_, get) => {
    for (const documentationUrl of [undefined, 'https://docs.example.com']) {
      const options = documentationUrl === undefined ? {} : { documentationUrl };
      const response = await ask({ ...options, ...(get === undefined ? {} : { get }) });
      expect(await response.json()).toMatchObject({ name: 'octo-sts-worker' });
    }
    expect(logged).toEqual([]);
  });

  it('gets it too where the runtime fails, and the log says so', async () => {
    const response = await ask({ get: () => Promise.reject(new Error('no answer')) });
    expect(await response.json()).toMatchObject({ name: 'octo-sts-worker' });
    expect(logged).toEqual([['page_failed', { detail: 'Error: no answer' }]]);
  });
});
