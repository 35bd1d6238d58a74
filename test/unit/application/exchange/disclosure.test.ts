import { beforeEach, describe, expect, it } from '@jest/globals';
import { Disclosure } from '../../../../src/application/exchange/disclosure.ts';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import type { Reached } from '../../../../src/application/exchange/stages.ts';
import type { BranchPolicies, BranchPolicyIndex } from '../../../../src/application/ports/branch-policy-index.ts';
import { Refusal, type Evidence, type RefusalKind } from '../../../../src/application/refusal.ts';
import type { Caller, ProvenBy } from '../../../../src/domain/caller.ts';
import { policyOf } from '../../domain/policies.ts';
import { ACME_ID, INSTALLATION } from '../policies/policy-world.ts';
import { asked, callerOf, decoded, insider, located, matched, outsider, proven, RULES } from './stages.ts';

const FINDING = { rule: 'r', severity: 'error', line: 2, column: 3, message: 'No.' } as const;
const MISS = { kind: 'unread', name: 'ci.sts.yml' } as const;
const VERDICT = policyOf().judge(callerOf({ sub: 'other' }).claims, RULES.serviceAudiences);

/** Every refusal of an exchange, with the evidence that it carries. */
const REFUSALS: readonly (readonly [kind: RefusalKind, evidence?: Evidence])[] = [
  ['invalid_token'],
  ['token_verification_failed'],
  ['token_verification_failed', { kind: 'bad_signature' }],
  ['issuer_not_allowed'],
  ['issuer_allowlist_invalid'],
  ['guardrails_invalid'],
  ['installation_not_found'],
  ['policy_not_found'],
  ['policy_not_found', { kind: 'policy_absent', nearMisses: [MISS] }],
  ['policy_invalid', { kind: 'policy_invalid', findings: [FINDING] }],
  ['permission_denied', { kind: 'mismatch', verdict: VERDICT }],
  ['permission_denied', { kind: 'token_outside', faults: [{ rule: 'guardrail-same-owner', message: 'No.' }] }],
  ['permission_denied', { kind: 'mint_refused', reason: 'Not granted.', missing: [], installation: INSTALLATION }],
  ['permission_denied'],
  ['narrowing_not_granted'],
  ['rate_limited'],
  ['misconfigured'],
  ['internal_error'],
  ['upstream_error'],
  ['unavailable'],
  ['upstream_timeout'],
];
const OF_SERVERS: readonly RefusalKind[] = [
  'rate_limited',
  'misconfigured',
  'internal_error',
  'upstream_error',
  'unavailable',
  'upstream_timeout',
];
const EXPLAINED: readonly Evidence['kind'][] = [
  'mismatch',
  'policy_absent',
  'policy_invalid',
  'token_outside',
  'mint_refused',
];

let branches: Map<string, string>;
let searches: BranchPolicies['repository'][];

beforeEach(() => {
  branches = new Map();
  searches = [];
});

function disclosure(rules: Partial<ExchangeRules> = {}): Disclosure {
  const index: BranchPolicyIndex = {
    note: async () => undefined,
    find: async ({ accountId, owner, repository }, identity) => {
      searches.push(repository);
      return branches.get(`${accountId} ${owner}/${repository} ${identity}`);
    },
  };
  return new Disclosure({ ...RULES, ...rules }, index);
}

function refusal(kind: RefusalKind, evidence?: Evidence): Refusal {
  const details = { detail: 'for the log', ...(evidence === undefined ? {} : { evidence }) };
  return new Refusal(kind, `The message of ${kind}.`, details);
}

function locatedBy(caller: Caller | undefined): Reached {
  return located({ caller });
}

describe('an unproven caller, once something was looked up', () => {
  it.each(['owner', 'nobody', 'everybody'] as const)(
    'is told one and the same of every refusal, under EXPLAIN_TO %s',
    async (explainTo) => {
      const told = new Set<string>();
      for (const [kind, evidence] of REFUSALS) {
        if (OF_SERVERS.includes(kind) || (kind === 'token_verification_failed' && evidence === undefined)) continue;
        const shown = await disclosure({ explainTo }).toCaller(refusal(kind, evidence), locatedBy(undefined));
        const { detail, ...details } = shown.details;
        expect(detail).toBe(`${kind}: for the log`);
        told.add(JSON.stringify([shown.kind, shown.message, details]));
      }
      expect([...told]).toEqual([expect.stringMatching(/^\["issuer_not_allowed","The token's issuer is not/)]);
      expect(searches).toEqual([]);
    },
  );

  it.each(OF_SERVERS)('is told of %s as it is', async (kind) => {
    const real = refusal(kind);
    expect(await disclosure().toCaller(real, locatedBy(undefined))).toBe(real);
  });

  it('is told that a token which its issuer signed has wrong times, and nothing of a bad signature', async () => {
    const signed = refusal('token_verification_failed');
    const forged = refusal('token_verification_failed', { kind: 'bad_signature' });
    expect(await disclosure().toCaller(signed, locatedBy(undefined))).toBe(signed);
    expect((await disclosure().toCaller(forged, locatedBy(undefined))).kind).toBe('issuer_not_allowed');
  });

  it('leaves the log with the message where a refusal has no detail', async () => {
    const plain = new Refusal('policy_not_found', 'There is none.');
    const shown = await disclosure().toCaller(plain, locatedBy(undefined));
    expect(shown.details).toEqual({ detail: 'policy_not_found: There is none.' });
  });
});

describe('an unproven caller, before anything was looked up', () => {
  it.each([asked(), decoded()])('is told what is wrong with the token itself ($stage)', async (reached) => {
    for (const one of [
      refusal('invalid_token'),
      refusal('token_verification_failed'),
      refusal('token_verification_failed', { kind: 'bad_signature' }),
    ]) {
      expect(await disclosure().toCaller(one, reached)).toBe(one);
    }
  });

  it.each([asked(), decoded()])('is told of the operator’s list like of everything else ($stage)', async (reached) => {
    const shown = await disclosure().toCaller(refusal('issuer_not_allowed'), reached);
    expect(shown.message).not.toBe('The message of issuer_not_allowed.');
    const missing = await disclosure().toCaller(refusal('installation_not_found'), reached);
    expect([missing.kind, missing.message]).toEqual([shown.kind, shown.message]);
  });

  it('is told nothing of an invalid token once something was looked up', async () => {
    const shown = await disclosure().toCaller(refusal('invalid_token'), locatedBy(undefined));
    expect(shown.kind).toBe('issuer_not_allowed');
  });
});

describe('a proven caller', () => {
  const rows = REFUSALS.flatMap(([kind, evidence]) =>
    (
      [
        ['outsider', outsider()],
        ['insider', insider()],
      ] as const
    ).flatMap(([who, caller]) =>
      (['owner', 'nobody', 'everybody'] as const).map((explainTo) => {
        const isEntitled = explainTo === 'everybody' || (explainTo === 'owner' && who === 'insider');
        const isExplained = isEntitled && evidence !== undefined && EXPLAINED.includes(evidence.kind);
        const outcome = isExplained ? 'why' : 'what is so, and not why';
        return { kind, evidence, who, caller, explainTo, isExplained, outcome, what: evidence?.kind ?? 'no evidence' };
      }),
    ),
  );

  it.each(rows)(
    'of $kind with $what is told $outcome ($who, EXPLAIN_TO $explainTo)',
    async ({ kind, evidence, caller, explainTo, isExplained }) => {
      const real = refusal(kind, evidence);
      const shown = await disclosure({ explainTo }).toCaller(real, locatedBy(caller));
      expect([shown.kind, shown.message]).toEqual([real.kind, real.message]);
      expect(shown.details.explanation !== undefined).toBe(isExplained);
      expect(shown.details.detail).toBe('for the log');
    },
  );

  it.each([
    ['of another issuer that claims the owner', callerOf({ iss: 'https://gitlab.example.com' })],
    ['proven by a policy’s own keys, as GitHub’s issuer', callerOf({}, 'inline')],
    ['of an owner whose name alone is the same', callerOf({ repository_owner_id: '7' })],
  ])('%s is no insider', async (_who, caller) => {
    for (const reached of [locatedBy(caller), proven({ caller }), matched({ caller })]) {
      const shown = await disclosure().toCaller(refusal('permission_denied', mismatch()), reached);
      expect(shown.details.explanation).toBeUndefined();
    }
  });

  describe('of an issuer that is the operator’s own', () => {
    const ISSUER = 'https://oidc.acme.dev';
    const ofCluster = (provenBy?: ProvenBy): Caller => callerOf({ iss: ISSUER, repository_owner_id: '7' }, provenBy);
    const own = { explainIssuers: new Set([ISSUER]) };
    const explained = async (rules: Partial<ExchangeRules>, reached: Reached): Promise<boolean> => {
      const shown = await disclosure(rules).toCaller(refusal('permission_denied', mismatch()), reached);
      return shown.details.explanation !== undefined;
    };

    it('is told why, once something was found, as far as EXPLAIN_TO goes', async () => {
      expect(await explained(own, locatedBy(ofCluster()))).toBe(true);
      expect(await explained({}, locatedBy(ofCluster()))).toBe(false);
      expect(await explained({ ...own, explainTo: 'nobody' }, locatedBy(ofCluster()))).toBe(false);
      expect(await explained(own, decoded({ caller: ofCluster() }))).toBe(false);
    });

    it('is told of the branch that has the policy', async () => {
      branches.set(`${ACME_ID} acme/app ci`, 'feature');
      const absent = refusal('policy_not_found', { kind: 'policy_absent', nearMisses: [] });
      const shown = await disclosure(own).toCaller(absent, locatedBy(ofCluster()));
      expect(shown.details.explanation?.notes).toHaveLength(1);
    });

    it('is told nothing where a policy’s keys made the token, for anybody can write a policy', async () => {
      for (const reached of [locatedBy(ofCluster('inline')), proven({ caller: ofCluster('inline') })]) {
        expect(await explained(own, reached)).toBe(false);
      }
    });
  });

  it('by the keys of the policy itself is told of that policy, and only once they proved it', async () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const policy = policyOf({ issuer: 'https://oidc.acme.dev', jwks: [key] });
    const caller = callerOf({ iss: 'https://oidc.acme.dev' }, 'inline');
    const told = async (reached: Reached): Promise<boolean> =>
      (await disclosure().toCaller(refusal('permission_denied', mismatch()), reached)).details.explanation !==
      undefined;
    expect(await told(proven({ caller, policy }))).toBe(true);
    expect(await told(locatedBy(caller))).toBe(false);
    expect(await told(proven({ caller }))).toBe(false);
    expect(await told(proven({ caller: outsider(), policy }))).toBe(false);
  });

  it('is no insider before the owner’s id is known', async () => {
    const reached = decoded({ caller: insider() });
    const shown = await disclosure().toCaller(refusal('permission_denied', mismatch()), reached);
    expect(shown.details.explanation).toBeUndefined();
  });

  function mismatch(): Evidence {
    return { kind: 'mismatch', verdict: VERDICT };
  }
});

describe('an explanation', () => {
  async function explained(evidence: Evidence, reached = locatedBy(insider())): Promise<unknown> {
    const { details } = await disclosure({ explainTo: 'everybody' }).toCaller(
      refusal('permission_denied', evidence),
      reached,
    );
    return details.explanation;
  }

  it('of a mismatch goes field by field', async () => {
    expect(await explained({ kind: 'mismatch', verdict: VERDICT })).toMatchObject({
      policy: '.github/chainguard/ci.sts.yaml',
      fields: [
        { field: 'issuer', matched: true },
        { field: 'subject', matched: false },
        { field: 'audience', matched: true },
      ],
    });
  });

  it('of a broken policy names the places', async () => {
    expect(await explained({ kind: 'policy_invalid', findings: [FINDING] })).toMatchObject({
      notes: ['line 2, column 3: No. (r)'],
    });
  });

  it('of a token outside the guardrails names what is outside', async () => {
    const faults = [{ rule: 'guardrail-token-lifetime', message: 'It lives too long.' }];
    expect(await explained({ kind: 'token_outside', faults })).toMatchObject({
      notes: ['It lives too long. (guardrail-token-lifetime)'],
    });
  });

  it('of a refused mint has GitHub’s words', async () => {
    const refused = { kind: 'mint_refused', reason: 'Not granted.', missing: [], installation: INSTALLATION } as const;
    const lacksNothing = { ...INSTALLATION, accepted: { permissions: {}, account: 'user' } } as const;
    for (const installation of [INSTALLATION, lacksNothing])
      expect(await explained({ ...refused, installation })).toMatchObject({ notes: ['GitHub: Not granted.'] });
  });

  it.each([
    ['organization', 'https://github.com/organizations/acme/settings/installations/90'],
    ['user', 'https://github.com/settings/installations/90'],
  ] as const)('of a refused mint names what the installation of an %s lacks, and the page', async (account, page) => {
    const installation = { ...INSTALLATION, accepted: { permissions: { contents: 'read' }, account } };
    const missing = [
      { name: 'contents', level: 'write', accepted: 'read' },
      { name: 'issues', level: 'read', accepted: undefined },
    ] as const;
    const told = await explained({ kind: 'mint_refused', reason: 'No.', missing, installation });
    expect((told as { readonly notes: readonly string[] }).notes).toEqual([
      'GitHub: No.',
      `permission-not-installed: the App's installation lacks contents: write (accepted: read), issues: read (accepted: none), when GitHub was last asked. The App must ask for it, and an owner of the account accepts it at ${page}.`,
    ]);
  });

  const absent: Evidence = { kind: 'policy_absent', nearMisses: [MISS] };

  it('of an absent policy names files with almost its name, and the branch that a push brought it to', async () => {
    branches.set(`${ACME_ID} acme/app ci`, 'feature');
    expect(await explained(absent)).toMatchObject({
      notes: [
        'app holds ci.sts.yml, which is not read.',
        'A push brought it to "feature"; only the default branch is read.',
      ],
    });
  });

  it('of an absent policy leads to the identity that was perhaps meant', async () => {
    const nearMisses = [{ kind: 'policy', identity: 'cd' }] as const;
    expect(await explained({ kind: 'policy_absent', nearMisses })).toMatchObject({
      notes: ['Did you mean the identity "cd"? app holds cd.sts.yaml.'],
    });
  });

  it('of an absent policy of the organization speaks of its policy repository', async () => {
    branches.set(`${ACME_ID} acme/.github ci`, 'feature');
    const { request } = asked({ scope: { owner: 'acme' } });
    expect(await explained(absent, located({ request, caller: insider() }))).toMatchObject({
      notes: ['.github holds ci.sts.yml, which is not read.', expect.stringContaining('"feature"')],
    });
  });

  it('quotes a branch, whose name strangers to the reader have chosen', async () => {
    branches.set(`${ACME_ID} acme/app ci`, 'a\u2028b"');
    expect(await explained(absent)).toMatchObject({ notes: [expect.anything(), expect.stringContaining('"a?b\\""')] });
  });

  it('never tells an outsider of other branches, nor looks for them', async () => {
    branches.set(`${ACME_ID} acme/app ci`, 'feature');
    expect(await explained(absent, locatedBy(outsider()))).toMatchObject({
      notes: ['app holds ci.sts.yml, which is not read.'],
    });
    expect(searches).toEqual([]);
  });
});
