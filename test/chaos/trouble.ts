import type { FaultKind, FaultMatch } from '../support/github/faults.ts';
import type { IssuerFault } from '../support/issuer/oidc-issuer.ts';
import type { KvFault } from './lagging-kv.ts';
import type { Random } from './random.ts';

const MINT = 'apps/create-installation-access-token';

/** What goes wrong at GitHub for a while. */
export interface GitHubTrouble {
  readonly name: string;
  readonly fault: FaultKind | 'quota_used_up';
  readonly match: FaultMatch;
  readonly times: number | undefined;
  /** GitHub's plain refusal, or a limit that nothing tells from one. */
  readonly mayRefuse: boolean;
}

/** Large enough for every limit of an answer. */
const TOO_LARGE_BYTES = 9 * 1024 * 1024;

const KINDS: readonly (readonly [weight: number, fault: GitHubTrouble['fault']])[] = [
  [3, { kind: 'respond', status: 500 }],
  [3, { kind: 'respond', status: 502 }],
  [3, { kind: 'respond', status: 503 }],
  [2, { kind: 'respond', status: 429 }],
  [3, { kind: 'hang' }],
  [3, { kind: 'delay', ms: 8 }],
  [2, { kind: 'reset', when: 'before-headers' }],
  [2, { kind: 'reset', when: 'mid-body' }],
  [2, { kind: 'truncate' }],
  [1, { kind: 'oversize', bytes: TOO_LARGE_BYTES }],
  [2, { kind: 'wrong-json' }],
  [1, { kind: 'wrong-json', body: '' }],
  [1, { kind: 'wrong-json', body: '[]' }],
  [2, { kind: 'redirect', location: 'https://example.com/', status: 302 }],
  [3, { kind: 'primary-limit', status: 403 }],
  [2, { kind: 'primary-limit', status: 429, resetInSeconds: 120 }],
  [1, { kind: 'primary-limit', status: 403, headers: false }],
  [2, { kind: 'secondary-limit', status: 403 }],
  [2, { kind: 'secondary-limit', status: 429, retryAfterSeconds: 30 }],
  [3, { kind: 'graphql-errors', errors: [{ type: 'NOT_FOUND', path: ['target'] }] }],
  [3, { kind: 'graphql-errors', errors: [{ type: 'NOT_FOUND', path: ['organization'] }] }],
  [2, { kind: 'graphql-errors', errors: [{ type: 'FORBIDDEN', path: ['organization'] }] }],
  [2, { kind: 'graphql-errors', errors: [{ type: 'FORBIDDEN', path: ['target'] }] }],
  [2, { kind: 'graphql-errors', errors: [{ type: 'RATE_LIMITED' }] }],
  [2, { kind: 'graphql-errors', errors: [{ type: 'SOMETHING_ELSE' }] }],
  [2, { kind: 'graphql-errors', errors: [{ path: ['target', 'folder'] }] }],
  [2, { kind: 'overgrant', permissions: { administration: 'write' } }],
  [2, { kind: 'overgrant', repositories: 'all' }],
  [3, 'quota_used_up'],
];

export function githubTrouble(random: Random): GitHubTrouble {
  const fault = random.weighted(KINDS);
  const kind = fault === 'quota_used_up' ? fault : fault.kind;
  const match =
    kind === 'graphql-errors' ? { operation: 'graphql' } : kind === 'overgrant' ? { operation: MINT } : where(random);
  const isForbidden = JSON.stringify(fault).includes('FORBIDDEN');
  return {
    name: `${JSON.stringify(fault)} at ${match.operation ?? 'everything'}`,
    fault,
    match,
    times: random.chance(0.3) ? random.between(1, 3) : undefined,
    mayRefuse: isForbidden || JSON.stringify(fault).includes('"headers":false'),
  };
}

function where(random: Random): FaultMatch {
  return random.weighted<FaultMatch>([
    [4, {}],
    [2, { operation: MINT }],
    [2, { operation: 'graphql' }],
    [1, { operation: 'apps/get-user-installation' }],
    [1, { method: 'DELETE' }],
  ]);
}

const ISSUER_FAULTS: readonly IssuerFault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 404 },
  { kind: 'hang' },
  { kind: 'reset', when: 'before-headers' },
  { kind: 'reset', when: 'mid-body' },
  { kind: 'not-json' },
  { kind: 'redirect', location: 'https://example.com/' },
  { kind: 'oversize', bytes: 200 * 1024 },
  { kind: 'status', status: 503, document: 'jwks' },
  { kind: 'delay', ms: 8 },
];

export function issuerTrouble(random: Random): IssuerFault {
  return random.pick(ISSUER_FAULTS);
}

const KV_FAULTS: readonly KvFault[] = ['get_fails', 'get_hangs', 'put_fails', 'everything_fails'];

export function kvTrouble(random: Random): KvFault {
  return random.pick(KV_FAULTS);
}
