import { chmodSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { version } from '../../package.json';
import { LocalStack } from '../support/local-stack.ts';
import { doctor, ills, NODE, reportAbout, scratchFile as file } from './doctor-run.ts';

describe('a sound deployment', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await LocalStack.start();
    const { host } = new URL(stack.worker.url);
    await stack.restart({ bindings: () => ({ STS_DOMAIN: host }) });
  });

  afterAll(() => stack.close());

  async function report(): Promise<string> {
    await stack.worker.runScheduled();
    const text = (await stack.worker.kvEntries()).get('health|report') ?? '';
    return file('report.json', reportAbout(stack.worker.url, text));
  }

  it('is well from outside', async () => {
    const diagnosis = await doctor([stack.worker.url, '--json']);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([0, []]);
    expect(diagnosis.findings.map(({ sentence }) => sentence)).toEqual(
      expect.arrayContaining([
        `Version ${version}, as this checkout.`,
        'A webhook without a signature is refused.',
        expect.stringMatching(/^A forged token is refused \((401|403) /),
      ]),
    );
  });

  it('is told in a table, in plain words', async () => {
    const { stdout, code } = await doctor([stack.worker.url]);
    expect(code).toBe(0);
    expect(stdout).toContain('ok    version   Version');
    expect(stdout.trimEnd()).toMatch(/All that could be seen is well\.$/);
  });

  it('costs GitHub nothing but the look-up for the forged token', async () => {
    await stack.worker.settled();
    stack.resetCounters();
    await doctor([stack.worker.url]);
    expect(stack.emulator.count()).toBeLessThanOrEqual(4);
  });

  it('has a report with what is well, and what is wrong with the link to the page', async () => {
    const ill = await doctor([stack.worker.url, '--json', '--report', await report()]);
    expect(ills(ill)).toEqual(['webhook']);
    expect(ill.findings.find(({ sentence }) => sentence.startsWith('The App has no webhook'))).toMatchObject({
      remedy: expect.stringContaining('Switch it on'),
      link: expect.stringContaining('/settings/apps/acme-sts'),
    });
  });

  it('exchanges for real, revokes what it got, and shows neither token', async () => {
    const token = stack.actionsToken({ audience: new URL(stack.worker.url).host });
    await stack.restart({ bindings: () => ({ STS_DOMAIN: 'sts.example.com' }) });
    const order = ['--scope', 'acme/app', '--identity', 'deploy', '--token', file('token', stack.actionsToken())];
    const diagnosis = await doctor([stack.worker.url, '--json', '--no-report', ...order]);
    expect(diagnosis.code).toBe(0);
    expect(diagnosis.findings.slice(-2)).toMatchObject([
      { what: 'exchange', verdict: 'well' },
      { what: 'revocation', verdict: 'well' },
    ]);
    expect(stack.emulator.tokens.all().filter(({ revoked }) => !revoked)).toEqual([]);
    expect(diagnosis.stdout).not.toMatch(/ghs_|eyJ/);
    expect(token).not.toBe('');
  });

  it('tells why an exchange is refused, field by field', async () => {
    const order = ['--scope', 'acme/app', '--identity', 'production', '--token', file('token', stack.actionsToken())];
    const diagnosis = await doctor([stack.worker.url, '--json', '--no-report', ...order]);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([1, ['exchange']]);
    expect(diagnosis.findings.at(-1)?.sentence).toMatch(/got 403: .+ should be .+ and is repo:acme\/infra/);
    expect(diagnosis.findings.at(-1)?.remedy).toMatch(/request id [0-9a-f-]{36}/);
  });
});

describe('a server that means harm', () => {
  const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e';
  let server: Server;
  let address: string;
  let requests: { readonly url: string; readonly authorization: string | undefined }[] = [];
  let answer: (url: string, response: ServerResponse) => void = () => undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push({ url: request.url ?? '', authorization: request.headers.authorization });
      request.resume();
      answer(request.url ?? '', response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** The service in every detail but these. */
  function serve(special: Readonly<Record<string, (response: ServerResponse) => void>>): void {
    requests = [];
    const json = (response: ServerResponse, status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    answer = (url, response) => {
      const path = url.split('?')[0] ?? '';
      const own = special[path];
      if (own !== undefined) own(response);
      else if (path === '/') json(response, 200, { name: 'octo-sts-worker', version: version });
      else if (path === '/healthz') json(response, 200, { status: 'ok', checks: { configuration: 'ok' } });
      else if (path === '/webhook') json(response, 401, { error: 'invalid_signature' });
      else json(response, 401, { error: 'token_verification_failed' });
    };
  }

  const jsonOf = (status: number, body: unknown) => (response: ServerResponse) =>
    void response.writeHead(status).end(JSON.stringify(body));

  it('is well where it does as the service does', async () => {
    serve({});
    expect((await doctor([address])).code).toBe(0);
  });

  it.each<[string, Readonly<Record<string, (response: ServerResponse) => void>>, string]>([
    ['accepts a forged token', { '/sts/exchange': jsonOf(200, { token: 'ghs_x' }) }, 'exchange'],
    ['accepts an unsigned webhook', { '/webhook': jsonOf(202, {}) }, 'webhook'],
    ['is older', { '/': jsonOf(200, { name: 'octo-sts-worker', version: '0.0.9' }) }, 'version'],
    ['is another program', { '/': jsonOf(200, { name: 'nginx' }) }, 'service'],
    ['is configured for another host', { '/': jsonOf(421, { error: 'misdirected', message: 'served at x' }) }, 'host'],
    [
      'redirects',
      { '/': (response) => void response.writeHead(302, { location: 'https://evil.example' }).end() },
      'service',
    ],
    ['has an old health', { '/healthz': jsonOf(200, { status: 'ok' }) }, 'health'],
    ['fails', { '/healthz': jsonOf(503, { status: 'failing', checks: { github: 'failing' } }) }, 'github'],
    [
      'is not configured',
      {
        '/': jsonOf(500, { error: 'misconfigured' }),
        '/healthz': jsonOf(503, {
          status: 'misconfigured',
          faults: [{ setting: 'STS_DOMAIN', problem: 'is required' }],
        }),
      },
      'settings',
    ],
  ])('that %s is ill', async (_, special, what) => {
    serve(special);
    const diagnosis = await doctor([address, '--json']);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([1, expect.arrayContaining([what])]);
  });

  it('moves no cursor and hides no text, in the table and as JSON', async () => {
    const words = `x${ESCAPES}${'y'.repeat(5000)}`;
    serve({
      '/': jsonOf(200, { name: 'octo-sts-worker', version: words }),
      '/healthz': jsonOf(503, { status: words, checks: { [words]: 'failing', other: words } }),
      '/sts/exchange': jsonOf(500, { error: words, message: words }),
    });
    for (const flags of [[], ['--json']]) {
      const { stdout, stderr } = await doctor([address, ...flags]);
      // eslint-disable-next-line no-control-regex -- that is what is looked for
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(stdout.length).toBeLessThan(20_000);
    }
  });

  it.each(['constructor', '__proto__', 'toString:x'])('means nothing by a check named %s', async (name) => {
    const body = `{"status":"failing","checks":{${JSON.stringify(name)}:"failing"}}`;
    serve({ '/healthz': (response) => void response.writeHead(503).end(body) });
    const { findings } = await doctor([address, '--json']);
    expect(findings.find(({ what }) => what === name)?.sentence).toBe(`The check ${name} fails.`);
  });

  it('fills no memory, however much it sends', async () => {
    serve({
      '/healthz': (response) => {
        response.writeHead(200);
        const chunk = 'x'.repeat(1024 * 1024);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      },
    });
    const diagnosis = await doctor([address, '--json']);
    expect([diagnosis.code, ills(diagnosis)]).toEqual([1, ['health']]);
  });

  it('gets no token where it redirects, and neither does whom it redirects to', async () => {
    const token = file('token', `eyJ${'a'.repeat(20)}.e30.c2ln`);
    const order = ['--no-report', '--token', token, '--scope', 'acme/app', '--identity', 'x'];
    serve({ '/': (response) => void response.writeHead(307, { location: `${address}/elsewhere` }).end() });
    await doctor([address, ...order]);
    expect(requests.every(({ authorization }) => authorization === undefined)).toBe(true);
    serve({ '/sts/exchange': (response) => void response.writeHead(307, { location: `${address}/elsewhere` }).end() });
    expect((await doctor([address, ...order])).code).toBe(1);
    expect(requests.map(({ url }) => url)).not.toContain('/elsewhere');
  });
});

describe('the command line', () => {
  it.each([
    [[]],
    [['http://sts.example.com']],
    [['https://sts.example.com/path']],
    [['https://user@sts.example.com']],
    [['ftp://sts.example.com']],
    [['https://a.example.com', 'https://b.example.com']],
    [['https://sts.example.com', '--unknown']],
    [['http://127.0.0.1:1', '--scope', 'acme/app']],
    [['http://127.0.0.1:1', '--token', '/nothing/here', '--scope', 'a/b', '--identity', 'x']],
  ])('that can’t be read, %j, ends with 2 and says how', async (args) => {
    const { code, stderr, stdout } = await doctor(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('npm run doctor --');
  });

  it('holds no token, for every process of the machine sees it', async () => {
    const token = `eyJ${'a'.repeat(20)}.e30.c2ln`;
    const { code, stderr, stdout } = await doctor([
      'http://127.0.0.1:1',
      '--token',
      token,
      '--scope',
      'a/b',
      '--identity',
      'x',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('--token takes a file');
    expect(stdout + stderr).not.toContain(token);
  });

  it('ends with 2 where nobody answers', async () => {
    const { code, stdout } = await doctor(['http://127.0.0.1:1', '--no-report']);
    expect(code).toBe(2);
    expect(stdout).toContain("can't be reached");
  });

  it('--help tells all', async () => {
    expect((await doctor(['--help'])).stdout).toContain('--report FILE');
  });
});

describe('wrangler', () => {
  const NAMESPACE = 'ab'.repeat(16);

  /** In wrangler's place, logged in to as many accounts: lists the namespaces of the last one, and gives one report. */
  function standIn(report: string, accountCount = 1): string {
    const accounts = Array.from({ length: accountCount }, (_, index) => ({ id: `account-${index}`, name: 'acme' }));
    const login = JSON.stringify({ loggedIn: accountCount > 0, accounts });
    const list = JSON.stringify([
      { id: 'cd'.repeat(16), title: 'another-worker-cache' },
      { id: NAMESPACE, title: 'octo-sts-worker-octo-sts-kv' },
    ]);
    const path = file(
      'wrangler.mjs',
      `#!${NODE}
const [, , command, what] = process.argv;
const { CLOUDFLARE_ACCOUNT_ID: account } = process.env;
if (command === 'whoami') console.log(${JSON.stringify(login)});
else if (${accountCount} > 1 && account !== 'account-${accountCount - 1}') process.exit(1);
else if (what === 'namespace') console.log(${JSON.stringify(list)});
else if (process.argv.includes(${JSON.stringify(NAMESPACE)})) console.log(${JSON.stringify(report)});
else process.exit(1);
`,
    );
    chmodSync(path, 0o755);
    return path;
  }

  it('finds the report of this host, and asks no other namespace', async () => {
    const report = reportOf('127.0.0.1:1');
    const args = ['http://127.0.0.1:1', '--json', '--namespace', NAMESPACE];
    const diagnosis = await doctor(args, { OCTO_STS_WRANGLER: standIn(report) });
    expect(diagnosis.findings).toContainEqual(expect.objectContaining({ what: 'report', verdict: 'well' }));
  });

  it('is not believed where the report is about another host', async () => {
    const args = ['http://127.0.0.1:1', '--json', '--namespace', NAMESPACE];
    const diagnosis = await doctor(args, { OCTO_STS_WRANGLER: standIn(reportOf('staging.example.com')) });
    expect(diagnosis.findings.at(-1)).toMatchObject({ what: 'report', verdict: 'unseen' });
  });

  it('searches the namespaces that have the binding’s name, and is no harm where it fails', async () => {
    const args = ['https://nowhere.invalid', '--json'];
    const found = await doctor(args, { OCTO_STS_WRANGLER: standIn(reportOf('nowhere.invalid')) });
    expect(found.findings).toContainEqual(expect.objectContaining({ what: 'report', verdict: 'well' }));
    const failed = await doctor(args, { OCTO_STS_WRANGLER: '/bin/false' });
    expect(failed.findings.at(-1)).toMatchObject({ what: 'report', verdict: 'unseen' });
  });

  it('finds the report in the account that has it, where the login has several', async () => {
    const args = ['https://nowhere.invalid', '--json'];
    const report = reportOf('nowhere.invalid');
    const found = await doctor(args, { OCTO_STS_WRANGLER: standIn(report, 3) });
    expect(found.findings).toContainEqual(expect.objectContaining({ what: 'report', verdict: 'well' }));
    const elsewhere = { OCTO_STS_WRANGLER: standIn(report, 3), CLOUDFLARE_ACCOUNT_ID: 'account-0' };
    expect((await doctor(args, elsewhere)).findings.at(-1)).toMatchObject({ what: 'report', verdict: 'unseen' });
  });

  it('says that nobody is logged in', async () => {
    const diagnosis = await doctor(['https://nowhere.invalid', '--json'], { OCTO_STS_WRANGLER: standIn('', 0) });
    expect(diagnosis.findings.at(-1)?.sentence).toContain('wrangler is not logged in');
  });

  function reportOf(host: string): string {
    const shared = {
      github: 'ok',
      store: 'ok',
      webhook: 'ok',
      installations: 'ok',
      permissions: 'ok',
      issuers: 'ok',
      clock: 'ok',
    };
    const health = { apps: [], shared, noInstallationUsable: false };
    const value = { version, host, checkedAt: Date.now(), health, subjects: [] };
    return JSON.stringify({ v: 1, value, readAt: 1, revision: 0, freshForMs: 0 });
  }
});
