import fc from 'fast-check';
import { simpleReading, type SimplePolicy } from './simple-policy.ts';
import { STS_DOMAIN, type Arena, type Seen } from './arena.ts';
import { property } from './fuzz-run.ts';
import { beyond, issuedToken, ownTokenFaults, requireNone } from './grants.ts';
import { byteChange, bytesOf, changedBytes, HOSTILE_NAMES, type ByteChange } from './hostile.ts';
import { requireSound } from './invariants.ts';

interface RequestCase {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bearer: 'sound' | 'none' | 'twice' | 'in the form' | 'of GitHub';
  readonly body: string;
  readonly bodyChanges: readonly ByteChange[];
}

/** The seed's two policies that the sound token matches: by scope and identity. */
const MATCHING = ['deploy', 'release'];
const GITHUB_TOKEN = `ghs_${'Aa0'.repeat(12)}`;
const paths = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('/sts/exchange', '/sts/exchange', '/sts/exchange', '/sts/revoke', '/webhook'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '/',
      '/healthz',
      '/schemas/trust-policy.schema.json',
      '/sts/exchange_refresh_token',
      '/sts/exchange/',
      '/sts//exchange',
      '/STS/exchange',
      '/sts/exchange/../revoke',
      '/%73ts/exchange',
      '/sts/exchange%00',
      '/__proto__',
      '/constructor',
    ),
  },
  { weight: 1, arbitrary: fc.webPath() },
);
const values = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'acme/app',
      'acme',
      'ACME/App',
      'deploy',
      'release',
      'https://github.com/acme/app',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:token-type:jwt',
      'contents:read',
      'contents:write',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'acme/..',
      'acme/app/x',
      'acme/.github',
      '../deploy',
      'deploy.sts.yaml',
      '\u212aacme/app',
      'acme/app\u0000',
      'contents:read,issues:admin',
      'x'.repeat(5000),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);
const names = fc.constantFrom(
  'scope',
  'scopes',
  'identity',
  'aud',
  'cap',
  'permissions',
  'repositories',
  'grant_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'requested_token_type',
  'resource',
  ...HOSTILE_NAMES,
);
const parameters = fc.array(fc.tuple(names, values), { maxLength: 6 }).map(encoded);
const sound = fc.constantFrom(
  'scope=acme/app&identity=deploy',
  'scope=acme/app&scopes=acme/app&identity=deploy',
  'scope=acme&identity=release',
  'scope=acme/app&identity=deploy&permissions=contents:read',
  encoded([
    ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    ['subject_token_type', 'urn:ietf:params:oauth:token-type:jwt'],
    ['resource', 'https://github.com/acme/app'],
    ['identity', 'deploy'],
  ]),
);
const query = fc.oneof(
  { weight: 3, arbitrary: sound },
  { weight: 2, arbitrary: parameters },
  { weight: 1, arbitrary: fc.tuple(sound, parameters).map((both) => both.join('&')) },
  { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 40 }).map((bytes) => bytes.map(percent).join('')) },
  { weight: 1, arbitrary: fc.constantFrom('', '%', '%zz=%ff', '&&&&', 'scope[]=acme', '='.repeat(2000)) },
);
const headerValue = fc.oneof(
  fc.constantFrom(
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-16',
    'application/json',
    'application/grpc',
    'text/html',
    'gzip',
    '0',
    '-1',
    '99999999999999999999',
    '1e3',
    'sha256=' + '0'.repeat(64),
    'push',
    'Basic eDp5',
    'Bearer',
    'bearer \t',
    '__proto__',
  ),
  fc.array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: 30 }).map((codes) => String.fromCharCode(...codes)),
);
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      'content-type',
      'accept',
      'accept-encoding',
      'authorization',
      'content-length',
      'transfer-encoding',
      'x-hub-signature-256',
      'x-hub-signature',
      'x-github-event',
      'x-github-hook-installation-target-id',
      'cf-connecting-ip',
      'x-forwarded-host',
      'x-request-id',
      'user-agent',
      'origin',
      'range',
      '__proto__',
    ),
    headerValue,
  ),
  { maxLength: 4 },
);
const anyParts = {
  method: fc.constantFrom(
    'GET',
    'GET',
    'POST',
    'POST',
    'POST',
    'HEAD',
    'OPTIONS',
    'PUT',
    'DELETE',
    'PATCH',
    'get',
    'X',
  ),
  origin: fc.oneof(
    { weight: 9, arbitrary: fc.constant(`https://${STS_DOMAIN}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `http://${STS_DOMAIN}`,
        `https://${STS_DOMAIN}:8443`,
        `https://${STS_DOMAIN}.`,
        `https://preview.${STS_DOMAIN}`,
        'https://x.workers.dev',
      ),
    },
  ),
  path: paths,
  query,
  headers: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: headers }),
  bearer: fc.constantFrom<RequestCase['bearer']>(
    'sound',
    'sound',
    'sound',
    'in the form',
    'none',
    'twice',
    'of GitHub',
  ),
  body: fc.oneof(
    { weight: 3, arbitrary: query },
    { weight: 1, arbitrary: fc.constantFrom('', '{"scope":"acme/app"}', 'x'.repeat(40_000), 'grant_type=', 'scope') },
  ),
  bodyChanges: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(byteChange, { maxLength: 3 }) },
  ),
};
/** Sound but for one thing or two, so that some of them are granted. */
const nearlySound = {
  ...anyParts,
  method: fc.constantFrom('GET', 'POST'),
  origin: fc.constant(`https://${STS_DOMAIN}`),
  path: fc.constant('/sts/exchange'),
  body: sound,
  bearer: fc.constantFrom<RequestCase['bearer']>('sound', 'sound', 'in the form'),
  bodyChanges: fc.constant([]),
};
const cases: fc.Arbitrary<RequestCase> = fc.oneof(
  { weight: 3, arbitrary: fc.record(anyParts) },
  { weight: 1, arbitrary: fc.record(nearlySound) },
  { weight: 1, arbitrary: fc.record({ ...nearlySound, query: sound }) },
  { weight: 1, arbitrary: fc.record({ ...nearlySound, query: fc.constant(''), headers: fc.constant([]) }) },
);

function encoded(pairs: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
}

function percent(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

function requestOf({ method, origin, path, query: search, ...one }: RequestCase, token: string): Request {
  const all = new Headers();
  for (const [name, value] of one.headers) all.append(name, value.trim());
  if (one.bearer === 'sound' || one.bearer === 'twice') all.append('authorization', `Bearer ${token}`);
  if (one.bearer === 'twice') all.append('authorization', `Bearer ${token}`);
  if (one.bearer === 'of GitHub') all.append('authorization', `Bearer ${GITHUB_TOKEN}`);
  const hasBody = !['GET', 'HEAD', 'get'].includes(method);
  const form = one.bearer === 'in the form' ? `${one.body}&subject_token=${token}` : one.body;
  if (hasBody && !all.has('content-type')) all.set('content-type', 'application/x-www-form-urlencoded');
  const bytes = one.bodyChanges.reduce(changedBytes, bytesOf(form));
  return new Request(`${origin}${path}?${search}`, {
    method,
    headers: all,
    ...(hasBody ? { body: bytes } : {}),
  });
}

async function hold(arena: Arena, one: RequestCase): Promise<void> {
  const token = arena.emulator.actionsIssuer.sign({
    repository: 'acme/infra',
    audience: STS_DOMAIN,
    claims: { iss: 'https://token.actions.githubusercontent.com' },
  });
  const seen = await arena.ask(requestOf(one, token));
  requireSound(arena, seen, { presented: [token, GITHUB_TOKEN], trusted: [], isUpstreamSound: true });
  const granted = issuedToken(seen);
  // Readiness, and the sentence for gRPC clients, are told under any name.
  const isTold = one.path.includes('health') || seen.headers.has('grpc-status');
  const isElsewhere = one.origin !== `https://${STS_DOMAIN}` && !isTold;
  requireNone(
    [
      ...ownTokenFaults(arena, seen, granted),
      ...(isElsewhere && seen.status !== 421 ? ['a wrong host that is served'] : []),
      ...(granted === undefined ? [] : grantFaults(arena, seen)),
    ],
    seen,
  );
}

/** Only two of the seed's policies name this token's subject, so only these grant it anything. */
function grantFaults(arena: Arena, seen: Seen): readonly string[] {
  const granted = issuedToken(seen);
  if (granted === undefined) return [];
  const within = MATCHING.some((identity) => {
    const scope = identity === 'release' ? 'acme' : 'acme/app';
    return beyond(arena, granted, policyOf(arena, scope, identity), scope).length === 0;
  });
  return within ? [] : ['more than any policy grants to this token'];
}

function policyOf(arena: Arena, scope: 'acme' | 'acme/app', identity: string): SimplePolicy {
  const { world } = arena.emulator;
  const repository = scope === 'acme' ? 'acme/.github' : scope;
  const file = world.snapshot(world.head(repository)).get(`.github/chainguard/${identity}.sts.yaml`);
  const bytes = file === undefined ? undefined : world.objects.blob(file.oid);
  return simpleReading(String(bytes)) ?? {};
}

export const REQUESTS = property<RequestCase>({
  title: 'requests of any method, path, header, query and body',
  runs: 160,
  cases,
  hold,
  leastGrants: 3,
});
