import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { githubSite, type GitHubSite } from '../../../../scripts/operator/github-site.ts';
import { convertManifest, lookUpApp, setWebhook } from '../../../../scripts/operator/registered-app.ts';
import { GitHubEmulator } from '../../../support/github/emulator.ts';
import type { Fault } from '../../../support/github/faults.ts';
import { LoopbackServer } from '../../../support/loopback-server.ts';
import type { App } from '../../../support/github/world-model.ts';

let github: GitHubEmulator;
let site: GitHubSite;

beforeEach(async () => {
  github = await GitHubEmulator.start();
  site = githubSite(github.url)!;
});

afterEach(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
});

function code(): string {
  return github.manifestCode({ name: 'sts', default_permissions: { contents: 'read' } });
}

function addApp(): App {
  return github.world.addApp({ permissions: { contents: 'read' }, owner: github.world.addOrganization('acme') });
}

describe('a conversion', () => {
  it('gives the App with its key and its webhook’s secret', async () => {
    const result = await convertManifest(site, code());
    const app = github.world.apps().at(-1)!;
    expect(result).toMatchObject({
      kind: 'converted',
      app: { id: String(app.id), privateKey: app.keys.pkcs1Pem, webhookSecret: app.webhookSecret },
    });
  });

  it.each(['none', '../app', 'a/b', '%2e%2e'])('is refused for a code that GitHub did not give: %s', async (text) => {
    expect(await convertManifest(site, text)).toEqual({ kind: 'unusable', reason: 'it answered 404: "Not Found"' });
    expect(github.requests.at(-1)?.path).toContain('/app-manifests/');
  });

  it.each<[string, Fault, string]>([
    ['leads elsewhere', { kind: 'redirect', location: 'https://evil.test/' }, 'it answered 302'],
    ['never ends', { kind: 'oversize', bytes: 1_000_000 }, 'no JSON object'],
    ['breaks off', { kind: 'reset', when: 'before-headers' }, "can't be reached"],
    ['is no JSON', { kind: 'wrong-json', body: '[1]' }, 'no JSON object'],
    ['fails', { kind: 'respond', status: 500, body: { message: 'x\u001B[31m' } }, 'it answered 500: "x"'],
    ['has no secret', { kind: 'change-body', change: (body) => ({ ...body, pem: null }) }, 'no private key'],
    ['has no owner', { kind: 'change-body', change: (body) => ({ ...body, owner: null }) }, 'no owner'],
    ['has a slug that is none', { kind: 'change-body', change: (body) => ({ ...body, slug: '../x' }) }, 'no name'],
  ])('says so where the answer %s', async (_, fault, reason) => {
    github.faults.add(fault);
    expect(await convertManifest(site, code())).toEqual({ kind: 'unusable', reason: expect.stringContaining(reason) });
  });

  it('says so where nobody listens', async () => {
    const server = await LoopbackServer.listen();
    const gone = githubSite(server.origin)!;
    await server.close();
    expect(await convertManifest(gone, 'x')).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('lives with a GitHub that made no secret for the webhook', async () => {
    github.faults.add({ kind: 'change-body', change: (body) => ({ ...body, webhook_secret: null }) });
    expect(await convertManifest(site, code())).toMatchObject({ kind: 'converted', app: { webhookSecret: undefined } });
  });
});

describe('an App that exists', () => {
  it('is known by its key, under its number and its client ID', async () => {
    const app = addApp();
    for (const id of [String(app.id), app.clientId]) {
      expect(await lookUpApp(site, id, app.keys.pkcs1Pem)).toMatchObject({
        kind: 'found',
        app: { id: String(app.id), owner: { kind: 'organization', name: 'acme' } },
      });
    }
  });

  it('is not known by another’s key, or by none', async () => {
    const [app, other] = [addApp(), github.world.addApp({ permissions: {} })];
    expect(await lookUpApp(site, String(app.id), other.keys.pkcs1Pem)).toMatchObject({
      reason: expect.stringContaining('401'),
    });
    expect(await lookUpApp(site, String(app.id), 'no key')).toEqual({
      kind: 'unusable',
      reason: 'the file holds no RSA private key',
    });
  });

  it('is told where its webhooks go', async () => {
    const app = addApp();
    const found = await lookUpApp(site, String(app.id), app.keys.pkcs1Pem);
    if (found.kind !== 'found') throw new Error(found.reason);
    expect(await setWebhook(site, found.app, 'https://sts.acme.dev/webhook', 'secret-of-this-test')).toEqual({
      kind: 'set',
    });
    expect(app).toMatchObject({ webhookUrl: 'https://sts.acme.dev/webhook', webhookSecret: 'secret-of-this-test' });
    github.faults.add({ kind: 'change-body', change: (body) => ({ ...body, url: 'https://evil.test/' }) });
    expect(await setWebhook(site, found.app, 'https://sts.acme.dev/webhook', 'x')).toMatchObject({ kind: 'unusable' });
  });
});
