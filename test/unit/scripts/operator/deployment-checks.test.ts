import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fileFindings, settingFindings } from '../../../../scripts/operator/deployment-checks.ts';
import { readDeployment, type Deployment } from '../../../../scripts/operator/deployment-file.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SHARED = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
const SECRETS = ['GITHUB_APP_PRIVATE_KEY', 'GITHUB_WEBHOOK_SECRET'];

function deployment(own: string): Deployment {
  const result = readDeployment('production', SHARED, own);
  if (result.kind === 'faulty') throw new Error(result.faults.join('\n'));
  return result.deployment;
}

function sound(more = '', top = ''): Deployment {
  return deployment(`${top}\n[vars]\nSTS_DOMAIN = "sts.acme.dev"\nGITHUB_APP_ID = "12345"\n${more}`);
}

describe('a deployment’s files', () => {
  it('are sound', () => {
    expect(fileFindings(sound())).toEqual({ faults: [], warnings: [] });
  });

  it('are not, in the example that is to be copied', () => {
    const { faults } = fileFindings(deployment(readFileSync(join(ROOT, 'deployments/example.toml'), 'utf8')));
    expect(faults).toEqual([
      'deployments/production.toml: vars.STS_DOMAIN still holds a placeholder',
      'deployments/production.toml: vars.GITHUB_APP_ID still holds a placeholder',
    ]);
  });

  it.each([
    ['EXPLAIN_TO = "<who>"', '', 'vars.EXPLAIN_TO still holds a placeholder'],
    ['', '[[routes]]\npattern = "sts.example.com"\ncustom_domain = true', 'routes[0].pattern still holds'],
    [
      '',
      '[[kv_namespaces]]\nbinding = "OCTO_STS_KV"\nid = "00000000000000000000000000000000"',
      'kv_namespaces[0].id still holds',
    ],
    ['', '[[kv_namespaces]]\nbinding = "OTHER"', 'must keep the binding OCTO_STS_KV'],
    ['', 'preview_urls = true', 'preview_urls must stay false'],
    ['', 'name = "My_Worker"', '"name" must be made of'],
    ['GITHUB_WEBHOOK_SECRET = "s3cret-s3cret"', '', 'GITHUB_WEBHOOK_SECRET is a secret and must not stand in a file'],
    [
      `MY_KEY = "${btoa('-----BEGIN RSA PRIVATE KEY-----\nMIIE')}"`,
      '',
      'MY_KEY is a secret and must not stand in a file',
    ],
    [
      'APP_CONFIG = "apps: [{ app_id: 1, webhook_secret: \\"${ACME_HOOK}\\" }]"\nACME_HOOK = "s3cret-s3cret"',
      '',
      'ACME_HOOK is a secret and must not stand in a file',
    ],
    ['ALLOW_LOOPBACK_HTTP = true', '', 'ALLOW_LOOPBACK_HTTP is for a service on this machine'],
    ['MY_KEY = "-----BEGIN RSA PRIVATE KEY-----\\nMIIE"', '', 'MY_KEY is a secret and must not stand in a file'],
  ])('are refused: %s %s', (variables, top, fault) => {
    const { faults } = fileFindings(sound(variables, top));
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect(faults.join()).not.toContain('s3cret');
  });
});

describe('a rehearsal on this machine', () => {
  it.each(['localhost:8787', '127.0.0.1:8787', 'localhost'])('may use plain http: %s', (host) => {
    const text = `[vars]\nSTS_DOMAIN = "${host}"\nGITHUB_APP_ID = "1"\nALLOW_LOOPBACK_HTTP = "true"\n`;
    expect(fileFindings(deployment(text)).faults).toEqual([]);
  });
});

describe('a deployment’s settings', () => {
  it('are sound with the secrets at hand', () => {
    expect(settingFindings(sound(), SECRETS)).toEqual({ faults: [], warnings: [] });
  });

  it('name each secret that is missing, and how to give it', () => {
    expect(settingFindings(sound(), [])).toEqual({
      faults: [
        "GITHUB_APP_PRIVATE_KEY is required: the App's private key (npx wrangler secret put GITHUB_APP_PRIVATE_KEY --name octo-sts-worker)",
      ],
      warnings: [expect.stringContaining('GITHUB_WEBHOOK_SECRET is not set')],
    });
  });

  it.each([
    ['STS_DOMAINE = "x"', SECRETS, 'STS_DOMAINE is no setting'],
    ['EXPLAIN_TO = "all"', SECRETS, 'EXPLAIN_TO must be one of'],
    ['', [...SECRETS, 'GITHUB_WEBHOOK_SECRETS'], 'GITHUB_WEBHOOK_SECRETS is no setting'],
    ['', [...SECRETS, 'STS_DOMAIN'], 'STS_DOMAIN is a variable in deployments/production.toml and a secret'],
    ['', [...SECRETS, 'APP_CONFIG'], 'GITHUB_APP_ID must not be set together with APP_CONFIG'],
  ])('are judged by the service’s own rules: %s %j', (variables, secrets, fault) => {
    expect(settingFindings(sound(variables), secrets).faults).toEqual([expect.stringContaining(fault)]);
  });

  it('look for the secrets that APP_CONFIG names', () => {
    const config = 'APP_CONFIG = "orgs: [{ name: acme, apps: [{ app_id: 1, private_key: \\"${ACME_KEY}\\" }] }]"';
    const pools = deployment(`[vars]\nSTS_DOMAIN = "sts.acme.dev"\n${config}\n`);
    expect(settingFindings(pools, ['ACME_KEY']).faults).toEqual([]);
    expect(settingFindings(pools, []).faults).toEqual([expect.stringContaining('ACME_KEY')]);
  });

  it('are not doubted where APP_CONFIG itself is a secret', () => {
    const pools = deployment('[vars]\nSTS_DOMAIN = "sts.acme.dev"\n');
    expect(settingFindings(pools, ['APP_CONFIG', 'ACME_KEY']).faults).toEqual([]);
  });
});
