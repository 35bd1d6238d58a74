import type { Ask } from '../../support/local-stack.ts';
import { INVALID_REQUEST, INVALID_TOKEN, MISSING_TOKEN } from './attack.ts';
import type { Attack, Outcome } from './attack.ts';
import { bytes } from './forge.ts';

/** A request of a caller whose token would be granted; `token` is a sound one. */
export interface RequestAttack extends Attack {
  readonly ask: (token: string) => Ask;
}

const FORM = 'application/x-www-form-urlencoded';
const HONEST = 'scope=acme/app&identity=deploy';
const NOT_FOUND: Outcome = [404, 'not_found'];
const WRONG_METHOD: Outcome = [405, 'method_not_allowed'];
const TOO_LARGE: Outcome = [413, 'payload_too_large'];

function headers(
  source: string,
  title: string,
  make: (token: string) => Readonly<Record<string, string | string[]>>,
  expected: Outcome = MISSING_TOKEN,
): RequestAttack {
  return { source, title, ask: (token) => ({ query: HONEST, headers: make(token) }), expected };
}

function query(source: string, title: string, text: string, expected: Outcome = INVALID_REQUEST): RequestAttack {
  return { source, title, ask: (token) => ({ query: text, token }), expected };
}

function posted(
  source: string,
  title: string,
  type: string,
  body: string,
  expected: Outcome = INVALID_REQUEST,
  more: Partial<Ask> = {},
): RequestAttack {
  return {
    source,
    title,
    ask: (token) => ({
      method: 'POST',
      token,
      body,
      ...more,
      headers: { 'content-type': type, ...more.headers },
    }),
    expected,
  };
}

const AUTHORIZATION: readonly RequestAttack[] = [
  headers('RFC 6750 §2.1', 'a token without a scheme', (token) => ({ authorization: token })),
  headers('RFC 6750 §2.1', 'a token whose scheme is another word', (token) => ({ authorization: `Token ${token}` })),
  headers('RFC 6750 §2.1', 'a token under Basic', (token) => ({ authorization: `Basic ${token}` })),
  headers('RFC 9449 §7.1', 'a token under DPoP', (token) => ({ authorization: `DPoP ${token}` })),
  headers('RFC 6750 §2.1', 'a scheme that only begins like Bearer', (token) => ({ authorization: `BearerX ${token}` })),
  headers('RFC 6750 §2.1', 'a colon after the scheme', (token) => ({ authorization: `Bearer: ${token}` })),
  headers('RFC 6750 §2.1', 'an equals sign after the scheme', (token) => ({ authorization: `Bearer=${token}` })),
  headers('RFC 9110 §11.6.2', 'a token as a parameter', (token) => ({
    authorization: `Bearer realm="x", token="${token}"`,
  })),
  headers('RFC 9110 §11.6.2', 'two tokens with a comma', (token) => ({ authorization: `Bearer ${token}, ${token}` })),
  headers('RFC 9110 §11.6.2', 'a comma behind the token', (token) => ({ authorization: `Bearer ${token},` })),
  headers('RFC 9110 §5.3', 'two headers with the same token', (token) => ({
    authorization: [`Bearer ${token}`, `Bearer ${token}`],
  })),
  headers('RFC 9110 §5.3', 'a sound token behind another scheme’s header', (token) => ({
    authorization: ['Basic eDp5', `Bearer ${token}`],
  })),
  headers('RFC 9110 §5.3', 'a sound token before another scheme’s header', (token) => ({
    authorization: [`Bearer ${token}`, 'Basic eDp5'],
  })),
  headers('RFC 9110 §5.3', 'a sound token and an empty header', (token) => ({
    authorization: [`Bearer ${token}`, ''],
  })),
  headers('RFC 6750 §2.1', 'a token in a header for proxies', (token) => ({
    'proxy-authorization': `Bearer ${token}`,
  })),
  headers('RFC 6750 §2.1', 'a token in an invented header', (token) => ({
    'x-authorization': `Bearer ${token}`,
    'x-forwarded-authorization': `Bearer ${token}`,
    'x-original-authorization': `Bearer ${token}`,
  })),
  headers('RFC 6750 §2', 'a token in a cookie', (token) => ({
    cookie: `authorization=Bearer ${token}; token=${token}`,
  })),
  headers(
    'RFC 6750 §2.1',
    'the word Bearer twice',
    (token) => ({ authorization: `Bearer Bearer ${token}` }),
    INVALID_TOKEN,
  ),
  {
    source: 'RFC 6750 §2.3',
    title: 'a token in the query',
    ask: (token) => ({ query: `${HONEST}&access_token=${token}&token=${token}` }),
    expected: MISSING_TOKEN,
  },
  {
    source: 'RFC 6750 §2.2',
    title: 'a token in a form',
    ask: (token) => ({ form: { scope: 'acme/app', identity: 'deploy', access_token: token } }),
    expected: MISSING_TOKEN,
  },
  {
    source: 'RFC 6749 §3.2',
    title: 'a subject token in the query, without a grant type in a form',
    ask: (token) => ({ query: `${HONEST}&subject_token=${token}&grant_type=x` }),
    expected: MISSING_TOKEN,
  },
];

const PARAMETERS: readonly RequestAttack[] = [
  query('CWE-235', 'two scopes', 'scope=acme/app&scope=acme/infra&identity=deploy'),
  query('CWE-235', 'two identities', 'scope=acme/app&identity=deploy&identity=ci'),
  query('CWE-235', 'a scope and an empty one', 'scope=acme/app&scope=&identity=deploy'),
  query('CWE-235', 'a scope and the same in another case', 'scope=acme/app&scope=ACME/app&identity=deploy'),
  query('CWE-235', 'two values of scopes', 'scopes=acme/app&scopes=acme/infra&identity=deploy'),
  query('CWE-235', 'scope as a list, as PHP reads it', 'scope[]=acme/app&identity=deploy'),
  query('CWE-235', 'scope by index', 'scope[0]=acme/app&identity=deploy'),
  query('CWE-178', 'parameters in capitals', 'SCOPE=acme/app&Identity=deploy'),
  query('CWE-235', 'semicolons between parameters', 'scope=acme/app;identity=deploy'),
  query('CWE-436', 'an ampersand that is encoded', 'scope=acme/app%26identity=deploy'),
  query('CWE-436', 'a name with a NUL behind it', 'scope%00=acme/app&identity=deploy'),
  query('CWE-436', 'a name with a blank before it', '%20scope=acme/app&identity=deploy'),
  query('CWE-1321', 'parameters of a prototype', '__proto__=x&constructor=y&__proto__[scope]=acme/app&identity=deploy'),
  query('CWE-436', 'parameters behind a fragment’s sign, encoded', '%23scope=acme/app&identity=deploy'),
  query('CWE-436', 'a plus sign for the slash', 'scope=acme+app&identity=deploy'),
  query('CWE-235', 'two different narrowings', `${HONEST}&permissions=contents:read&permissions=deployments:write`),
  query('CWE-235', 'two different lists of repositories', `${HONEST}&repositories=app&repositories=infra`),
];

const BODIES: readonly RequestAttack[] = [
  posted('spec, JSON is ignored', 'parameters in JSON', 'application/json', '{"scope":"acme/app","identity":"deploy"}'),
  posted('CWE-436', 'a form that is called JSON', 'application/json', HONEST),
  posted('CWE-436', 'a form that is called text', 'text/plain', HONEST),
  posted('CWE-436', 'a form without a type', '', HONEST),
  posted('CWE-436', 'a form of a type that only begins alike', `${FORM}-evil`, HONEST),
  posted('CWE-436', 'a form with its type in second place', `text/plain, ${FORM}`, HONEST),
  posted(
    'CWE-436',
    'a form in parts',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="scope"\r\n\r\nacme/app\r\n--b--\r\n',
  ),
  posted('CWE-235', 'a form that contradicts the query', FORM, 'scope=acme/infra&identity=deploy', INVALID_REQUEST, {
    query: 'scope=acme/app',
  }),
  posted('CWE-235', 'a form with another identity than the query', FORM, 'identity=ci', INVALID_REQUEST, {
    query: HONEST,
  }),
  posted('CWE-235', 'a form whose scopes contradicts the query’s', FORM, 'scopes=acme/infra', INVALID_REQUEST, {
    query: 'scopes=acme/app&identity=deploy',
  }),
  posted('CWE-436', 'a form in UTF-16', `${FORM}; charset=utf-16`, bytes(HONEST, 'utf16le').toString('latin1')),
  posted('CWE-436', 'a form that says it is packed', FORM, '\u001f\u008b\b', INVALID_REQUEST, {
    headers: { 'content-encoding': 'gzip' },
  }),
  posted('GHSA-75r6-6jg8-pfcq', 'a form of 33 KiB', FORM, `${HONEST}&x=${'x'.repeat(33 * 1024)}`, TOO_LARGE),
  posted(
    'GHSA-75r6-6jg8-pfcq',
    'a form of 33 KiB whose length is not told',
    FORM,
    `${HONEST}&x=${'x'.repeat(33 * 1024)}`,
    TOO_LARGE,
    { headers: { 'transfer-encoding': 'chunked', 'content-length': [] } },
  ),
  posted('GHSA-75r6-6jg8-pfcq', 'a form of ten thousand parameters', FORM, `scope=x/y&${'a&'.repeat(10_000)}`),
  {
    source: 'RFC 9110 §9.3.1',
    title: 'a GET whose body is a form',
    ask: (token) => ({ token, method: 'GET', body: HONEST, headers: { 'content-type': FORM } }),
    expected: INVALID_REQUEST,
  },
];

const METHODS_AND_PATHS: readonly RequestAttack[] = [
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method): RequestAttack => ({
    source: 'RFC 9110 §15.5.6',
    title: `the method ${method}`,
    ask: (token) => ({ method, query: HONEST, token }),
    expected: WRONG_METHOD,
  })),
  ...['x-http-method-override', 'x-http-method', 'x-method-override'].map((name): RequestAttack => ({
    source: 'OWASP REST Security Cheat Sheet',
    title: `a DELETE that ${name} calls a GET`,
    ask: (token) => ({ method: 'DELETE', query: HONEST, token, headers: { [name]: 'GET' } }),
    expected: WRONG_METHOD,
  })),
  ...[
    '/sts/exchange/',
    '/sts//exchange',
    '//sts/exchange',
    '/STS/EXCHANGE',
    '/sts/exchange;x',
    '/sts/exchange%00',
    '/sts/exchange%20',
    '/sts/exchange.json',
    '/sts%2Fexchange',
    '/sts/exchange%2F',
    '/%2e/sts%5cexchange',
    '/sts/exchange/pat/x',
    '/sts',
    '/admin',
    '/.env',
    '/.git/config',
    '/_control/tokens',
    '/cdn-cgi/trace',
  ].map((path): RequestAttack => ({
    source: 'RFC 3986 §6.2.2',
    title: `the path ${path}`,
    ask: (token) => ({ path, query: HONEST, token }),
    expected: NOT_FOUND,
  })),
  {
    source: 'OWASP, URL override headers',
    title: 'another path that says it is the exchange’s in a header',
    ask: (token) => ({
      path: '/nothing',
      query: HONEST,
      token,
      headers: { 'x-original-url': '/sts/exchange', 'x-rewrite-url': '/sts/exchange' },
    }),
    expected: NOT_FOUND,
  },
];

export const REQUEST_SYNTAX: readonly RequestAttack[] = [
  ...AUTHORIZATION,
  ...PARAMETERS,
  ...BODIES,
  ...METHODS_AND_PATHS,
];
