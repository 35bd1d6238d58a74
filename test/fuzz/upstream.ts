import fc from 'fast-check';
import { isJsonObject, parseJson } from '../support/json.ts';
import { signToken } from '../support/signing-key.ts';
import { ACTIONS, FARM, STS_DOMAIN, type Arena, type Seen } from './arena.ts';
import { property } from './fuzz-run.ts';
import { requireNone } from './grants.ts';
import {
  byteChange,
  bytesOf,
  changedBytes,
  changedJson,
  hostileJson,
  nodeChange,
  type ByteChange,
  type NodeChange,
} from './hostile.ts';
import { grantedToken, requireSound } from './invariants.ts';
import { permissionsBeyond } from './simple-policy.ts';
import { deliveryFaults, webhookCases, webhookRequest, type WebhookCase } from './webhooks.ts';
import type { Distorted, RawAnswer } from './wire.ts';

type Distortion =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'bytes'; readonly change: ByteChange }
  | { readonly kind: 'json'; readonly change: NodeChange }
  | { readonly kind: 'body'; readonly text: string }
  | { readonly kind: 'truncated'; readonly permille: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'huge'; readonly bytes: number }
  | { readonly kind: 'breaks off' | 'reset' | 'timeout' };

interface Misfortune {
  /** Which answer of the request, from 0; `all` from the first on. */
  readonly nth: number | 'all';
  readonly distortion: Distortion;
}

interface UpstreamCase {
  readonly ask: 'deploy' | 'release' | 'build-farm' | 'absent' | 'revoke' | WebhookCase;
  readonly misfortunes: readonly Misfortune[];
  /** Asked again afterwards, with the answers as they should be. */
  readonly again: boolean;
}

const EVIL = 'https://evil.example.org/';
const distortions: fc.Arbitrary<Distortion> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(
      200,
      201,
      202,
      204,
      206,
      304,
      400,
      401,
      403,
      404,
      409,
      410,
      422,
      429,
      451,
      500,
      502,
      503,
      599,
    ),
  }),
  fc.record({ kind: fc.constant('bytes' as const), change: byteChange }),
  fc.record({ kind: fc.constant('json' as const), change: nodeChange }),
  fc.record({ kind: fc.constant('json' as const), change: nodeChange }),
  fc.record({ kind: fc.constant('json' as const), change: nodeChange }),
  fc.record({
    kind: fc.constant('body' as const),
    text: fc.oneof(
      hostileJson,
      fc.constantFrom(
        '',
        '\ufeff{}',
        '<html>',
        '{"data":null,"errors":[{"type":"NOT_FOUND"}]}',
        '{"data":{"target":null},"errors":null}',
        '{"errors":[null,1,{"path":[{}],"type":{}}]}',
        '{"message":"Integration not found"}',
        '{"keys":[null,1,{},{"kty":"RSA"},{"kty":"oct","k":"AA"}]}',
        '{"token":"","expires_at":"x"}',
      ),
    ),
  }),
  fc.record({ kind: fc.constant('truncated' as const), permille: fc.nat(999) }),
  fc.record({
    kind: fc.constant('redirect' as const),
    status: fc.constantFrom(301, 302, 303, 307, 308),
    location: fc.constantFrom(EVIL, '/elsewhere', 'javascript:1', '//evil.example.org', ''),
  }),
  fc.record({
    kind: fc.constant('headers' as const),
    headers: fc.dictionary(
      fc.constantFrom(
        'content-type',
        'retry-after',
        'x-ratelimit-remaining',
        'x-ratelimit-reset',
        'content-length',
        'link',
      ),
      fc.constantFrom(
        '',
        '0',
        '-1',
        '1e999',
        'NaN',
        '99999999999',
        'text/html',
        `<${EVIL}>; rel="next"`,
        'Wed, 21 Oct 2026',
      ),
    ),
  }),
  fc.record({ kind: fc.constant('huge' as const), bytes: fc.constantFrom(70_000, 200_000, 9_000_000) }),
  fc.record({ kind: fc.constantFrom('breaks off' as const, 'reset' as const, 'timeout' as const) }),
);
const cases: fc.Arbitrary<UpstreamCase> = fc.record({
  ask: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom<UpstreamCase['ask']>('deploy', 'deploy', 'build-farm', 'release', 'absent', 'revoke'),
    },
    { weight: 1, arbitrary: webhookCases.map((one) => ({ ...one, local: true, signed: 'rightly' as const })) },
  ),
  misfortunes: fc.array(
    fc.record({ nth: fc.oneof(fc.nat(7), fc.nat(3), fc.constant('all' as const)), distortion: distortions }),
    { minLength: 1, maxLength: 2 },
  ),
  again: fc.boolean(),
});

function distorted(answer: RawAnswer, distortion: Distortion): Distorted {
  const { body } = answer;
  switch (distortion.kind) {
    case 'status':
      return { ...answer, status: distortion.status };
    case 'bytes':
      return { ...answer, body: changedBytes(body, distortion.change) };
    case 'json':
      return { ...answer, body: bytesOf(changedJson(new TextDecoder().decode(body), distortion.change)) };
    case 'body':
      return { ...answer, body: bytesOf(distortion.text) };
    case 'truncated':
      return { ...answer, body: body.subarray(0, (body.byteLength * distortion.permille) / 1000) };
    case 'redirect':
      return { ...answer, status: distortion.status, headers: { ...answer.headers, location: distortion.location } };
    case 'headers':
      return { ...answer, headers: { ...answer.headers, ...distortion.headers } };
    case 'huge':
      return { ...answer, paddingBytes: distortion.bytes };
    case 'breaks off':
      return { ...answer, breaksOff: true };
    case 'reset':
    case 'timeout':
      return distortion.kind;
  }
}

/** GitHub may lie about anything but the policies: what is asked of it stays within them. */
const GRANTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deploy: { contents: 'read', deployments: 'write' },
  release: { contents: 'write' },
  'build-farm': { contents: 'read', packages: 'read' },
};
const REVOKED = `ghs_${'Zz9'.repeat(12)}`;

/** Where the keys are, as a trusted issuer's own answer names it: OpenID Connect Discovery lets that be another host. */
function namedKeys(answer: Distorted): readonly string[] {
  const json = typeof answer === 'object' ? parseJson(new TextDecoder().decode(answer.body)) : undefined;
  return isJsonObject(json) && typeof json.jwks_uri === 'string' ? [json.jwks_uri] : [];
}

async function hold(arena: Arena, one: UpstreamCase): Promise<void> {
  const named: string[] = [];
  arena.wire.distort = (answer, nth) => {
    let result: Distorted = answer;
    for (const { nth: which, distortion } of one.misfortunes) {
      if ((which === 'all' || which === nth) && typeof result === 'object') result = distorted(result, distortion);
    }
    named.push(...namedKeys(result));
    return result;
  };
  requireWithin(arena, await ask(arena, one), one, named);
  if (!one.again) return;
  arena.wire.distort = undefined;
  requireWithin(arena, await ask(arena, one), one, []);
}

async function ask(arena: Arena, { ask: what }: UpstreamCase): Promise<Seen & { readonly presented: string }> {
  if (typeof what === 'object') return { ...(await arena.ask(webhookRequest(arena, what))), presented: '' };
  const presented = what === 'revoke' ? REVOKED : tokenFor(arena, what);
  const path =
    what === 'revoke' ? '/sts/revoke' : `/sts/exchange?scope=acme${what === 'release' ? '' : '/app'}&identity=${what}`;
  const headers = { authorization: `Bearer ${presented}` };
  const method = what === 'revoke' ? 'POST' : 'GET';
  return { ...(await arena.ask(new Request(`https://${STS_DOMAIN}${path}`, { method, headers }))), presented };
}

function tokenFor(arena: Arena, identity: string): string {
  if (identity !== 'build-farm') {
    return arena.emulator.actionsIssuer.sign({
      repository: 'acme/infra',
      audience: STS_DOMAIN,
      claims: { iss: ACTIONS },
    });
  }
  const now = arena.clock.seconds();
  return signToken(arena.key(FARM), { iss: FARM, sub: 'build-farm', aud: 'acme-builds', iat: now, exp: now + 300 });
}

function requireWithin(
  arena: Arena,
  seen: Seen & { readonly presented: string },
  one: UpstreamCase,
  named: readonly string[],
): void {
  const trusted = [...(one.ask === 'build-farm' ? [FARM] : []), ...named];
  requireSound(arena, seen, { presented: [seen.presented], trusted, isUpstreamSound: false });
  arena.emulator.violations.length = 0;
  const faults = seen.requests.flatMap(({ operation, body }) =>
    operation === 'apps/create-installation-access-token' ? orderFaults(body, one) : [],
  );
  const mayGrant = typeof one.ask === 'string' && one.ask in GRANTS;
  const isOdd = grantedToken(seen) !== undefined && !mayGrant;
  const delivery = typeof one.ask === 'object' ? deliveryFaults(seen, one.ask) : [];
  requireNone([...faults, ...delivery, ...answeredFaults(seen, one), ...(isOdd ? ['a grant of nothing'] : [])], seen);
}

/** What GitHub was asked a token for: a read token of ours, one for check runs, or what the policy grants. */
function orderFaults(body: unknown, { ask: what }: UpstreamCase): readonly string[] {
  const { permissions, repositories, repository_ids: ids } = body as Readonly<Record<string, unknown>>;
  const own = { contents: 'read', ...(typeof what === 'object' ? { checks: 'write', pull_requests: 'read' } : {}) };
  const names = Array.isArray(repositories) || Array.isArray(ids);
  const faults = permissionsBeyond({ permissions: own }, permissions);
  const granted = typeof what === 'string' ? GRANTS[what] : undefined;
  const beyondGrant = granted === undefined ? faults : permissionsBeyond({ permissions: granted }, permissions);
  if (faults.length > 0 && beyondGrant.length > 0) return beyondGrant;
  return names ? [] : ['a token for every repository'];
}

/** A caller is told no more than the policy grants, whatever GitHub says that it granted. */
function answeredFaults({ status, text }: Seen, { ask: what }: UpstreamCase): readonly string[] {
  if (status !== 200 || typeof what !== 'string' || what === 'revoke') return [];
  const { permissions } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const granted = Object.keys(permissions ?? {}).length === 0 ? undefined : GRANTS[what];
  return granted === undefined ? [] : permissionsBeyond({ permissions: granted }, permissions);
}

export const UPSTREAM = property<UpstreamCase>({
  title: 'changed answers of GitHub and of issuers',
  runs: 80,
  cases,
  hold,
  leastGrants: 5,
});
