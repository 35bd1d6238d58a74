import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FileChanges } from '../support/github/git-objects.ts';
import { actionsPolicy, eventually } from '../support/local-stack.ts';
import { RunningWorker } from '../support/running-worker.ts';
import { WebhookStack } from '../support/webhook-stack.ts';

const FOLDER = '.github/chainguard';
/** How long an isolate goes on without asking KV: what another one learnt is seen after this. */
const ISOLATE_MS = 30_000;

let stack: WebhookStack;

beforeAll(async () => {
  stack = await WebhookStack.start();
  stack.connect();
});
afterAll(() => stack.close());
afterEach(async () => {
  stack.connect();
  await stack.settled();
  expect(stack.local.emulator.violations).toEqual([]);
});

function policy(name: string, ...lines: string[]): FileChanges {
  const text = actionsPolicy(stack.local.emulator.actionsIssuer.issuer, lines.length === 0 ? undefined : lines);
  return { [`${FOLDER}/${name}.sts.yaml`]: text };
}

/** The answer's status, with its error key. */
async function exchange(scope: string, identity: string): Promise<string> {
  const { status, json } = await stack.local.exchangeFor(scope, identity);
  return status === 200 ? '200' : `${status} ${String(json.error)}`;
}

async function pushed(change: () => unknown): Promise<void> {
  change();
  await stack.local.emulator.webhooks.settled();
}

test('a merged policy works in the very next exchange, and a removed one stops at once', async () => {
  expect(await exchange('acme/app', 'merged')).toBe('404 policy_not_found');
  await pushed(() => {
    const pull = stack.world.openPullRequest({ repository: 'acme/app', branch: 'add', files: policy('merged') });
    stack.world.mergePullRequest(pull);
  });
  expect(await exchange('acme/app', 'merged')).toBe('200');
  await pushed(() => stack.world.commit('acme/app', { [`${FOLDER}/merged.sts.yaml`]: null }));
  expect(await exchange('acme/app', 'merged')).toBe('404 policy_not_found');
});

test('a policy that was narrowed grants the less at once, on a default branch that is not called main', async () => {
  await pushed(() => stack.world.commit('acme/infra', policy('narrow', 'permissions: { contents: write }')));
  expect((await stack.local.exchangeFor('acme/infra', 'narrow')).json.permissions).toMatchObject({ contents: 'write' });
  await pushed(() => stack.world.commit('acme/infra', policy('narrow', 'permissions: { contents: read }')));
  expect((await stack.local.exchangeFor('acme/infra', 'narrow')).json.permissions).toMatchObject({ contents: 'read' });
});

test('a push that touches no policy, or another branch, leaves the cache as it is', async () => {
  expect(await exchange('acme/app', 'deploy')).toBe('200');
  await pushed(() => {
    stack.world.commit('acme/app', { 'README.md': 'new' });
    stack.world.commit('acme/app', policy('elsewhere'), { branch: 'topic' });
  });
  await stack.settled();
  stack.local.resetCounters();
  expect(await exchange('acme/app', 'deploy')).toBe('200');
  expect(stack.local.githubRequests()).toBe(1);
});

test('a forced push that takes a policy away is seen at once', async () => {
  const before = stack.world.head('acme/app') ?? '';
  await pushed(() => stack.world.commit('acme/app', policy('forced-away')));
  expect(await exchange('acme/app', 'forced-away')).toBe('200');
  await pushed(() => stack.world.forcePush('acme/app', 'main', before));
  expect(await exchange('acme/app', 'forced-away')).toBe('404 policy_not_found');
});

test('an issuer allowlist holds for every repository of the owner from its push on', async () => {
  const list = { [`${FOLDER}/trusted-token-issuers.yaml`]: 'issuers:\n  - https://other.example.com\n' };
  expect(await exchange('acme/app', 'deploy')).toBe('200');
  await pushed(() => stack.world.commit('acme/.github', list));
  expect(await exchange('acme/app', 'deploy')).toBe('403 issuer_not_allowed');
  await pushed(() => stack.world.commit('acme/.github', { [`${FOLDER}/trusted-token-issuers.yaml`]: null }));
  expect(await exchange('acme/app', 'deploy')).toBe('200');
});

const guardrails = (text: string | null) => ({ [`${FOLDER}/guardrails.yaml`]: text });

test('guardrails hold for every repository of the owner from their push on', async () => {
  expect(await exchange('acme/app', 'deploy')).toBe('200');
  await pushed(() => stack.world.commit('acme/.github', guardrails('repository_policies: { permissions: {} }\n')));
  expect(await exchange('acme/app', 'deploy')).toBe('404 policy_invalid');
  await pushed(() => stack.world.commit('acme/.github', guardrails('mode: audit\nmax_token_lifetime_seconds: 1\n')));
  expect(await exchange('acme/app', 'deploy')).toBe('200');
  await pushed(() => stack.world.commit('acme/.github', guardrails(null)));
  expect(await exchange('acme/app', 'deploy')).toBe('200');
});

test('guardrails that are merged while an exchange reads the old ones bind the next exchange', async () => {
  const { faults } = stack.local.emulator;
  await pushed(() => stack.world.commit('acme/infra', policy('racing')));
  expect(await exchange('acme/app', 'deploy')).toBe('200');
  await stack.settled();
  stack.local.resetCounters();
  faults.add({ kind: 'delay', ms: 1500, times: 1, match: { operation: 'graphql' } });
  const underWay = exchange('acme/infra', 'racing');
  await eventually(() => stack.local.emulator.count({ path: '/graphql' }) === 1);
  await pushed(() => stack.world.commit('acme/.github', guardrails('repository_policies: { permissions: {} }\n')));
  expect(await underWay).toBe('200');
  await stack.settled();
  expect(await exchange('acme/app', 'deploy')).toBe('404 policy_invalid');
  await pushed(() => stack.world.commit('acme/.github', guardrails(null)));
});

test('another default branch brings its own policies', async () => {
  stack.disconnect();
  stack.world.commit('acme/app', policy('on-next'), { branch: 'next' });
  stack.connect();
  expect(await exchange('acme/app', 'on-next')).toBe('404 policy_not_found');
  await pushed(() => stack.world.setDefaultBranch('acme/app', 'next'));
  expect(await exchange('acme/app', 'on-next')).toBe('200');
  await pushed(() => stack.world.setDefaultBranch('acme/app', 'main'));
});

test('a renamed repository is known under its new name at once, and no more under the old one', async () => {
  stack.world.addRepository({ owner: 'acme', name: 'before', files: policy('renamed') });
  await pushed(() => undefined);
  expect(await exchange('acme/before', 'renamed')).toBe('200');
  await pushed(() => stack.world.renameRepository('acme/before', 'after'));
  expect(await exchange('acme/before', 'renamed')).toBe('404 policy_not_found');
  expect(await exchange('acme/after', 'renamed')).toBe('200');
  await pushed(() => stack.world.deleteRepository('acme/after'));
  expect(await exchange('acme/after', 'renamed')).toBe('404 policy_not_found');
});

test('an installation is known as soon as it is made, and forgotten as soon as it is gone', async () => {
  stack.local.addOwner('newcomer', { installed: false, repositories: { app: policy('first') } });
  const token = stack.local.actionsToken();
  expect(await stack.local.exchangeFor('newcomer/app', 'first', token)).toMatchObject({ status: 404 });
  let installation = stack.world.install(stack.local.seed.app, 'newcomer');
  await pushed(() => undefined);
  expect(await exchange('newcomer/app', 'first')).toBe('200');
  await pushed(() => stack.world.uninstall(installation));
  expect(await exchange('newcomer/app', 'first')).toBe('404 installation_not_found');
  installation = stack.world.install(stack.local.seed.app, 'newcomer', { repositories: [] });
  await pushed(() => undefined);
  expect(await exchange('newcomer/app', 'first')).toBe('404 policy_not_found');
  await pushed(() => stack.world.addToInstallation(installation, 'newcomer/app'));
  expect(await exchange('newcomer/app', 'first')).toBe('200');
  await pushed(() => stack.world.removeFromInstallation(installation, 'newcomer/app'));
  expect(await exchange('newcomer/app', 'first')).toBe('404 policy_not_found');
});

test('a renamed account is looked up afresh under both names', async () => {
  const installation = stack.local.addOwner('was', { repositories: { app: policy('moved') } })!;
  await pushed(() => undefined);
  expect(await exchange('was/app', 'moved')).toBe('200');
  stack.world.renameAccount('was', 'is');
  await stack.deliver(
    'installation_target',
    stack.local.emulator.webhooks.payloads.installationTarget(installation, 'was'),
  );
  expect(await exchange('was/app', 'moved')).toBe('404 installation_not_found');
  expect(await exchange('is/app', 'moved')).toBe('200');
});

test('GitHub that does not answer brings nothing old back after a push', async () => {
  await pushed(() => stack.world.commit('acme/app', policy('outage')));
  expect(await exchange('acme/app', 'outage')).toBe('200');
  const heal = stack.local.emulator.faults.add({ kind: 'respond', status: 503, match: { operation: 'graphql' } });
  await pushed(() => stack.world.commit('acme/app', { [`${FOLDER}/outage.sts.yaml`]: null }));
  expect(await exchange('acme/app', 'outage')).toBe('503 unavailable');
  heal();
  expect(await exchange('acme/app', 'outage')).toBe('404 policy_not_found');
});

test('a second Worker that shares KV sees changes within half a minute', async () => {
  const kvPath = mkdtempSync(join(tmpdir(), 'octo-sts-kv-'));
  const own = await WebhookStack.start({ worker: { kvPath } });
  const { emulator, seed } = own.local;
  const bindings = {
    STS_DOMAIN: 'sts.example.com',
    GITHUB_BASE_URL: emulator.url,
    GITHUB_APP_ID: String(seed.app.id),
    GITHUB_APP_PRIVATE_KEY: seed.app.keys.pkcs1Pem,
    GITHUB_WEBHOOK_SECRET: seed.app.webhookSecret,
    ALLOW_LOOPBACK_HTTP: 'true',
  };
  const second = await RunningWorker.start({ bindings, kvPath, watched: true });
  own.local.addOwner('late', { installed: false, repositories: { app: {} } });
  const ask = async (scope: string, identity: string): Promise<number> => {
    const headers = { authorization: `Bearer ${own.local.actionsToken()}` };
    return (await fetch(`${second.url}/sts/exchange?scope=${scope}&identity=${identity}`, { headers })).status;
  };
  expect(await ask('acme/app', 'deploy')).toBe(200);
  expect(await ask('late/app', 'x')).toBe(404);
  own.connect();
  const text = actionsPolicy(emulator.actionsIssuer.issuer);
  own.world.commit('acme/app', { [`${FOLDER}/deploy.sts.yaml`]: null, [`${FOLDER}/shared.sts.yaml`]: text });
  own.world.install(seed.app, 'late');
  own.world.commit('late/app', { [`${FOLDER}/x.sts.yaml`]: text });
  await emulator.webhooks.settled();
  emulator.clock.advance(ISOLATE_MS);
  await second.advance(ISOLATE_MS);
  expect(await ask('acme/app', 'deploy')).toBe(404);
  expect(await ask('acme/app', 'shared')).toBe(200);
  expect(await ask('late/app', 'x')).toBe(200);
  await second.close();
  await own.close();
}, 90_000);
