import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { noteSecret, searchForSecrets } from '../support/canary.ts';
import { OperatorSession } from '../support/cloudflare/operator-session.ts';
import { generateAppKeys } from '../support/github/app-keys.ts';
import type { JsonObject } from '../support/json.ts';

let session: OperatorSession;

// Each run of setup is a dozen processes, one after another.
jest.setTimeout(120_000);

beforeEach(async () => {
  session = await OperatorSession.start();
});

afterEach(async () => {
  const { account, github } = session;
  await session.close();
  expect(account.violations).toEqual([]);
  expect(github.violations).toEqual([]);
  expect(searchForSecrets().leaks).toEqual([]);
});

/** The files that setup printed, by their paths. */
function printedFiles(output: string): Readonly<Record<string, string>> {
  const parts = output.split(/^--- ?(\S*)\n/m);
  return Object.fromEntries(
    parts.flatMap((part, index) => (index % 2 === 1 && part !== '' ? [[part, parts[index + 1] ?? '']] : [])),
  );
}

function onlyWorker() {
  const [worker] = session.account.workers.values();
  if (worker === undefined) throw new Error('nothing was deployed');
  return worker;
}

async function exchange(host: string, immutableSubject: boolean): Promise<{ status: number; body: unknown }> {
  const token = session.github.actionsIssuer.sign({
    repository: 'acme/app',
    audience: host,
    eventName: 'workflow_dispatch',
    immutableSubject,
  });
  const response = await fetch(`http://${host}/sts/exchange?scope=acme/app&identity=first-exchange`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, body: await response.json() };
}

describe('npm run setup', () => {
  it('goes from nothing to a first exchange, and a second time finds everything done', async () => {
    session.github.world.addApp({ name: 'acme-sts', slug: 'taken', permissions: {} });
    const { exitCode, output } = await session.setup(['--repository', 'acme/app']);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    // The name was taken, so the person took another one.
    expect(session.pages).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\/settings\/apps\/manifest 422 /), 'back 200']),
    );

    const app = session.github.world.apps().at(-1)!;
    const host = /STS_DOMAIN = "([^"]+)"/.exec(session.deploymentText ?? '')?.[1] ?? '';
    expect(app).toMatchObject({ name: 'acme-sts-2', webhookUrl: `http://${host}/webhook`, owner: { login: 'acme' } });
    expect(app.permissions).toMatchObject({
      checks: 'write',
      contents: 'read',
      pull_requests: 'write',
      issues: 'write',
    });
    expect(onlyWorker().variables).toMatchObject({ STS_DOMAIN: host, GITHUB_APP_ID: String(app.id) });
    expect([...onlyWorker().secrets]).toEqual([
      ['GITHUB_APP_PRIVATE_KEY', app.keys.pkcs1Pem.trim()],
      ['GITHUB_WEBHOOK_SECRET', app.webhookSecret],
    ]);
    for (const { environment } of session.account.callsOf('secret put'))
      expect(environment.WRANGLER_LOG_SANITIZE).toBe('true');

    const files = printedFiles(output);
    expect(Object.keys(files)).toEqual([
      '.github/chainguard/first-exchange.sts.yaml',
      '.github/workflows/first-exchange.yml',
    ]);
    expect(parseYaml(files['.github/workflows/first-exchange.yml'] ?? '')).toMatchObject({
      permissions: { 'id-token': 'write' },
    });
    session.github.world.commit('acme/app', files);
    await session.github.webhooks.settled();
    expect(session.github.webhooks.deliveries.map(({ status }) => status)).not.toContain(401);
    for (const immutableSubject of [false, true]) {
      const granted = { status: 200, body: { permissions: { contents: 'read' } } };
      expect(await exchange(host, immutableSubject)).toMatchObject(granted);
    }

    const apps = session.github.world.apps().length;
    const again = await session.setup([]);
    expect(again.exitCode).toBe(0);
    expect(again.output.match(/Done already: /g)).toHaveLength(4);
    expect(session.github.world.apps()).toHaveLength(apps);
    expect(onlyWorker().deployments).toBe(2);
  });

  it('goes on after a deployment that failed in the middle', async () => {
    session.account.faults.push({ command: 'secret put', stderr: 'fetch failed', times: 1 });
    const first = await session.setup(['--wait', '1'], {});
    expect(first).toMatchObject({ exitCode: 0, output: expect.stringContaining('attempt 1 of 3') });
    session.writeDeployment((session.deploymentText ?? '').replace('[vars]', '[vars]\nLOG_LEVEL = "warn"'));
    session.account.faults.push({
      command: 'deploy',
      stderr: 'Could not reach \u001B]0;evil\u0007Cloudflare',
      times: 1,
    });
    const failed = await session.setup(['--repeat', 'deploy']);
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toContain('Could not reach Cloudflare');
    expect(failed.output).not.toContain('\u001B');
    expect(session.hasLeftovers).toBe(false);
    expect(await session.setup(['--repeat', 'deploy'])).toMatchObject({ exitCode: 0 });
    expect(onlyWorker().variables.LOG_LEVEL).toBe('warn');
    expect(session.github.world.apps()).toHaveLength(1);
  });

  it('keeps a copy of the key where asked to, and goes on with it', async () => {
    const keyFile = join(session.folder, 'key.pem');
    session.account.faults.push({ command: 'secret put', stderr: 'fetch failed', times: 3 });
    const failed = await session.setup(['--save-key', keyFile]);
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toContain('GITHUB_APP_PRIVATE_KEY is not at Cloudflare');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await session.setup([])).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('npm run setup -- --key FILE'),
    });

    const mended = await session.setup(['--key', keyFile, '--set-webhook']);
    expect(mended).toMatchObject({ exitCode: 0 });
    const [app] = session.github.world.apps();
    noteSecret(app?.webhookSecret ?? '');
    expect(onlyWorker().secrets.get('GITHUB_WEBHOOK_SECRET')).toBe(app?.webhookSecret);
    expect(session.github.world.apps()).toHaveLength(1);
  });

  it('writes no file over with the key', async () => {
    const { exitCode, output } = await session.setup(['--save-key', session.deploymentPath]);
    expect(exitCode).toBe(1);
    expect(output).toContain('A file that is there is never written over');
    expect(session.deploymentText).toContain('[vars]');
  });

  it('takes nothing from a GitHub that answers with another App, or with one that is none', async () => {
    const answers: readonly (readonly [change: (body: JsonObject) => JsonObject, sentence: string])[] = [
      [(body) => ({ ...body, owner: { ...(body.owner as JsonObject), login: 'mallory' } }), 'not of acme'],
      [(body) => ({ ...body, html_url: 'https://evil.test/apps/x' }), 'leads to another site'],
      [(body) => ({ ...body, owner: { ...(body.owner as JsonObject), type: 'User' } }), 'of the user "acme"'],
      [(body) => ({ ...body, permissions: { administration: 'write' } }), 'other permissions (administration)'],
      [
        (body) => ({ ...body, permissions: { '\u001B]0;evil\u0007\u001B[2J': 'write' } }),
        'other permissions (unknown)',
      ],
      [(body) => ({ ...body, pem: generateAppKeys().pkcs1Pem }), 'belong together'],
      [(body) => ({ ...body, pem: 'none' }), 'holds no private key'],
      [(body) => ({ ...body, id: '7; rm -rf' }), 'holds no id'],
    ];
    for (const [change, sentence] of answers) {
      const match = { operation: 'apps/create-from-manifest' };
      const heal = session.github.faults.add({ kind: 'change-body', match, change });
      const { exitCode, output } = await session.setup();
      heal();
      expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining(sentence) });
      expect(output).not.toContain('\u001B');
    }
    expect(session.account.callsOf('secret put')).toEqual([]);
    expect(session.deploymentText).not.toContain('GITHUB_APP_ID');
  });

  it('takes an App of one’s own account, and of nobody else’s, however its code came', async () => {
    const setup = (user: string) => {
      const { deployment, github } = session;
      const app = ['--github', github.url, '--user', user, '--app-name', 'own-sts', '--preset', 'checks'];
      return session.run(['setup', '--deployment', deployment, '--yes', ...app]);
    };
    // Whoever is signed in at GitHub here is octocat.
    expect(await setup('mallory')).toEqual({
      exitCode: 1,
      output: expect.stringContaining('an App of the user "octocat", not of mallory. It was not taken.'),
    });
    expect(session.account.callsOf('secret put')).toEqual([]);
    expect(session.deploymentText).not.toContain('GITHUB_APP_ID');
    const { exitCode, output } = await setup('octocat');
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(session.deploymentText).toMatch(/app_settings = "[^"]+\d\/settings\/apps\/own-sts[^"]*"/);
  });

  it('says so where GitHub answers with rubbish', async () => {
    session.github.faults.add({ kind: 'wrong-json', match: { operation: 'apps/create-from-manifest' } });
    const { exitCode, output } = await session.setup();
    expect(exitCode).toBe(1);
    expect(output).toContain('no JSON object');
    expect(output).toContain('/organizations/acme/settings/apps');
  });

  it('stops before anything else where wrangler is not logged in', async () => {
    session.account.isLoggedIn = false;
    expect(await session.setup()).toEqual({
      exitCode: 1,
      output: expect.stringContaining('wrangler is not logged in'),
    });
    expect(session.deploymentText).toBeUndefined();
    expect(session.github.world.apps()).toEqual([]);
  });

  it('asks which account where there are several', async () => {
    session.account.accounts = [...session.account.accounts, { id: 'f'.repeat(32), name: 'other' }];
    expect(await session.setup()).toEqual({ exitCode: 1, output: expect.stringContaining('Give --account') });
    session.account.isLoggedIn = true;
    const { exitCode } = await session.setup(['--account', 'f'.repeat(32)]);
    expect(exitCode).toBe(0);
    expect(session.deploymentText).toContain(`account_id = "${'f'.repeat(32)}"`);
  });

  it('replaces no Worker that it did not make', async () => {
    session.account.workers.set('shop', { secrets: new Map(), variables: {}, deployments: 1, uploads: 0 });
    expect(await session.setup(['--worker', 'shop'])).toEqual({
      exitCode: 1,
      output: expect.stringContaining('There is a Worker "shop"'),
    });
    expect(session.deploymentText).toBeUndefined();
    expect(session.account.callsOf('deploy')).toEqual([]);
  });

  it('ends with Ctrl-C, leaves nothing behind, and goes on later', async () => {
    const interrupted = await session.setup(['--no-browser'], { interruptAt: 'Forward the port' });
    expect(interrupted.output).toContain('Interrupted');
    expect(interrupted.exitCode).not.toBe(0);
    expect(session.hasLeftovers).toBe(false);
    expect(await session.setup()).toMatchObject({ exitCode: 0 });
  });

  it('takes an App that exists, and leaves its webhook alone', async () => {
    const { world } = session.github;
    const app = world.addApp({
      permissions: { contents: 'read' },
      webhookUrl: 'https://octo-sts.dev/webhook',
      owner: world.account('acme')!,
    });
    const other = world.addApp({ permissions: {} });
    for (const { keys } of [app, other]) noteSecret(keys.pkcs1Pem);
    const file = join(session.folder, 'key.pem');
    writeFileSync(file, other.keys.pkcs1Pem);
    expect(await session.setup(['--app-id', String(app.id), '--key', file])).toMatchObject({ exitCode: 1 });
    expect(session.account.callsOf('secret put')).toEqual([]);
    writeFileSync(file, app.keys.pkcs1Pem);
    expect(await session.setup(['--app-id', String(app.id), '--key', file])).toMatchObject({ exitCode: 0 });
    expect([...onlyWorker().secrets.keys()]).toEqual(['GITHUB_APP_PRIVATE_KEY']);
    expect(app.webhookUrl).toBe('https://octo-sts.dev/webhook');
  });

  it('makes the App for a domain of one’s own', async () => {
    const { exitCode, output } = await session.setup(['--domain', 'sts.acme.invalid', '--wait', '1']);
    expect(exitCode).toBe(1);
    expect(output).toContain('Deployed, but not live yet');
    const [deployment] = session.account.callsOf('deploy');
    expect(JSON.parse(deployment?.config ?? '{}')).toMatchObject({
      workers_dev: false,
      routes: [{ pattern: 'sts.acme.invalid', custom_domain: true }],
    });
    expect(session.github.world.apps()[0]?.webhookUrl).toBe('https://sts.acme.invalid/webhook');
  });

  it('shows its options where one is wrong', async () => {
    const { exitCode, output } = await session.run([
      'setup',
      '--domain',
      'https://x',
      '--preset',
      'all',
      '--wait',
      '0',
    ]);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/--domain must be[^]*--preset must be[^]*--wait must be[^]*npm run setup -- \[options\]/);
  });
});

describe('npm run deploy', () => {
  it('deploys nothing without a deployment, and says what to do', async () => {
    expect(await session.run(['deploy'])).toEqual({
      exitCode: 1,
      output: expect.stringContaining('Which deployment?'),
    });
    expect(session.account.calls).toEqual([]);
  });

  it('deploys no placeholder', async () => {
    session.writeDeployment(readFileSync(join(import.meta.dirname, '../../deployments/example.toml'), 'utf8'));
    const { exitCode, output } = await session.run(['deploy', session.deployment]);
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringContaining('vars.STS_DOMAIN still holds a placeholder'),
    });
    expect(session.account.calls).toEqual([]);
  });

  it('looks for missing secrets first, and deploys with a dry run only to the last step', async () => {
    session.writeDeployment('name = "sts"\n[vars]\nSTS_DOMAIN = "sts.acme.invalid"\nGITHUB_APP_ID = "1"\n');
    const missing = await session.run(['deploy', session.deployment]);
    expect(missing).toEqual({
      exitCode: 1,
      output: expect.stringContaining('npx wrangler secret put GITHUB_APP_PRIVATE_KEY --name sts'),
    });
    expect(session.account.callsOf('deploy')).toEqual([]);
    session.account.workers.set('sts', {
      secrets: new Map([['GITHUB_APP_PRIVATE_KEY', 'x']]),
      variables: {},
      deployments: 0,
      uploads: 0,
    });
    expect(await session.run(['deploy', session.deployment, '--dry-run'])).toMatchObject({ exitCode: 0 });
    expect(await session.run(['deploy', session.deployment, '--upload'])).toMatchObject({ exitCode: 0 });
    expect(session.account.workers.get('sts')).toMatchObject({ deployments: 0, uploads: 1 });
    expect(session.account.callsOf('deploy').map(({ args }) => args.at(-1))).toEqual(['--dry-run']);
    expect(existsSync(join(import.meta.dirname, '../..', `.deployment-${session.deployment}.json`))).toBe(false);
  });
});
