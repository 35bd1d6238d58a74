import type { Attack } from './attack.ts';

/** RFC 8693's form, with members over the honest ones; `undefined` leaves one out. */
export interface FormAttack extends Omit<Attack, 'expected'> {
  readonly form: (honest: {
    readonly token: string;
    readonly web: string;
  }) => Readonly<Record<string, string | undefined>>;
  readonly query?: string;
  readonly headers?: (token: string) => Readonly<Record<string, string>>;
  /** OAuth's code; the status is 400. */
  readonly error: string;
}

const RESOURCE = 'RFC 8707 §2';
const REQUEST = 'RFC 8693 §2.1';

function resource(title: string, make: (web: string) => string): FormAttack {
  return { source: RESOURCE, title, form: ({ web }) => ({ resource: make(web) }), error: 'invalid_target' };
}

function member(name: string, value: string | undefined, error = 'invalid_request'): FormAttack {
  const title = value === undefined ? `no ${name}` : `${name} ${JSON.stringify(value)}`;
  return { source: REQUEST, title, form: () => ({ [name]: value }), error };
}

function narrowing(title: string, form: Readonly<Record<string, string>>, error = 'invalid_scope'): FormAttack {
  return { source: 'RFC 8693 §2.2.2', title, form: () => form, error };
}

export const TOKEN_EXCHANGE: readonly FormAttack[] = [
  resource('a resource on GitHub itself, which is another server than this one’s', () => 'https://github.com/acme/app'),
  resource('a resource that is a bare name', () => 'acme/app'),
  resource('a resource of the host alone', (web) => web),
  resource('a resource with a slash alone', (web) => `${web}/`),
  resource('a resource with a slash at its end', (web) => `${web}/acme/app/`),
  resource('a resource of three names', (web) => `${web}/acme/app/tree`),
  resource('a resource as git clones it', (web) => `${web}/acme/app.git/info`),
  resource('a resource with two slashes', (web) => `${web}//acme/app`),
  resource('a resource whose slash is encoded', (web) => `${web}/acme%2Fapp`),
  resource('a resource that climbs', (web) => `${web}/acme/../octocat`),
  resource('a resource that climbs in percent signs', (web) => `${web}/acme/%2e%2e`),
  resource('a resource with a query', (web) => `${web}/acme/app?x`),
  resource('a resource with a fragment', (web) => `${web}/acme/app#x`),
  resource('a resource with user info', (web) => `${web.replace('://', '://x@')}/acme/app`),
  resource('a resource whose host is this one’s user info', (web) => `${web}@evil.example/acme/app`),
  resource('a resource whose host begins like this one’s', (web) => `${web}.evil.example/acme/app`),
  resource('a resource of another scheme', (web) => `${web.replace('http:', 'https:')}/acme/app`),
  resource('a resource of another port', (web) => `${web.replace(/[0-9]+$/, '1')}/acme/app`),
  resource('a resource behind a blank', (web) => ` ${web}/acme/app`),
  resource('a resource with a line break', (web) => `${web}/acme/app\n`),
  resource('a resource with a NUL', (web) => `${web}/acme/app\u0000`),
  resource('a resource with backslashes', (web) => `${web}\\acme\\app`),
  resource('a resource with a Kelvin sign', (web) => `${web}/\u212acme/app`),
  resource('an empty resource', () => ''),
  { ...resource('no resource', () => ''), form: () => ({ resource: undefined }), error: 'invalid_request' },
  ...[
    'authorization_code',
    'client_credentials',
    'refresh_token',
    'password',
    '',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'URN:IETF:PARAMS:OAUTH:GRANT-TYPE:TOKEN-EXCHANGE',
  ].map((grant) => ({ ...member('grant_type', grant, 'unsupported_grant_type'), source: 'RFC 6749 §5.2' })),
  member('subject_token', undefined),
  member('subject_token', ''),
  { ...member('subject_token', 'x', 'invalid_grant'), source: 'RFC 8693 §2.2.2' },
  member('subject_token_type', undefined),
  member('subject_token_type', ''),
  member('subject_token_type', 'jwt'),
  member('subject_token_type', 'urn:ietf:params:oauth:token-type:access_token'),
  member('subject_token_type', 'urn:ietf:params:oauth:token-type:refresh_token'),
  member('subject_token_type', 'urn:ietf:params:oauth:token-type:saml2'),
  member('actor_token', 'x'),
  member('actor_token', ''),
  member('requested_token_type', 'urn:ietf:params:oauth:token-type:refresh_token'),
  member('requested_token_type', 'urn:ietf:params:oauth:token-type:jwt'),
  member('requested_token_type', ''),
  member('identity', undefined),
  member('identity', '../deploy'),
  {
    source: REQUEST,
    title: 'an Authorization header beside the subject token',
    form: () => ({}),
    headers: (token) => ({ authorization: `Bearer ${token}` }),
    error: 'invalid_request',
  },
  {
    source: 'RFC 6749 §2.3.1',
    title: 'credentials of a client beside the subject token',
    form: () => ({}),
    headers: () => ({ authorization: 'Basic eDp5' }),
    error: 'invalid_request',
  },
  ...[
    'resource',
    'identity',
    'scope',
    'grant_type',
    'subject_token',
    'subject_token_type',
    'actor_token',
    'requested_token_type',
  ].map((name): FormAttack => ({
    source: 'RFC 6749 §3.1',
    title: `another ${name} in the query`,
    form: () => ({ scope: 'contents:read' }),
    query: `${name}=x`,
    error: 'invalid_request',
  })),
  narrowing('a scope that is a repository', { scope: 'acme/infra' }),
  narrowing('an empty scope', { scope: '' }),
  narrowing('a scope of a blank', { scope: ' ' }),
  narrowing('a scope beyond the policy’s level', { scope: 'contents:write' }),
  narrowing('a scope beyond the policy’s permissions', { scope: 'contents:read issues:read' }),
  narrowing('a scope of admin', { scope: 'contents:admin' }),
  narrowing('a scope with commas', { scope: 'contents:read,deployments:read' }),
  narrowing('a scope that names one permission twice', { scope: 'contents:read contents:write' }),
  narrowing('a scope of a prototype', { scope: '__proto__:read' }),
  narrowing('a scope in capitals', { scope: 'CONTENTS:READ' }),
  narrowing('another repository', { repositories: 'infra' }),
  narrowing('one repository more', { repositories: 'app,infra' }),
  narrowing('two ways to narrow', { scope: 'contents:read', permissions: 'deployments:write' }, 'invalid_request'),
];
