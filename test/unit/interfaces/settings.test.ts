import { beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings, type Settings } from '../../../src/interfaces/settings.ts';
import { generateAppKeys } from '../../support/github/app-keys.ts';

let pem: string;

beforeAll(() => {
  pem = generateAppKeys().pkcs1Pem;
});

function environment(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const usual = { STS_DOMAIN: 'sts.example.com', GITHUB_APP_ID: '123', GITHUB_APP_PRIVATE_KEY: pem };
  return { ...usual, ...changes };
}

function settings(changes: Readonly<Record<string, unknown>> = {}): Settings {
  const result = readSettings(environment(changes));
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
  return result.settings;
}

function faults(env: Readonly<Record<string, unknown>>): readonly string[] {
  const result = readSettings(env);
  return result.kind === 'valid' ? [] : result.faults.map(({ setting }) => setting);
}

describe('the defaults', () => {
  it('are those of the documentation', () => {
    expect(settings()).toMatchObject({
      stsDomain: 'sts.example.com',
      github: { apiUrl: 'https://api.github.com', webUrl: 'https://github.com' },
      orgPolicyRepository: '.github',
      allowedIssuers: undefined,
      knownIssuers: new Set(['https://accounts.google.com', 'https://gitlab.com']),
      allowlistUnreadable: 'allow',
      maxTokenLifetimeSeconds: 86_400,
      quotaFloors: { soft: 5000, hard: 1500 },
      webhookOrganizations: undefined,
      checkEveryPullRequest: false,
      explainTo: 'owner',
      explainIssuers: new Set(),
      allowLoopbackHttp: false,
      logLevel: 'info',
      webhookSecrets: { shared: [] },
    });
  });

  it('hold for empty values too', () => {
    const names = [
      'GITHUB_BASE_URL',
      'ORG_POLICY_REPO',
      'OCTOSTS_ALLOWED_ISSUERS',
      'KNOWN_ISSUERS',
      'EXPLAIN_TO',
      'APP_CONFIG',
      'GITHUB_WEBHOOK_SECRET',
      'LOG_LEVEL',
      'ALLOW_LOOPBACK_HTTP',
      'EVENT_INGRESS_URI',
    ];
    expect(settings(Object.fromEntries(names.map((name) => [name, '']))).explainTo).toBe('owner');
    expect(settings(Object.fromEntries(names.map((name) => [name, '  '])))).toMatchObject({
      orgPolicyRepository: '.github',
      allowedIssuers: undefined,
    });
  });

  it('name the operator’s own issuers exactly', () => {
    const read = settings(environment({ EXPLAIN_ISSUERS: ' https://oidc.acme.dev , https://gitlab.acme.dev ' }));
    expect(read.explainIssuers).toEqual(new Set(['https://oidc.acme.dev', 'https://gitlab.acme.dev']));
  });

  it('can’t be changed once they are read', () => {
    const read = settings() as { explainTo: string };
    expect(() => (read.explainTo = 'everybody')).toThrow(TypeError);
  });
});

describe('the environment', () => {
  it('takes numbers and booleans of [vars] as their text', () => {
    const read = settings({
      GITHUB_APP_ID: 123,
      CHECK_EVERY_PULL_REQUEST: true,
      OCTOSTS_QUOTA_FLOOR_SOFT: 10,
      ALLOW_LOOPBACK_HTTP: false,
    });
    expect(read.pools[0]?.apps[0]?.id).toBe('123');
    expect(read).toMatchObject({ checkEveryPullRequest: true, quotaFloors: { soft: 10 }, allowLoopbackHttp: false });
  });

  it('takes lists with commas and spaces', () => {
    const read = settings({
      OCTOSTS_ALLOWED_ISSUERS: ' https://a.example.com , https://b.example.com/,',
      GITHUB_WEBHOOK_ORGANIZATION_FILTER: 'Acme, other',
    });
    expect(read.allowedIssuers).toEqual(new Set(['https://a.example.com', 'https://b.example.com/']));
    expect(read.webhookOrganizations).toEqual(new Set(['acme', 'other']));
  });

  it('keeps both webhook secrets while one is rotated', () => {
    const read = settings({ GITHUB_WEBHOOK_SECRET: 'new', GITHUB_WEBHOOK_SECRET_PREVIOUS: 'old' });
    expect(read.webhookSecrets.shared).toEqual(['new', 'old']);
  });

  it('finds only what is its own: names of JavaScript are no settings', () => {
    const env: Record<string, unknown> = Object.create(environment());
    expect(faults(env)).toContain('STS_DOMAIN');
  });

  it.each([
    [
      'https://ghe.example.com/api/v3',
      'https://ghe.example.com/api/graphql',
      'https://ghe.example.com/_services/token',
    ],
    ['https://api.acme.ghe.com/', 'https://api.acme.ghe.com/graphql', 'https://token.actions.acme.ghe.com'],
    ['https://api.github.com', 'https://api.github.com/graphql', 'https://token.actions.githubusercontent.com'],
  ])('derives the other addresses of %s', (base, graphqlUrl, actionsIssuer) => {
    expect(settings({ GITHUB_BASE_URL: base }).github).toMatchObject({ graphqlUrl, actionsIssuer });
  });
});

describe('a fault', () => {
  it.each<[string, unknown]>([
    ['STS_DOMAIN', 'https://sts.example.com'],
    ['STS_DOMAIN', 'sts.example.com/path'],
    ['STS_DOMAIN', ''],
    ['GITHUB_APP_ID', 'Iv1.abc'],
    ['GITHUB_APP_ID', '-1'],
    ['GITHUB_APP_PRIVATE_KEY', 'no key'],
    ['GITHUB_APP_PRIVATE_KEY', { pem: 'x' }],
    ['GITHUB_BASE_URL', 'http://ghe.example.com/api/v3'],
    ['GITHUB_BASE_URL', 'http://127.0.0.1:1'],
    ['GITHUB_BASE_URL', 'https://ghe.example.com/else'],
    ['GITHUB_BASE_URL', 'https://user@ghe.example.com/api/v3'],
    ['ORG_POLICY_REPO', 'acme/.github'],
    ['ORG_POLICY_REPO', '..'],
    ['OCTOSTS_ALLOWED_ISSUERS', 'https://a.example.com,accounts.google.com'],
    ['KNOWN_ISSUERS', 'http://a.example.com'],
    ['ALLOWLIST_UNREADABLE', 'maybe'],
    ['OCTOSTS_QUOTA_FLOOR_SOFT', '-1'],
    ['OCTOSTS_QUOTA_FLOOR_HARD', 'many'],
    ['MAX_TOKEN_LIFETIME_SECONDS', '0'],
    ['MAX_TOKEN_LIFETIME_SECONDS', '1 day'],
    ['GITHUB_WEBHOOK_ORGANIZATION_FILTER', 'acme,*'],
    ['CHECK_EVERY_PULL_REQUEST', 'yes'],
    ['EXPLAIN_TO', 'all'],
    ['EXPLAIN_ISSUERS', 'oidc.acme.dev'],
    ['EXPLAIN_ISSUERS', 'https://oidc.acme.dev,https://accounts.google.com'],
    ['EXPLAIN_ISSUERS', 'https://gitlab.com/'],
    ['EXPLAIN_ISSUERS', 'https://TOKEN.actions.githubusercontent.com'],
    ['EVENT_INGRESS_URI', 'http://events.example.com'],
    ['EVENT_INGRESS_URI', 'no address'],
    ['ALLOW_LOOPBACK_HTTP', '1'],
    ['LOG_LEVEL', 'verbose'],
    ['APP_CONFIG', 'orgs: []'],
  ])('in %s is named alone: %j', (name, value) => {
    const withoutSingleApp =
      name === 'APP_CONFIG' ? { GITHUB_APP_ID: undefined, GITHUB_APP_PRIVATE_KEY: undefined } : {};
    expect(new Set(faults(environment({ ...withoutSingleApp, [name]: value })))).toEqual(new Set([name]));
  });

  it('does not hide another: all are named at once', () => {
    expect([...new Set(faults({ LOG_LEVEL: 'x', EXPLAIN_TO: 'x', ALLOWLIST_UNREADABLE: 'x' }))].sort()).toEqual([
      'ALLOWLIST_UNREADABLE',
      'EXPLAIN_TO',
      'GITHUB_APP_ID',
      'GITHUB_APP_PRIVATE_KEY',
      'LOG_LEVEL',
      'STS_DOMAIN',
    ]);
  });

  it('never tells a value', () => {
    const names = [
      'STS_DOMAIN',
      'GITHUB_APP_ID',
      'GITHUB_APP_PRIVATE_KEY',
      'GITHUB_BASE_URL',
      'ORG_POLICY_REPO',
      'KNOWN_ISSUERS',
      'EXPLAIN_TO',
      'EVENT_INGRESS_URI',
      'APP_CONFIG',
    ];
    const result = readSettings(Object.fromEntries(names.map((name) => [name, `c@nary ${name} c@nary`])));
    if (result.kind === 'valid') throw new Error('the settings are valid');
    expect(JSON.stringify(result.faults)).not.toContain('c@nary');
  });

  it('is what an App has both in its own settings and in APP_CONFIG', () => {
    const config = 'orgs: [{ name: "*", apps: [{ app_id: 1, private_key: "${KEY}" }] }]';
    expect(faults(environment({ APP_CONFIG: config, KEY: pem }))).toEqual(['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY']);
    expect(faults({ STS_DOMAIN: 'sts.example.com', APP_CONFIG: config, KEY: pem })).toEqual([]);
  });
});

describe('the App', () => {
  it.each(['424242', 'Iv23liSBCrQTZdGvOFgD', 'Iv1.8a61f9b3a7aba766'])('may be named by %s', (GITHUB_APP_ID) => {
    expect(settings({ GITHUB_APP_ID }).pools).toMatchObject([{ owner: '*', apps: [{ id: GITHUB_APP_ID }] }]);
    const APP_CONFIG = `orgs: [{ name: a, apps: [{ app_id: ${GITHUB_APP_ID}, private_key: "\${KEY_ONE}" }] }]`;
    const several = { GITHUB_APP_ID: '', GITHUB_APP_PRIVATE_KEY: '', APP_CONFIG, KEY_ONE: pem };
    expect(settings(several).pools).toMatchObject([{ owner: 'a', apps: [{ id: GITHUB_APP_ID }] }]);
  });

  it.each(['octo-sts', 'Iv', '-1', '1.5'])('may not be named by %s', (GITHUB_APP_ID) => {
    expect(faults(environment({ GITHUB_APP_ID }))).toEqual(['GITHUB_APP_ID']);
  });
});

describe('the token for events', () => {
  it.each(['abc', 'a.b_c~d+e/f-g==', 'x'.repeat(4000)])('may be %s', (token) => {
    expect(settings({ EVENT_INGRESS_TOKEN: token }).texts.EVENT_INGRESS_TOKEN).toBe(token);
  });

  it.each(['two words', 'a\r\nX-Header: b', 'Bearer abc', 'ä', '=abc'])(
    'must be one that a header can hold: %j',
    (token) => {
      expect(faults(environment({ EVENT_INGRESS_TOKEN: token }))).toEqual(['EVENT_INGRESS_TOKEN']);
    },
  );
});

describe('a name that is no setting', () => {
  it.each([
    ['OCTOSTS_ALLOWED_ISSUER', 'OCTOSTS_ALLOWED_ISSUERS'],
    ['OCTO_STS_ALLOWED_ISSUERS', 'OCTOSTS_ALLOWED_ISSUERS'],
    ['EVENT_INGRESS_URL', 'EVENT_INGRESS_URI'],
    ['EXPLIAN_TO', 'EXPLAIN_TO'],
    ['GITHUB_WEBHOOK_SECRETT', 'GITHUB_WEBHOOK_SECRET'],
    ['LOG_LEVE', 'LOG_LEVEL'],
  ])('and one edit away from one is a fault that names both: %s', (name, near) => {
    const result = readSettings(environment({ [name]: 'c@nary' }));
    expect(result).toMatchObject({
      kind: 'invalid',
      faults: [{ setting: name, problem: `is no setting; did you mean ${near}?` }],
    });
    expect(JSON.stringify(result)).not.toContain('c@nary');
  });

  it.each(['PATH', 'KNOWN_ISSUER_LIST', 'STS_DOMAINS_2', 'sts_domain', 'constructor', '__proto__'])(
    'and further away is nobody’s business: %s',
    (name) => expect(faults(environment(Object.fromEntries([[name, 'x']])))).toEqual([]),
  );

  it('is none where it is empty, or where APP_CONFIG refers to it', () => {
    expect(faults(environment({ LOG_LEVE: '' }))).toEqual([]);
    const APP_CONFIG = 'orgs: [{ name: "*", apps: [{ app_id: 1, private_key: "${GITHUB_APP_PRIVATE_KEY2}" }] }]';
    const env = { STS_DOMAIN: 'sts.example.com', APP_CONFIG, GITHUB_APP_PRIVATE_KEY2: pem };
    expect(faults(env)).toEqual([]);
  });
});
