import { generateKeyPairSync } from 'node:crypto';
import { symlink } from '../../support/github/git-objects.ts';
import type { FileContent } from '../../support/github/git-objects.ts';
import { publicJwk, generateSigningKey } from '../../support/signing-key.ts';

/** A file in the policy folder that is no policy; `ISSUER` stands for the token's issuer. */
export interface FileAttack {
  readonly source: string;
  /** Completes "is no policy: …". */
  readonly title: string;
  readonly file: Exclude<FileContent, null | Buffer>;
}

const HEAD = "issuer: ISSUER\nsubject: 'x'\n";
const WHOLE = `${HEAD}permissions: { contents: read }\n`;

function file(source: string, title: string, text: string): FileAttack {
  return { source, title, file: text };
}

export const POLICY_YAML: readonly FileAttack[] = [
  file('YAML 1.2 §3.2.1.3', 'its subject stands there twice', `${WHOLE}subject: 'y'\n`),
  file('YAML 1.2 §3.2.1.3', 'its permissions stand there twice', `${WHOLE}permissions: { contents: write }\n`),
  file(
    'YAML 1.2 §3.2.1.3',
    'a permission stands there twice',
    `${HEAD}permissions: { contents: read, contents: write }\n`,
  ),
  file('YAML 1.2 §3.2.1.3', 'a key stands there twice, once in quotes', `${WHOLE}"subject": 'y'\n`),
  file('YAML 1.2 §3.2.1.3', 'a key stands there twice, once escaped', `${WHOLE}"sub\\u006aect": 'y'\n`),
  file(
    'YAML merge keys',
    'it merges another map',
    `${HEAD}permissions: &p { contents: read }\nclaim_pattern: { <<: *p }\n`,
  ),
  file('YAML merge keys', 'its permissions merge another map', `${HEAD}permissions: { <<: { contents: write } }\n`),
  file(
    'CWE-776',
    'its aliases multiply',
    `a: &a [x,x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c]\n${WHOLE}`,
  ),
  file('CWE-776', 'an alias holds itself', `${HEAD}permissions: &p { contents: *p }\n`),
  file('CWE-776', 'an alias leads nowhere', `${HEAD}permissions: *nowhere\n`),
  file('CWE-674', 'it is nested a thousand deep', `${WHOLE}x: ${'['.repeat(1000)}${']'.repeat(1000)}\n`),
  file('CWE-674', 'it is made of brackets', `issuer: ${'{'.repeat(20_000)}`),
  file('CWE-407', 'it has ten thousand keys', WHOLE + Array.from({ length: 10_000 }, (_, i) => `k${i}: 1\n`).join('')),
  file('CWE-407', 'it is larger than 64 KiB', `${WHOLE}# ${'x'.repeat(65_536)}\n`),
  file('CWE-502', 'it has a tag of another language', `${HEAD}permissions: !!python/object/apply:os.system ['id']\n`),
  file('CWE-502', 'it has a tag of a function', `${HEAD}permissions: !!js/function 'function () {}'\n`),
  file('CWE-502', 'it has a tag that nobody knows', `${HEAD}permissions: !evil { contents: read }\n`),
  file('YAML 1.2 §9.2', 'it holds two documents', `${WHOLE}---\n${WHOLE}`),
  file('YAML 1.2 §9.2', 'its policy is the second document', `---\nx: 1\n---\n${WHOLE}`),
  file('YAML 1.2 §6.8', 'it has a directive', `%YAML 1.1\n---\n${WHOLE}`),
  file('YAML 1.2 §6.8', 'it has a tag directive', `%TAG ! tag:evil.example,2000:\n---\n${WHOLE}`),
  file('YAML 1.2 §5.1', 'it holds a NUL', `${WHOLE}# \u0000\n`),
  file('YAML 1.2 §5.1', 'it holds an escape sequence of a terminal', `${WHOLE}# \u001b[2K\n`),
  file('YAML 1.2 §5.4', 'a carriage return hides a line', `${HEAD}# comment\rpermissions: { contents: read }\n`),
  file('YAML 1.2 §6.1', 'a tab stands in its indentation', `${HEAD}permissions:\n\tcontents: read\n`),
  file('spec, parsing', 'it is a list', `- ${WHOLE.replaceAll('\n', '\n  ')}`),
  file('spec, parsing', 'it is a text', 'issuer'),
  file('spec, parsing', 'it is empty', ''),
  file(
    'spec, parsing',
    'it is JSON with a member twice',
    '{"issuer":"ISSUER","subject":"x","subject":"y","permissions":{"contents":"read"}}',
  ),
  file('spec, parsing', 'a key is unknown', `${WHOLE}subjects_pattern: '.*'\n`),
  file('spec, parsing', 'a key is of a prototype', `${WHOLE}__proto__: { subject: y }\n`),
  file('spec, parsing', 'a key is called constructor', `${WHOLE}constructor: 1\n`),
  file('spec, parsing', 'a key is written in capitals', `${WHOLE}Audience: x\n`),
  file('spec, parsing', 'a key is no text', `${WHOLE}? [a]\n: b\n`),
  file('spec, parsing', 'a key is null', `${WHOLE}~: b\n`),
  file('spec, fields', 'it has no issuer', "subject: 'x'\npermissions: { contents: read }\n"),
  file('spec, fields', 'its issuer is empty', "issuer: ''\nsubject: 'x'\npermissions: { contents: read }\n"),
  file('spec, fields', 'it has an issuer and a pattern', `issuer_pattern: '.*'\n${WHOLE}`),
  file('spec, fields', 'it has no subject', 'issuer: ISSUER\npermissions: { contents: read }\n'),
  file('spec, fields', 'its subject is empty', "issuer: ISSUER\nsubject: ''\npermissions: { contents: read }\n"),
  file('spec, fields', 'its subject is null', 'issuer: ISSUER\nsubject:\npermissions: { contents: read }\n'),
  file('spec, fields', 'it has a subject and a pattern', `subject_pattern: '.*'\n${WHOLE}`),
  file('spec, fields', 'it has an audience and a pattern', `audience: a\naudience_pattern: '.*'\n${WHOLE}`),
  file('spec, fields', 'its subject is a list', 'issuer: ISSUER\nsubject: [x]\npermissions: { contents: read }\n'),
  file(
    'spec, fields',
    'its issuer is a map',
    "issuer: { url: ISSUER }\nsubject: 'x'\npermissions: { contents: read }\n",
  ),
  file('spec, fields', 'its claim patterns are a list', `${WHOLE}claim_pattern: [x]\n`),
  file('spec, fields', 'a claim pattern is a map', `${WHOLE}claim_pattern: { team: { x: y } }\n`),
  file(
    'GHSA-75r6-6jg8-pfcq',
    'it has 101 claim patterns',
    `${WHOLE}claim_pattern: { ${Array.from({ length: 101 }, (_, i) => `c${i}: x`).join(', ')} }\n`,
  ),
  file('spec, fields', 'a policy of one repository names repositories', `${WHOLE}repositories: [infra]\n`),
  file('CVE-2025-52477', 'its issuer is an address', WHOLE.replace('ISSUER', 'https://169.254.169.254')),
  file('CVE-2025-52477', 'its issuer is plain http', WHOLE.replace('ISSUER', 'http://a.example.com')),
  { source: 'CWE-59', title: 'it is a link to a policy', file: symlink('honest.sts.yaml') },
  { source: 'CWE-59', title: 'it is a link out of the folder', file: symlink('../../README.md') },
  { source: 'CWE-59', title: 'it is a link out of the repository', file: symlink('/etc/passwd') },
];

export const POLICY_PERMISSIONS: readonly FileAttack[] = [
  ...(
    [
      ['GitHub, "Create an installation access token"', 'its permissions are an empty map', '{}'],
      ['GitHub, "Create an installation access token"', 'its permissions are null', ''],
      ['GitHub, "Create an installation access token"', 'its permissions are a list', '[contents]'],
      ['GitHub, "Create an installation access token"', 'its permissions are a text', 'contents'],
      ['GitHub, "Create an installation access token"', 'its permissions are write-all', 'write-all'],
      ['GitHub, schema app-permissions', 'a permission is unknown', '{ everything: write }'],
      ['GitHub, schema app-permissions', 'a permission is written with a hyphen', '{ pull-requests: write }'],
      ['GitHub, schema app-permissions', 'a permission is written in capitals', '{ Contents: read }'],
      ['GitHub, schema app-permissions', 'a permission is of a prototype', '{ constructor: read }'],
      ['GitHub, schema app-permissions', 'a permission is called __proto__', '{ __proto__: read }'],
      ['GitHub, schema app-permissions', 'a permission is a star', "{ '*': read }"],
      ['GitHub, schema app-permissions', 'a permission ends in a blank', "{ 'contents ': read }"],
      ['GitHub, schema app-permissions', 'a level is none', '{ contents: none }'],
      ['GitHub, schema app-permissions', 'a level is empty', "{ contents: '' }"],
      ['GitHub, schema app-permissions', 'a level is a list', '{ contents: [read] }'],
      ['GitHub, schema app-permissions', 'a level is two', "{ contents: 'read,write' }"],
      ['GitHub, schema app-permissions', 'a level is in capitals', '{ contents: READ }'],
      ['GitHub, schema app-permissions', 'a level is true', '{ contents: true }'],
      ['GitHub, schema app-permissions', 'a level is a number', '{ contents: 2 }'],
      ['GitHub, schema app-permissions', 'a level is of a prototype', '{ contents: constructor }'],
    ] as const
  ).map(([source, title, value]) => file(source, title, `${HEAD}permissions: ${value}\n`)),
  ...['emails', 'gpg_keys', 'keys', 'plan', 'profile', 'codespaces_user_secrets', 'git_ssh_keys', 'starring'].map(
    (name) =>
      file(
        'GitHub, "Choosing permissions for a GitHub App"',
        `${name} is an account’s`,
        `${HEAD}permissions: { ${name}: write }\n`,
      ),
  ),
  ...[
    'members',
    'organization_administration',
    'organization_secrets',
    'organization_hooks',
    'enterprise_organizations',
  ].map((name) =>
    file(
      'GitHub, "Choosing permissions for a GitHub App"',
      `${name} is the organization’s`,
      `${HEAD}permissions: { ${name}: write }\n`,
    ),
  ),
];

const key = generateSigningKey();
const secret = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const weak = generateSigningKey({ modulusLength: 1024 });
const curve = publicJwk(generateSigningKey({ alg: 'ES256' }));
/** What an author may plant: the policies below hold it in one way or another. */
export const plantedKey = key;

export function withKeys(...keys: readonly unknown[]): string {
  return `${WHOLE}jwks: '${JSON.stringify({ keys })}'\n`;
}

export const POLICY_KEYS: readonly FileAttack[] = [
  file('RFC 7517 §9.2', 'it brings a private key', withKeys({ ...secret, kid: 'x' })),
  file('RFC 7517 §9.2', 'it brings a private key of a curve', withKeys({ ...curve, d: 'AAAA' })),
  file('RFC 8725 §2.1', 'it brings a symmetric key', withKeys({ kty: 'oct', k: 'AAAAAAAAAAAAAAAA' })),
  file('RFC 8725 §2.1', 'it brings a public key with a secret beside it', withKeys({ ...publicJwk(key), k: 'AAAA' })),
  file('RFC 8725 §3.5', 'it brings an RSA key of 1,024 bits', withKeys(publicJwk(weak))),
  file('RFC 8017 §3.1', 'it brings an RSA key whose exponent is 1', withKeys({ ...publicJwk(key), e: 'AQ' })),
  file('RFC 7518 §6.3', 'it brings an RSA key without its modulus', withKeys({ kty: 'RSA', e: 'AQAB' })),
  file('RFC 7518 §6.2', 'it brings a key of the curve secp256k1', withKeys({ ...curve, crv: 'secp256k1' })),
  file('RFC 7518 §6.2', 'it brings a coordinate that is too short', withKeys({ ...curve, x: 'AAAA' })),
  file('RFC 8037 §2', 'it brings a key of Ed448', withKeys({ kty: 'OKP', crv: 'Ed448', x: 'A'.repeat(76) })),
  file('RFC 7517 §4.1', 'it brings a key without a type', withKeys({ ...publicJwk(key), kty: undefined })),
  file('RFC 7517 §5', 'it brings no key', withKeys()),
  file('RFC 7517 §5', 'it brings null', withKeys(null)),
  file('RFC 7517 §5', 'it brings eleven keys', withKeys(...Array.from({ length: 11 }, () => publicJwk(key)))),
  file('RFC 7517 §5', 'its keys are a URL', `${WHOLE}jwks: 'https://a.example.com/jwks'\n`),
  file('RFC 7517 §5', 'its keys are a list', `${WHOLE}jwks: '[]'\n`),
  file('RFC 7517 §5', 'its keys are no JSON', `${WHOLE}jwks: 'x'\n`),
  file(
    'spec, jwks',
    'it brings keys for a pattern of issuers',
    withKeys(publicJwk(key)).replace('issuer: ISSUER', "issuer_pattern: 'ISSUER'"),
  ),
  file('spec, jwks', 'it brings keys for GitHub’s Actions', withKeys(publicJwk(key)).replace('ISSUER', 'ACTIONS')),
  file(
    'spec, jwks',
    'it brings keys for an enterprise of GitHub’s Actions',
    withKeys(publicJwk(key)).replace('ISSUER', 'ACTIONS/enterprise'),
  ),
];
