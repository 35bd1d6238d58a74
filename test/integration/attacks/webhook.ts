import { createHash, createHmac } from 'node:crypto';
import type { Json } from '../../support/json.ts';
import type { Outcome } from './attack.ts';

/** A delivery of a body that is GitHub's, but for its signature. */
export interface SignatureAttack {
  readonly source: string;
  readonly title: string;
  /** Headers over the usual ones; an empty value takes one away. */
  readonly headers: (body: string, secret: string) => Readonly<Record<string, string>>;
  /** What is sent instead of the body that was signed. */
  readonly body?: (body: string) => string;
}

/** A delivery that is signed as it should be, and says what is not so. */
export interface ForgedPayload {
  readonly source: string;
  readonly title: string;
  readonly event: string;
  readonly change: Readonly<Record<string, Json>>;
  readonly expected?: Outcome;
}

const VALIDATING = 'GitHub, "Validating webhook deliveries"';

function sha256(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

function signature(title: string, value: (right: string) => string, source = VALIDATING): SignatureAttack {
  return { source, title, headers: (body, secret) => ({ 'x-hub-signature-256': value(sha256(secret, body)) }) };
}

export const SIGNATURES: readonly SignatureAttack[] = [
  { source: VALIDATING, title: 'no signature', headers: () => ({ 'x-hub-signature-256': '' }) },
  signature('a signature without its name', (right) => right),
  signature('a signature under the name of SHA-1', (right) => `sha1=${right}`),
  signature('a signature whose name is in capitals', (right) => `SHA256=${right}`),
  signature('a signature in capitals', (right) => `sha256=${right.toUpperCase()}`),
  signature('a signature of nothing', () => 'sha256='),
  signature('a signature of zeros', () => `sha256=${'0'.repeat(64)}`),
  signature('half of the signature', (right) => `sha256=${right.slice(0, 32)}`),
  signature('the signature but for its last digit', (right) => `sha256=${right.slice(0, 63)}`),
  signature('the signature with another last digit', (right) =>
    right.replace(/.$/, (one) => (one === '0' ? '1' : '0')),
  ),
  signature('the signature and more', (right) => `sha256=${right}00`),
  signature('the signature twice', (right) => `sha256=${right},sha256=${right}`),
  signature('a blank within the signature', (right) => `sha256= ${right}`),
  signature('the signature in base64', (right) => `sha256=${Buffer.from(right, 'hex').toString('base64')}`),
  signature('letters that are no digits', () => `sha256=${'g'.repeat(64)}`),
  signature('another hash', (right) => `sha512=${right}${right}`),
  signature('the name of no hash', (right) => `none=${right}`, 'RFC 8725 §3.2'),
  {
    source: VALIDATING,
    title: 'the SHA-1 alone',
    headers: (body, secret) => ({
      'x-hub-signature-256': '',
      'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    }),
  },
  {
    source: VALIDATING,
    title: 'the right SHA-1 beside a wrong SHA-256',
    headers: (body, secret) => ({
      'x-hub-signature-256': `sha256=${'1'.repeat(64)}`,
      'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    }),
  },
  {
    source: VALIDATING,
    title: 'the right SHA-256 in the header of the SHA-1',
    headers: (body, secret) => ({ 'x-hub-signature-256': '', 'x-hub-signature': `sha256=${sha256(secret, body)}` }),
  },
  {
    source: VALIDATING,
    title: 'a plain hash of the body',
    headers: (body) => ({ 'x-hub-signature-256': `sha256=${createHash('sha256').update(body).digest('hex')}` }),
  },
  ...['', ' ', 'undefined', 'null', 'secret', 'sha256'].map((guess): SignatureAttack => ({
    source: 'CWE-1188',
    title: `a signature under the secret ${JSON.stringify(guess)}`,
    headers: (body) => ({ 'x-hub-signature-256': `sha256=${sha256(guess, body)}` }),
  })),
  {
    source: 'CWE-1188',
    title: 'a signature under the secret with a line break',
    headers: (body, secret) => ({ 'x-hub-signature-256': `sha256=${sha256(`${secret}\n`, body)}` }),
  },
  {
    source: VALIDATING,
    title: 'the signature of another body',
    headers: (body, secret) => ({ 'x-hub-signature-256': `sha256=${sha256(secret, body)}` }),
    body: (body) => body.replace('acme', 'evil'),
  },
  {
    source: VALIDATING,
    title: 'the signature of the same JSON with other blanks',
    headers: (body, secret) => ({ 'x-hub-signature-256': `sha256=${sha256(secret, body)}` }),
    body: (body) => `${body} `,
  },
  {
    source: VALIDATING,
    title: 'the signature of the payload for a form that holds it',
    headers: (body, secret) => ({
      'x-hub-signature-256': `sha256=${sha256(secret, body)}`,
      'content-type': 'application/x-www-form-urlencoded',
    }),
    body: (body) => new URLSearchParams({ payload: body }).toString(),
  },
  {
    source: VALIDATING,
    title: 'the signature of nothing for an empty body',
    headers: () => ({ 'x-hub-signature-256': `sha256=${sha256('', '')}` }),
    body: () => '',
  },
];

/** Whatever they say, they name what is read again, and decide nothing. */
export const FORGED_PAYLOADS: readonly ForgedPayload[] = [
  ...([1, 0, -1, '8001', null, 8002] as const).map((id): ForgedPayload => ({
    source: 'spec, webhooks: the installation is our own lookup’s',
    title: `an installation whose id is ${JSON.stringify(id)}`,
    event: 'push',
    change: { installation: { id } },
  })),
  {
    source: 'spec, webhooks: the installation is our own lookup’s',
    title: 'no installation at all',
    event: 'push',
    change: { installation: null },
  },
  ...(
    [
      ['a repository of another owner', { name: 'hello-world', owner: { login: 'octocat' } }],
      ['a repository that climbs', { name: '../infra', owner: { login: 'acme' } }],
      ['an owner that climbs', { name: 'app', owner: { login: '../octocat' } }],
      ['an owner with a Kelvin sign', { name: 'app', owner: { login: '\u212aacme' } }],
      ['a repository that is a number', { name: 7, owner: { login: 'acme' } }],
      ['a repository without an owner', { name: 'app' }],
      ['a repository of a prototype', { name: 'constructor', owner: { login: '__proto__' } }],
    ] as const
  ).map(([title, repository]): ForgedPayload => ({
    source: 'CWE-20',
    title,
    event: 'push',
    change: { repository: repository },
  })),
  ...(
    [
      ['commits that are a text', { commits: 'all of them' }],
      ['commits that are null', { commits: null }],
      ['a branch that is an object', { ref: { name: 'main' } }],
      ['a head that is no commit', { after: '../../HEAD' }],
      ['a head with a query', { after: `${'a'.repeat(40)}?x` }],
      ['a head in capitals', { after: 'A'.repeat(40) }],
    ] as const
  ).map(([title, change]): ForgedPayload => ({
    source: 'CWE-20',
    title,
    event: 'push',
    change: change,
  })),
];

/** Signed, and no payload: 400. */
export const NO_PAYLOADS: readonly (readonly [title: string, type: string, body: string])[] = [
  ['an empty body', 'application/json', ''],
  ['a text', 'application/json', '"push"'],
  ['null', 'application/json', 'null'],
  ['JSON that is cut short', 'application/json', '{"action":'],
  ['a form without its payload', 'application/x-www-form-urlencoded', 'x=1'],
  ['a form whose payload is no JSON', 'application/x-www-form-urlencoded', 'payload=x'],
  ['JSON that is called a form', 'application/x-www-form-urlencoded', '{"action":"opened"}'],
  ['a form that is called JSON', 'application/json', 'payload=%7B%7D'],
];
