import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { noteSecret, searchForSecrets } from '../support/canary.ts';
import { OperatorSession } from '../support/cloudflare/operator-session.ts';

const ROOT = join(import.meta.dirname, '../..');
let session: OperatorSession;

// Each run of setup is a dozen processes, one after another.
jest.setTimeout(180_000);

beforeEach(async () => {
  session = await OperatorSession.start();
});

afterEach(async () => {
  const { account, github } = session;
  await session.close();
  expect([...account.violations, ...github.violations]).toEqual([]);
  expect(searchForSecrets().leaks).toEqual([]);
});

/** Commits a policy of acme/app, to the repository's main branch. */
function commit(identity: string, fields: string): void {
  const { actionsIssuer, world } = session.github;
  const policy = `issuer: ${actionsIssuer.issuer}\nsubject: repo:acme/app:ref:refs/heads/main\n${fields}permissions: { contents: read }\n`;
  world.commit('acme/app', { [`.github/chainguard/${identity}.sts.yaml`]: policy });
}

async function exchange(host: string, audience: string, identity = 'deploy'): Promise<number> {
  const authorization = `Bearer ${session.github.actionsIssuer.sign({ repository: 'acme/app', audience })}`;
  const url = `http://${host}/sts/exchange?scope=acme/app&identity=${identity}`;
  return (await fetch(url, { headers: { authorization } })).status;
}

function hostIn(text: string | undefined): string {
  return /STS_DOMAIN = "([^"]+)"/.exec(text ?? '')?.[1] ?? '';
}

/** Sets variables of the deployment's file; an empty one is taken out. */
function set(values: Readonly<Record<string, string>>): void {
  let text = session.deploymentText ?? '';
  for (const [name, value] of Object.entries(values)) {
    text = text.replace(new RegExp(`^${name} = .*\n`, 'm'), '');
    if (value !== '') text = text.replace('[vars]\n', `[vars]\n${name} = "${value}"\n`);
  }
  session.writeDeployment(text);
}

async function deploy(): Promise<void> {
  const { exitCode, output } = await session.run(['deploy', session.deployment]);
  expect(exitCode === 0 ? '' : output).toBe('');
}

/** The name of the one that was deployed. */
function worker(): string {
  return [...session.account.workers.keys()][0] ?? '';
}

/** What the scheduled check has found, by rule. */
async function rulesAfterCheck(): Promise<readonly string[]> {
  await session.account.runScheduled(worker());
  const stored = JSON.parse(await session.account.stored(worker(), 'health|report')) as {
    readonly value: { readonly subjects: readonly { readonly findings: readonly { readonly rule: string }[] }[] };
  };
  return stored.value.subjects.flatMap(({ findings }) => findings.map(({ rule }) => rule));
}

describe('docs/operations.md', () => {
  it('moves to another domain without refusing anybody on the way ("Another domain")', async () => {
    expect(await session.setup()).toMatchObject({ exitCode: 0 });
    const old = hostIn(session.deploymentText);
    // Two names of one machine, as two routes lead to one Worker.
    const fresh = old.replace('127.0.0.1', 'localhost');
    const [app] = session.github.world.apps();
    noteSecret(app?.keys.pkcs1Pem ?? '');
    session.github.world.install(app!, 'acme');
    commit('deploy', '');
    commit('named', `audience: ${old}\n`);
    await session.github.webhooks.settled();
    expect(await exchange(old, old)).toBe(200);
    expect(await exchange(fresh, fresh)).toBe(403);

    // 1. Both are served, and both are audiences.
    set({ STS_DOMAIN: fresh, STS_DOMAIN_PREVIOUS: old });
    await deploy();
    for (const host of [old, fresh]) {
      for (const audience of [old, fresh]) expect(await exchange(host, audience)).toBe(200);
      expect((await fetch(`http://${host}/healthz`)).status).toBe(200);
    }
    expect(await exchange(fresh, 'third.acme.dev')).toBe(403);
    // 2. The webhook, of which the scheduled check reminds.
    expect(await rulesAfterCheck()).toEqual(['webhook-url-previous']);
    app!.webhookUrl = `http://${fresh}/webhook`;
    // 3. A policy that names the old host.
    expect(await exchange(fresh, fresh, 'named')).toBe(403);
    commit('named', `audience: ${fresh}\n`);
    await session.github.webhooks.settled();
    expect(session.github.webhooks.deliveries.at(-1)).toMatchObject({ status: 202 });
    expect(await exchange(fresh, fresh, 'named')).toBe(200);
    expect(await rulesAfterCheck()).toEqual([]);
    // 4. Who still asks the old one.
    const asked = (await session.account.logOf(worker()))
      .map((line) => JSON.parse(line) as { readonly event?: string; readonly host?: string })
      .flatMap(({ event, host }) => (event === 'exchange' ? [host] : []));
    expect(new Set(asked)).toEqual(new Set([old, fresh]));
    // 5. The end of the old one.
    set({ STS_DOMAIN_PREVIOUS: '' });
    await deploy();
    expect(await exchange(fresh, fresh)).toBe(200);
    expect(await exchange(fresh, old)).toBe(403);
  });

  it('has a staging whose tokens production refuses, and the other way round ("Staging")', async () => {
    const names = { production: session.deployment, staging: `${session.deployment}-staging` };
    const stagingFile = join(ROOT, 'deployments', `${names.staging}.toml`);
    try {
      expect(await session.setup()).toMatchObject({ exitCode: 0 });
      const staging = ['--deployment', names.staging, '--app-name', 'acme-sts-staging', '--worker', 'sts-staging'];
      expect(await session.setup(staging)).toMatchObject({ exitCode: 0 });
      expect(await session.run(['deploy', names.staging])).toMatchObject({ exitCode: 0 });
      const hosts = [hostIn(session.deploymentText), hostIn(readFileSync(stagingFile, 'utf8'))];
      const apps = session.github.world.apps();
      expect(apps.map(({ name }) => name)).toEqual(['acme-sts', 'acme-sts-staging']);
      for (const app of apps) session.github.world.install(app, 'acme');
      commit('deploy', '');
      await session.github.webhooks.settled();
      for (const host of hosts) {
        for (const audience of hosts) expect(await exchange(host, audience)).toBe(host === audience ? 200 : 403);
      }
      expect([...session.account.workers.values()].map(({ variables }) => variables.GITHUB_APP_ID)).toEqual(
        apps.map(({ id }) => String(id)),
      );
    } finally {
      rmSync(stagingFile, { force: true });
    }
  });

  it('takes over octo-sts’s App, its policies and its callers one by one ("Moving over from octo-sts")', async () => {
    const { world, actionsIssuer } = session.github;
    const octoSts = 'https://octo-sts.example.net/webhook';
    const permissions = { checks: 'write', contents: 'read', pull_requests: 'read' } as const;
    const app = world.addApp({
      owner: world.account('acme')!,
      permissions,
      webhookUrl: octoSts,
      webhookSecret: 'theirs',
    });
    noteSecret(app.keys.pkcs1Pem);
    world.install(app, 'acme');
    commit('plain', '');
    commit('named', 'audience: octo-sts.example.net\n');
    const keyFile = join(session.folder, 'octo-sts.pem');
    writeFileSync(keyFile, app.keys.pkcs1Pem, { mode: 0o600 });

    // 1. With its App; its webhook stays.
    const taken = ['--app-id', String(app.id), '--key', keyFile];
    expect(await session.setup(taken)).toMatchObject({ exitCode: 0 });
    expect(app.webhookUrl).toBe(octoSts);
    const host = hostIn(session.deploymentText);
    // 2. What the linter says of the policies, as files.
    const folder = join(session.folder, 'chainguard');
    mkdirSync(folder);
    const file = `issuer: ${actionsIssuer.issuer}\nsubject: repo:acme/app:ref:refs/heads/main\npermissions: { contents: read }\n`;
    writeFileSync(
      join(folder, 'plain.sts.yaml'),
      file.replace(/http:\S+/, 'https://token.actions.githubusercontent.com'),
    );
    expect(await lint(folder)).toBe(0);
    writeFileSync(join(folder, 'odd.sts.yaml'), file.replace('contents: read', 'content: read'));
    expect(await lint(folder)).toBe(1);
    // 3. and 4. A policy without an audience takes a caller as it stands; one with octo-sts's needs ours beside it.
    expect(await exchange(host, host, 'plain')).toBe(200);
    expect(await exchange(host, host, 'named')).toBe(403);
    commit('named', `audience_pattern: octo-sts\\.example\\.net|${host.replaceAll('.', '\\.')}\n`);
    // Its webhook is still octo-sts's, so the change is seen when the copy is old. A new isolate has none.
    await deploy();
    for (const audience of [host, 'octo-sts.example.net']) expect(await exchange(host, audience, 'named')).toBe(200);
    // The webhook at last.
    expect(await session.setup([...taken, '--set-webhook'])).toMatchObject({ exitCode: 0 });
    expect(app.webhookUrl).toBe(`http://${host}/webhook`);
    noteSecret(app.webhookSecret);
    commit('plain', `audience: ${host}\n`);
    await session.github.webhooks.settled();
    expect(session.github.webhooks.deliveries.at(-1)).toMatchObject({ status: 202 });
    expect(await exchange(host, 'octo-sts.example.net', 'plain')).toBe(403);
  });
});

function lint(folder: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--no-warnings', 'scripts/run-cli.ts', 'lint', folder], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.on('close', resolve));
}
