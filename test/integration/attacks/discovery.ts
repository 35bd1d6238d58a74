import { UNVERIFIED } from './attack.ts';
import type { Attack, Outcome } from './attack.ts';
import { bytes } from './forge.ts';
import { body, bomb, raw, redirect, status } from './hostile-issuer.ts';
import type { Page, Script } from './hostile-issuer.ts';

/** An issuer whose documents are not what they should be; its token is sound otherwise. */
export interface DiscoveryAttack extends Attack {
  readonly script: Script;
  /** Whether the keys may be asked for at all. */
  readonly reachesKeys: boolean;
}

const VALIDATION = 'OIDC Discovery §4.3';
const RESPONSE = 'OIDC Discovery §4.2';
const SSRF = 'OWASP SSRF Prevention Cheat Sheet';
const UPSTREAM: Outcome = [502, 'upstream_error'];

function names(title: string, members: (issuer: string, origin: string) => object): DiscoveryAttack {
  const discovery: Script['discovery'] = (issuer, origin) => ({
    json: { issuer, jwks_uri: `${issuer}/jwks`, ...members(issuer, origin) },
  });
  return { source: VALIDATION, title, script: { discovery }, reachesKeys: false, expected: UNVERIFIED };
}

/** `TRAP` stands for the hostile server, where a trap notes who comes. */
function keysAt(uri: unknown): DiscoveryAttack {
  const place = (origin: string): unknown => (typeof uri === 'string' ? uri.replace('TRAP', hostOf(origin)) : uri);
  return {
    ...names(`keys at ${JSON.stringify(uri).slice(0, 60)}`, (_, origin) => ({ jwks_uri: place(origin) })),
    source: SSRF,
  };
}

function hostOf(origin: string): string {
  return origin.replace('http://', '');
}

function answersDiscovery(source: string, title: string, page: Page, expected = UNVERIFIED): DiscoveryAttack {
  return { source, title, script: { discovery: () => page }, reachesKeys: false, expected };
}

function answersKeys(source: string, title: string, page: Page, expected = UNVERIFIED): DiscoveryAttack {
  return { source, title, script: { jwks: () => page }, reachesKeys: true, expected };
}

/** The same for each of the two documents. */
function answers(source: string, title: string, page: Page, expected?: Outcome): DiscoveryAttack[] {
  return [
    answersDiscovery(source, `a configuration that is ${title}`, page, expected),
    answersKeys(source, `keys that are ${title}`, page, expected),
  ];
}

export const DISCOVERY: readonly DiscoveryAttack[] = [
  names('a configuration of another issuer', () => ({ issuer: 'https://issuer.example.com' })),
  names('a configuration of the same issuer with a slash', (issuer) => ({ issuer: `${issuer}/` })),
  names('a configuration of the same issuer in capitals', (issuer) => ({ issuer: issuer.toUpperCase() })),
  names('a configuration of the issuer one path above', (_, origin) => ({ issuer: origin })),
  names('a configuration whose issuer is a list with the right one', (issuer) => ({ issuer: [issuer] })),
  names('a configuration whose issuer is null', () => ({ issuer: null })),
  names('a configuration whose issuer is a blank too long', (issuer) => ({ issuer: `${issuer} ` })),
  names('a configuration whose issuer is a template, as Azure’s common one', (issuer) => ({
    issuer: `${issuer}/{tenantid}`,
  })),
  {
    ...answersDiscovery(VALIDATION, 'a configuration that has its members from __proto__', { json: {} }),
    script: {
      discovery: (issuer) => body(`{"__proto__":{"issuer":"${issuer}","jwks_uri":"${issuer}/jwks"}}`),
    },
  },
  {
    ...answersDiscovery(VALIDATION, 'a configuration that names its issuer twice, the other one last', { json: {} }),
    script: {
      discovery: (issuer) =>
        body(`{"issuer":"${issuer}","jwks_uri":"${issuer}/jwks","issuer":"https://issuer.example.com"}`),
    },
  },
  ...[
    null,
    7,
    [],
    {},
    '',
    '/jwks',
    'jwks',
    '//TRAP/trap',
    'http://TRAP/../trap',
    'http://TRAP//trap',
    'http://TRAP/%74rap',
    'http://x@TRAP/trap',
    'http://x:y@TRAP/trap',
    'HTTP://TRAP/trap',
    ' http://TRAP/trap',
    'http://TRAP/trap ',
    'http://TRAP/tr\nap',
    'http://TRAP/trap#',
    'http:\\\\TRAP\\trap',
    'http:/TRAP/trap',
    'http://TRAP/trap?\u0000',
    `http://TRAP/trap?${'x'.repeat(2100)}`,
    'https://169.254.169.254/latest/meta-data',
    'http://169.254.169.254/latest/meta-data',
    'https://2852039166/',
    'https://0xA9FEA9FE/',
    'https://[fd00:ec2::254]/',
    'https://[::1]/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://10.0.0.1/',
    'https://kubernetes/',
    'file:///etc/passwd',
    'ftp://a.example.com/keys',
    'data:application/json,{"keys":[]}',
    'javascript:void(0)',
    'blob:https://a.example.com/x',
  ].map(keysAt),
  ...[301, 302, 303, 307, 308].flatMap((code) =>
    answers(SSRF, `a redirect with ${code} to another place`, redirect(code)),
  ),
  ...[201, 202, 203, 206, 300, 304, 400, 401, 403, 404, 410, 418, 429].flatMap((code) =>
    answers(RESPONSE, `an answer with ${code}`, status(code, code === 304 ? '' : '{"keys":[]}')),
  ),
  ...[500, 502, 503, 599].flatMap((code) => answers(RESPONSE, `an answer with ${code}`, status(code), UPSTREAM)),
  ...(
    [
      ['empty', ''],
      ['a page', '<!doctype html><title>Sign in</title>'],
      ['a list', '[]'],
      ['null', 'null'],
      ['a text', '"keys"'],
      ['cut short', '{"issuer":"'],
      ['followed by a second document', '{}{}'],
      ['a script that assigns it', ")]}',\n{}"],
    ] as const
  ).flatMap(([title, text]) => answers(RESPONSE, title, body(text))),
  ...answers(RESPONSE, 'in UTF-16', body(bytes('{"keys":[]}', 'utf16le'))),
  ...answers('GHSA-75r6-6jg8-pfcq', 'of 101 KiB', body(`{"keys":[],"x":"${'x'.repeat(101 * 1024)}"}`)),
  ...answers('GHSA-75r6-6jg8-pfcq', 'of 101 KiB and no length', (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"keys":[],"x":"');
    response.end(`${'x'.repeat(101 * 1024)}"}`);
  }),
  ...answers('GHSA-75r6-6jg8-pfcq', 'packed, and 20 MiB unpacked', bomb(20)),
  ...answers('GHSA-75r6-6jg8-pfcq', 'of a length of 4 GiB, as it says', (response) => {
    response.writeHead(200, { 'content-length': String(4 * 1024 ** 3) });
    response.write('{"keys":[]}');
    setTimeout(() => response.destroy(), 100).unref();
  }),
  ...answers(
    'RFC 9112 §6.3',
    'shorter than their length',
    raw('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"keys":[]}'),
    UPSTREAM,
  ),
  ...answers(
    'RFC 9112 §6.3',
    'of a length that is no number',
    raw('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}'),
    UPSTREAM,
  ),
  ...answers('RFC 9112 §2', 'no HTTP', raw('220 smtp.example.com ESMTP\r\n'), UPSTREAM),
  ...answers(
    'RFC 9112 §7.1',
    'in broken chunks',
    raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    UPSTREAM,
  ),
];
