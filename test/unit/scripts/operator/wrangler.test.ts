import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AccountStandIn } from '../../../support/cloudflare/account-stand-in.ts';
import { plainText } from '../../../../scripts/operator/plain-text.ts';
import { Wrangler } from '../../../../scripts/operator/wrangler.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');
let account: AccountStandIn;
let wrangler: Wrangler;
let folder: string;
let config: string;

beforeEach(async () => {
  account = await AccountStandIn.start();
  wrangler = new Wrangler(ROOT, { PATH: process.env.PATH, ...account.environment });
  folder = mkdtempSync(join(tmpdir(), 'wrangler-test-'));
  config = join(folder, 'config.json');
  const file = {
    name: 'sts',
    main: 'src/interfaces/worker.ts',
    keep_vars: false,
    kv_namespaces: [{ binding: 'OCTO_STS_KV' }],
  };
  writeFileSync(config, JSON.stringify(file));
});

afterEach(async () => {
  rmSync(folder, { recursive: true });
  await account.close();
});

describe('wrangler', () => {
  it('says who is logged in', async () => {
    expect(await wrangler.accounts()).toMatchObject({ kind: 'logged-in', accounts: [{ name: "acme's account" }] });
    account.isLoggedIn = false;
    expect(await wrangler.accounts()).toEqual({ kind: 'logged-out' });
  });

  it('gets a secret over standard input, never on its command line', async () => {
    expect(await wrangler.putSecret(config, 'KEY', 'canary-of-a-secret')).toEqual({ kind: 'put' });
    const [{ args, input } = { args: [], input: '' }] = account.callsOf('secret put');
    expect(input).toBe('canary-of-a-secret');
    expect(args).toEqual(['secret', 'put', 'KEY', '--config', config]);
    expect(await wrangler.secretNames(config)).toEqual({ kind: 'listed', names: ['KEY'] });
  });

  it('does not repeat a secret that wrangler prints', async () => {
    account.faults.push({ command: 'secret put', stderr: 'bad body: canary-of-a-secret', times: 1 });
    const result = await wrangler.putSecret(config, 'KEY', 'canary-of-a-secret');
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining('bad body: …') });
  });

  it('tells a Worker that is not there from a failure', async () => {
    expect(await wrangler.secretNames(config)).toEqual({ kind: 'no-worker' });
    account.isLoggedIn = false;
    expect(await wrangler.secretNames(config)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('CLOUDFLARE_API_TOKEN'),
    });
  });

  it('names the addresses of a deployment', async () => {
    const lines: string[] = [];
    const result = await wrangler.deploy(config, { how: 'deploy', onLine: (line) => lines.push(line) });
    expect(result).toEqual({ kind: 'deployed', targets: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)] });
    expect(lines).toEqual(expect.arrayContaining([expect.stringContaining('Uploaded sts')]));
  });

  it('is missing', async () => {
    const absent = new Wrangler(ROOT, { OCTO_STS_WRANGLER: join(folder, 'no-such') });
    expect(await absent.accounts()).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining("can't be started"),
    });
  });
});

describe('what another program wrote', () => {
  it.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]0;title\u0007text', 'text'],
    ['a\rb\u0000\u009Bc', 'abc'],
    ['one\ntwo', 'one\ntwo'],
    ['x'.repeat(600), `${'x'.repeat(500)}…`],
  ])('does nothing to the terminal: %j', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });
});
