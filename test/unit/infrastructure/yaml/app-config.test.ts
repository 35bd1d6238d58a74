import { describe, expect, it } from '@jest/globals';
import { parseAppConfig } from '../../../../src/infrastructure/yaml/app-config.ts';
import { generateAppKeys } from '../../../support/github/app-keys.ts';

const PEM = generateAppKeys().pkcs1Pem;
const SECRETS: Readonly<Record<string, string>> = {
  KEY_1: PEM,
  KEY_2: generateAppKeys().pkcs8Pem,
  HOOK: 'hush',
  TEXT: 'no key',
};

function parse(text: string): ReturnType<typeof parseAppConfig> {
  return parseAppConfig(text, (name) => SECRETS[name]);
}

function problems(text: string): readonly string[] {
  const result = parse(text);
  return result.kind === 'invalid' ? result.problems : [];
}

function oneApp(lines: string): string {
  return `orgs: [ { name: acme, apps: [ { ${lines} } ] } ]`;
}

describe('a configuration of several Apps', () => {
  it('gives every organization its pool, in the order of the file, and the rest to *', () => {
    const result = parse(`
orgs:
  - name: Org-A
    apps:
      - { name: ci-1, app_id: 111, private_key: "\${KEY_1}", webhook_secret: "\${HOOK}" }
      - { name: ci-2, app_id: "112", private_key: "\${KEY_2}" }
  - name: "*"
    apps:
      - { app_id: 999, private_key: "\${KEY_1}" }
`);
    expect(result).toMatchObject({
      kind: 'valid',
      pools: [
        {
          owner: 'org-a',
          apps: [
            {
              name: 'ci-1',
              id: '111',
              key: { kind: 'pem', pem: SECRETS.KEY_1 },
              keySetting: 'KEY_1',
              webhookSecret: 'hush',
            },
            { name: 'ci-2', id: '112', key: { kind: 'pem', pem: SECRETS.KEY_2 }, keySetting: 'KEY_2' },
          ],
        },
        { owner: '*', apps: [{ name: '999', id: '999' }] },
      ],
    });
  });

  it('lets one App serve several organizations', () => {
    const app = 'apps: [ { app_id: 1, private_key: "${KEY_1}" } ]';
    expect(problems(`orgs: [ { name: a, ${app} }, { name: b, ${app} } ]`)).toEqual([]);
  });

  it('names every fault at once, each by its place', () => {
    const text = `
surprise: 1
orgs:
  - name: "not a name"
    apps:
      - { name: "a b", app_id: x, private_key: "\${KEY_1}" }
      - { app_id: 2, private_key: "\${MISSING}", webhook_secret: plain }
  - name: acme
    apps: []
`;
    expect(problems(text)).toEqual([
      'it may hold only orgs',
      'orgs[0].name must be an organization\'s name, or "*"',
      'orgs[0].apps[0].app_id must be digits, or a client ID (Iv…)',
      'orgs[0].apps[0].name must be letters, digits and ._-',
      'orgs[0].apps[1].private_key refers to MISSING, which is not set',
      'orgs[0].apps[1].webhook_secret must be ${NAME}, the name of a secret',
      'orgs[1].apps must be a list of at least one App',
    ]);
  });

  it.each([
    ['a key that stands there itself', 'app_id: 1, private_key: "-----BEGIN RSA PRIVATE KEY-----"', 'must be ${NAME}'],
    ['a reference without braces', 'app_id: 1, private_key: $KEY_1', 'must be ${NAME}'],
    ['a reference inside a text', 'app_id: 1, private_key: "x${KEY_1}"', 'must be ${NAME}'],
    ['a reference with a default', 'app_id: 1, private_key: "${KEY_1:-x}"', 'must be ${NAME}'],
    [
      'a secret that holds no key',
      'app_id: 1, private_key: "${TEXT}"',
      'refers to TEXT, which is not a PEM: PKCS#1 as GitHub hands it out, or PKCS#8',
    ],
    ['no key', 'app_id: 1', 'must be ${NAME}'],
    ['no App id', 'private_key: "${KEY_1}"', 'app_id must be digits'],
    ['a field that does not exist', 'app_id: 1, private_key: "${KEY_1}", key: 1', 'may hold only'],
    ['an App id that is a list', 'app_id: [1], private_key: "${KEY_1}"', 'app_id must be digits'],
  ])('refuses %s', (_, app, problem) => {
    expect(problems(oneApp(app)).join('\n')).toContain(problem);
  });

  it.each([
    ['no YAML', 'orgs: [', 'is not YAML at line'],
    ['several documents', 'orgs: []\n---\norgs: []', 'is not YAML at line'],
    ['the same key twice', 'orgs: []\norgs: []', 'is not YAML at line'],
    ['a list', '[]', 'it must be a map'],
    ['nothing', '~', 'it must be a map'],
    ['no organization', 'orgs: []', 'orgs must be a list of at least one organization'],
    ['an organization that is a text', 'orgs: [acme]', 'orgs[0] must be a map'],
    ['aliases', 'orgs: &a [ { name: acme, apps: *a } ]', 'must not use aliases'],
    ['more than a secret can hold', `# ${'x'.repeat(6000)}`, 'is longer than 5 KB'],
  ])('refuses %s', (_, text, problem) => {
    expect(problems(text).join('\n')).toContain(problem);
  });

  it('refuses what is there twice: an organization, an App’s name, an App’s id', () => {
    const app = (name: string, id: number): string => `{ name: ${name}, app_id: ${id}, private_key: "\${KEY_1}" }`;
    expect(problems(`orgs: [ { name: a, apps: [ ${app('x', 1)} ] }, { name: A, apps: [ ${app('x', 2)} ] } ]`)).toEqual([
      'orgs names an organization twice',
    ]);
    expect(problems(`orgs: [ { name: a, apps: [ ${app('x', 1)}, ${app('x', 2)} ] } ]`)).toEqual([
      'orgs[0].apps names an App twice',
    ]);
    expect(problems(`orgs: [ { name: a, apps: [ ${app('x', 1)}, ${app('y', 1)} ] } ]`)).toEqual([
      'orgs[0].apps holds an app_id twice',
    ]);
  });

  it('refuses two keys, or two webhook secrets, for one App: only one of each would be used', () => {
    const pool = (name: string, more: string): string => `{ name: ${name}, apps: [ { app_id: 1, ${more} } ] }`;
    const keys = `orgs: [ ${pool('a', 'private_key: "${KEY_1}"')}, ${pool('b', 'private_key: "${KEY_2}"')} ]`;
    expect(problems(keys)).toEqual(['orgs gives App 1 two private keys']);
    const one = 'private_key: "${KEY_1}"';
    const hooks = `orgs: [ ${pool('a', one)}, ${pool('b', `${one}, webhook_secret: "\${HOOK}"`)} ]`;
    expect(problems(hooks)).toEqual(['orgs gives App 1 two webhook secrets']);
  });

  it('never repeats a secret in a problem', () => {
    expect(
      problems(oneApp(`app_id: 1, private_key: "${PEM.slice(0, 60).replaceAll('\n', '')}"`)).join('\n'),
    ).not.toContain('MII');
  });
});
