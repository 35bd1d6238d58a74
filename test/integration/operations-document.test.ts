import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { noteSecret, searchForSecrets } from '../support/canary.ts';
import { OperatorSession } from '../support/cloudflare/operator-session.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
const WORKER = 'octo-sts-worker';

let session: OperatorSession;

// Each run of setup is a dozen processes, one after another.
jest.setTimeout(120_000);

beforeAll(async () => {
  session = await OperatorSession.start();
});

afterAll(async () => {
  const { account, github } = session;
  await session.close();
  expect([...account.violations, ...github.violations]).toEqual([]);
  expect(searchForSecrets().leaks).toEqual([]);
});

/** A command as it stands in the document, for this test's deployment. */
function command(text: string): readonly string[] {
  expect(DOCUMENT).toContain(text);
  return text.replace('production', session.deployment).split(' ');
}

function deploy(text: string) {
  const [, , , , ...args] = command(text);
  return session.run(['deploy', ...args]);
}

function putSecret(text: string, value: string): Promise<number | null> {
  const [, , ...args] = command(text);
  return session.wrangler(args.slice(0, 5), value);
}

async function health(host: string): Promise<{ readonly http: number; readonly status: unknown }> {
  const response = await fetch(`http://${host}/healthz`);
  const { status } = await response.json<{ readonly status?: unknown }>();
  return { http: response.status, status };
}

describe('docs/operations.md, tried as written', () => {
  it('leads to an exchange by hand, through secrets that change and versions that wait', async () => {
    // 2. The example, with nothing in it yet that a host gives.
    const example = readFileSync(join(ROOT, 'deployments/example.toml'), 'utf8');
    session.writeDeployment(example.replace(/^(?:STS_DOMAIN|GITHUB_APP_ID) = .*\n/gm, ''));
    // 3. The first deployment gives the host.
    const first = await deploy('npm run deploy -- production --unconfigured');
    expect(first).toMatchObject({ exitCode: 0 });
    const host = /http:\/\/(127\.0\.0\.1:\d+)/.exec(first.output)?.[1] ?? '';
    expect(await health(host)).toEqual({ http: 503, status: 'misconfigured' });
    // 4. The App.
    const { world } = session.github;
    const owner = world.account('acme')!;
    const app = world.addApp({
      owner,
      permissions: { checks: 'write', contents: 'read', pull_requests: 'read' },
      webhookSecret: 'a-webhook-secret-of-the-operator',
    });
    for (const secret of [app.keys.pkcs1Pem, app.webhookSecret]) noteSecret(secret);
    const settings = {
      STS_DOMAIN: host,
      GITHUB_APP_ID: String(app.id),
      GITHUB_BASE_URL: session.github.url,
      ALLOW_LOOPBACK_HTTP: 'true',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = "${value}"`);
    session.writeDeployment((session.deploymentText ?? '').replace('[vars]\n', `[vars]\n${lines.join('\n')}\n`));
    // 6. comes too early, and says what is missing.
    const early = await deploy('npm run deploy -- production');
    expect(early).toEqual({ exitCode: 1, output: expect.stringContaining('GITHUB_APP_PRIVATE_KEY is required') });
    // 5. The secrets.
    const key = `npx wrangler secret put GITHUB_APP_PRIVATE_KEY --name ${WORKER} < acme-sts.private-key.pem`;
    expect(await putSecret(key, app.keys.pkcs1Pem)).toBe(0);
    expect(await putSecret(`npx wrangler secret put GITHUB_WEBHOOK_SECRET --name ${WORKER}`, app.webhookSecret)).toBe(
      0,
    );
    // 6. and 7.
    expect(await deploy('npm run deploy -- production')).toMatchObject({ exitCode: 0 });
    expect(await health(host)).toEqual({ http: 200, status: 'ok' });
    // 8. and 9.
    app.webhookUrl = `http://${host}/webhook`;
    world.install(app, 'acme');
    const issuer = session.github.actionsIssuer;
    const policy = `issuer: ${issuer.issuer}\nsubject: repo:acme/app:ref:refs/heads/main\npermissions:\n  contents: read\n`;
    world.commit('acme/app', { '.github/chainguard/deploy.sts.yaml': policy });
    const ask = async (): Promise<number> => {
      const authorization = `Bearer ${issuer.sign({ repository: 'acme/app', audience: host })}`;
      return (await fetch(`http://${host}/sts/exchange?scope=acme/app&identity=deploy`, { headers: { authorization } }))
        .status;
    };
    expect(await ask()).toBe(200);
    // A version that nobody gets yet changes nothing.
    expect(await deploy('npm run deploy -- production --upload')).toMatchObject({ exitCode: 0 });
    expect(await deploy('npm run deploy -- production --dry-run')).toMatchObject({ exitCode: 0 });
    expect(session.account.workers.get(WORKER)).toMatchObject({ deployments: 2, uploads: 1 });

    await session.github.webhooks.settled();
    await rotateWebhookSecret(app);
    world.commit('acme/app', { 'README.md': '# other\n' });
    await session.github.webhooks.settled();
    const statuses = session.github.webhooks.deliveries.map(({ status }) => status);
    expect(statuses.length).toBeGreaterThan(2);
    expect(statuses.filter((status) => status === 401)).toEqual([]);
    expect(await ask()).toBe(200);
  });

  /** "Rotating the webhook's secret": a delivery between any two steps is accepted. */
  async function rotateWebhookSecret(app: { webhookSecret: string }): Promise<void> {
    const { world, webhooks } = session.github;
    const delivery = async (): Promise<void> => {
      world.commit('acme/app', { 'README.md': `${Math.random()}\n` });
      await webhooks.settled();
    };
    const next = 'another-webhook-secret-of-the-operator';
    noteSecret(next);
    await putSecret(`npx wrangler secret put GITHUB_WEBHOOK_SECRET_PREVIOUS --name ${WORKER}`, app.webhookSecret);
    await delivery();
    await putSecret(`npx wrangler secret put GITHUB_WEBHOOK_SECRET --name ${WORKER}`, next);
    await delivery();
    app.webhookSecret = next;
    await delivery();
  }

  it('names only scripts that are there, and options that they take', async () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    for (const [, script = ''] of DOCUMENT.matchAll(/npm run (?:--silent )?([a-z:]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    const help = `${(await session.run(['setup', '--help'])).output}${(await session.run(['deploy', '--help'])).output}`;
    for (const [, options = ''] of DOCUMENT.matchAll(/npm run (?:setup|deploy) -- ([^`\n]*)/g)) {
      for (const option of options.match(/--[a-z-]+/g) ?? []) expect(help).toContain(option);
    }
  });
});
