import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appManifest } from '../../../../scripts/operator/app-manifest.ts';
import { ManifestListener } from '../../../../scripts/operator/manifest-listener.ts';

const REGISTRATION = 'https://github.com/organizations/acme/settings/apps/new';
let listener: ManifestListener;

beforeEach(async () => {
  listener = await ManifestListener.listen(REGISTRATION, (redirectUrl) =>
    appManifest({
      appName: `"><script>alert(1)</script>'&`,
      serviceUrl: 'https://sts.acme.dev',
      redirectUrl,
      isPublic: false,
      permissions: { checks: 'write' },
    }),
  );
});

afterEach(() => listener.close());

interface Seen {
  readonly status: number | undefined;
  readonly body: string;
  readonly policy: string;
}

/** As a browser would ask, but with a host and a method of one's own. */
function ask(
  target: string,
  { host, method = 'GET' }: { readonly host?: string; readonly method?: string } = {},
): Promise<Seen> {
  const { port, host: authority } = new URL(listener.page);
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: target, method, headers: { host: host ?? authority } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, body, policy: String(response.headers['content-security-policy']) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

async function state(): Promise<string> {
  const { body } = await ask(new URL(listener.page).pathname);
  return /\?state=([\w-]+)"/.exec(body)?.[1] ?? '';
}

describe('the page on loopback', () => {
  it('posts the manifest to GitHub, with everything escaped', async () => {
    const { status, body, policy } = await ask(new URL(listener.page).pathname);
    expect(status).toBe(200);
    expect(body).not.toContain('<script>alert');
    expect(body.match(/<script/g)).toHaveLength(1);
    const value = /name="manifest" value="([^"]*)"/.exec(body)?.[1] ?? '';
    const manifest = JSON.parse(
      value.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
    ) as unknown;
    expect(manifest).toMatchObject({
      name: `"><script>alert(1)</script>'&`,
      hook_attributes: { url: 'https://sts.acme.dev/webhook' },
      redirect_url: `${new URL(listener.page).origin}/callback`,
      public: false,
    });
    expect(policy).toMatch(/default-src 'none'; script-src 'nonce-[\w-]+'; frame-ancestors 'none'/);
  });

  it.each(['/', '/callback/', '/favicon.ico', '//evil.test/callback', '/callback%00'])(
    'is nowhere else: %s',
    async (target) => {
      expect((await ask(target)).status).toBe(404);
    },
  );

  it.each(['localhost', 'evil.test', '127.0.0.1', '127.0.0.1:1'])(
    'is not served under another name: %s',
    async (host) => {
      const { status, body } = await ask(new URL(listener.page).pathname, { host });
      expect(status).toBe(421);
      expect(body).not.toContain('state=');
    },
  );

  it.each(['POST', 'HEAD', 'PUT'])('takes no %s', async (method) => {
    expect((await ask(new URL(listener.page).pathname, { method })).status).toBe(405);
  });
});

describe('the way back', () => {
  it('gives the code, once', async () => {
    const known = await state();
    expect((await ask(`/callback?code=abc123&state=${known}`)).status).toBe(200);
    expect((await ask(`/callback?code=def456&state=${known}`)).status).toBe(410);
    expect((await ask(new URL(listener.page).pathname)).status).toBe(410);
    expect(await listener.received(1000)).toBe('abc123');
  });

  it.each(['', 'state=', 'state=wrong', 'state=a&state=b'])(
    'is closed to whoever has not the state: %s',
    async (query) => {
      expect((await ask(`/callback?code=abc123&${query}`)).status).toBe(400);
      expect(await listener.received(50)).toBeUndefined();
      // A stranger's attempt does not end it.
      expect((await ask(`/callback?code=abc123&state=${await state()}`)).status).toBe(200);
    },
  );

  it.each([
    '',
    'code=',
    'code=a%2F..%2Fb',
    'code=%3Cscript%3E',
    'code=a%0d%0ab',
    `code=${'a'.repeat(201)}`,
    'code=a&code=b',
  ])('waits on where the code is none: %s', async (code) => {
    const { status, body } = await ask(`/callback?${code}&state=${await state()}`);
    expect(status).toBe(400);
    expect(body).not.toContain('script');
    expect(await listener.received(50)).toBeUndefined();
  });
});
