import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CloudflareApi } from '../support/cloudflare/cloudflare-api.ts';
import { COMPILE_CACHE } from '../support/compile-cache.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEPLOYMENT = `real-${process.pid}`;
const FILE = join(ROOT, 'deployments', `${DEPLOYMENT}.toml`);
let api: CloudflareApi;
let home: string;

// wrangler takes seconds to start, and a deployment runs it twice.
jest.setTimeout(180_000);

beforeEach(async () => {
  api = await CloudflareApi.start();
  home = mkdtempSync(join(tmpdir(), 'real-wrangler-'));
});

afterEach(async () => {
  await api.close();
  rmSync(home, { recursive: true });
  rmSync(FILE, { force: true });
  expect(api.violations).toEqual([]);
});

interface End {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A program of the checkout, with the real wrangler's account at the stand-in and nothing of this machine's own. */
function run(
  program: string,
  args: readonly string[],
  {
    input = '',
    environment = {},
  }: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<End> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
      HOME: home,
      XDG_CONFIG_HOME: home,
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      ...COMPILE_CACHE,
      ...api.environment,
      ...environment,
    },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, output })));
}

/** Shows what was said where it is not. */
async function expectWell(end: Promise<End>): Promise<void> {
  const { exitCode, output } = await end;
  expect(exitCode === 0 ? '' : output).toBe('');
}

function deploy(...args: readonly string[]): Promise<End> {
  return run('node', ['--no-warnings', 'scripts/run-operator.ts', 'deploy', ...args]);
}

describe('wrangler itself', () => {
  it.each([['deploy'], ['versions', 'upload']])('uploads nothing by %s alone, and says what to do', async (...args) => {
    const { exitCode, output } = await run('wrangler', args);
    expect(exitCode).toBe(1);
    expect(output).toContain('npm run deploy -- NAME');
    expect(api.changes).toEqual([]);
  });

  it('builds with --dry-run, which uploads nothing', async () => {
    const out = mkdtempSync(join(tmpdir(), 'dry-run-'));
    await expectWell(run('wrangler', ['deploy', '--dry-run', '--outdir', out]));
    rmSync(out, { recursive: true });
    expect(api.calls).toEqual([]);
  });

  it('deploys from Cloudflare’s own build, as the deploy button starts it', async () => {
    await expectWell(run('npm', ['run', 'deploy'], { environment: { WORKERS_CI: '1' } }));
    expect(api.workers.get('octo-sts-worker')).toMatchObject({ deployments: 1, isServed: true });
  });
});

describe('the documents', () => {
  /** Words that name a command, by its first one; else that one alone. */
  const WORDS: Readonly<Record<string, number>> = { secret: 2, kv: 3 };

  /** By command, the options that it is given somewhere. */
  function commands(): ReadonlyMap<string, ReadonlySet<string>> {
    const files = ['README.md', 'deployments/example.toml', ...globSync('docs/*.md', { cwd: ROOT })];
    const text = files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    const found = new Map<string, Set<string>>();
    for (const [, line = ''] of text.matchAll(/npx wrangler ([^`\n<>]+)/g)) {
      const words = line.split(' ');
      const count = WORDS[words[0] ?? ''] ?? (words[0] === 'versions' ? (words[1] === 'secret' ? 3 : 2) : 1);
      const command = words.slice(0, count).join(' ');
      const options = found.get(command) ?? new Set();
      for (const option of line.match(/--[a-z-]+/g) ?? []) options.add(option);
      found.set(command, options);
    }
    return found;
  }

  it('name commands and options of wrangler alone', async () => {
    const all = [...commands()];
    expect(all.length).toBeGreaterThan(8);
    for (let at = 0; at < all.length; at += 3) {
      await Promise.all(
        all.slice(at, at + 3).map(async ([command, options]) => {
          const { output } = await run('wrangler', [...command.split(' '), '--help']);
          expect(output).toContain(`wrangler ${command}`);
          for (const option of options) expect({ command, output }).toEqual({ command, output: matching(option) });
        }),
      );
    }
  });

  function matching(option: string): unknown {
    return expect.stringMatching(new RegExp(` ${option}[ \n]`));
  }
});

describe('npm run setup, with wrangler itself', () => {
  it('gets as far as there is a service to wait for', async () => {
    const github = await GitHubEmulator.start();
    github.world.addOrganization('acme');
    const names = ['--deployment', DEPLOYMENT, '--worker', 'sts', '--organization', 'acme', '--app-name', 'acme-sts'];
    const answers = ['--github', github.url, '--preset', 'checks', '--wait', '1', '--yes'];
    const browser = new URL('../support/cloudflare/browser-stand-in.mjs', import.meta.url).pathname;
    const { exitCode, output } = await run(
      'node',
      ['--no-warnings', 'scripts/run-operator.ts', 'setup', ...names, ...answers],
      { environment: { BROWSER: browser } },
    );
    const [app] = github.world.apps();
    const { violations } = github;
    await github.close();
    // There is no Cloudflare that would serve it under this name.
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringContaining('Deployed, but not live yet'),
    });
    expect(violations).toEqual([]);
    expect(app).toMatchObject({ name: 'acme-sts', webhookUrl: 'https://sts.acme.workers.dev/webhook' });
    const worker = api.workers.get('sts');
    expect(worker?.secrets).toEqual(
      new Map([
        ['GITHUB_APP_PRIVATE_KEY', app?.keys.pkcs1Pem.trim()],
        ['GITHUB_WEBHOOK_SECRET', app?.webhookSecret],
      ]),
    );
    expect(worker).toMatchObject({ deployments: 2, isServed: true });
    expect(readFileSync(FILE, 'utf8')).toContain('STS_DOMAIN = "sts.acme.workers.dev"');
    for (const secret of worker?.secrets.values() ?? []) expect(output).not.toContain(secret);
  });
});

describe('npm run deploy, with wrangler itself', () => {
  it('leads from nothing to a deployment with its secrets, its store and its cron trigger', async () => {
    writeFileSync(FILE, 'name = "sts"\n[vars]\nSTS_DOMAIN = "sts.acme.workers.dev"\nGITHUB_APP_ID = "1"\n');
    const first = await deploy(DEPLOYMENT, '--unconfigured');
    expect(first).toMatchObject({ exitCode: 0, output: expect.stringContaining('https://sts.acme.workers.dev') });
    expect([...api.namespaces.values()]).toEqual(['sts-octo-sts-kv']);
    const early = await deploy(DEPLOYMENT);
    expect(early).toEqual({ exitCode: 1, output: expect.stringContaining('GITHUB_APP_PRIVATE_KEY is required') });

    const put = (name: string, input: string) => run('wrangler', ['secret', 'put', name, '--name', 'sts'], { input });
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n';
    await expectWell(put('GITHUB_APP_PRIVATE_KEY', pem));
    await expectWell(put('GITHUB_WEBHOOK_SECRET', 'of-this-test\n'));
    expect(api.workers.get('sts')?.secrets).toEqual(
      new Map([
        ['GITHUB_APP_PRIVATE_KEY', pem.trim()],
        ['GITHUB_WEBHOOK_SECRET', 'of-this-test'],
      ]),
    );
    await expectWell(deploy(DEPLOYMENT));
    await expectWell(deploy(DEPLOYMENT, '--upload'));
    const worker = api.workers.get('sts');
    expect(worker).toMatchObject({
      deployments: 2,
      waiting: expect.anything(),
      isServed: true,
      crons: [{ cron: '*/5 * * * *' }],
    });
    expect(worker?.metadata.bindings).toEqual(
      expect.arrayContaining([
        { type: 'plain_text', name: 'STS_DOMAIN', text: 'sts.acme.workers.dev' },
        { type: 'kv_namespace', name: 'OCTO_STS_KV', namespace_id: '1'.padStart(32, '0') },
      ]),
    );
    // The second time finds the store that the first one made.
    expect(api.namespaces.size).toBe(1);
  });
});
