import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RawClaims } from '../../../../src/domain/claims.ts';
import type { Decoded } from '../../../../src/application/exchange/decode-token.ts';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import { ProveCaller } from '../../../../src/application/exchange/prove-caller.ts';
import type { Located } from '../../../../src/application/exchange/locate-policy.ts';
import { BudgetWindows } from '../../../../src/application/budget/budget-windows.ts';
import type { UnavailableCause } from '../../../../src/application/ports/unavailable.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryTokens } from '../../../../src/infrastructure/memory/memory-tokens.ts';
import { MemoryTokenVerifier } from '../../../../src/infrastructure/memory/memory-token-verifier.ts';
import { generateSigningKey, publicJwk } from '../../../support/signing-key.ts';
import { MAIN, organizationLevel, policyOf } from '../../domain/policies.ts';
import { ACME_ID, ACTIONS, NOW } from '../policies/policy-world.ts';
import { RequestCosts } from '../request-costs.ts';
import { AUDIENCE, decoded, HASH, located, outcomeOf, refusalOf, RULES } from './stages.ts';

const GITLAB = 'https://gitlab.example.com';

let clock: MemoryClock;
let tokens: MemoryTokens;
let verifier: MemoryTokenVerifier;
let costs: RequestCosts;

beforeEach(() => {
  clock = new MemoryClock(NOW);
  tokens = new MemoryTokens();
  verifier = new MemoryTokenVerifier(tokens, clock);
  costs = new RequestCosts(clock);
});

function prover(rules: Partial<ExchangeRules> = {}): ProveCaller {
  return new ProveCaller({ ...RULES, ...rules }, verifier, costs.budget);
}

function token(issuer: string, claims: RawClaims = {}, signedBy?: string): Decoded['token'] {
  const whole = { iss: issuer, sub: MAIN, aud: AUDIENCE, exp: NOW / 1000 + 300, repository_owner_id: String(ACME_ID) };
  return { compact: tokens.make({ ...whole, ...claims }, signedBy), issuer };
}

function holding(policy: ReturnType<typeof policyOf>): Partial<Located> {
  return { policy: { kind: 'found', policy, contentHash: HASH, repositoryId: 1 } };
}

/** As by a request of long ago: the issuer's keys are at hand. */
async function warmUp(issuer = GITLAB): Promise<void> {
  await verifier.verify(token(issuer));
  verifier.contacted.length = 0;
}

describe('before anything is asked of GitHub', () => {
  it.each<[string, string, Partial<ExchangeRules>]>([
    ['the server’s Actions issuer', ACTIONS, {}],
    ['one of KNOWN_ISSUERS', GITLAB, { knownIssuers: new Set([GITLAB]) }],
    ['one of the operator’s list', GITLAB, { allowedIssuers: new Set([GITLAB]) }],
  ])('a known issuer’s token is proven, and a forged one refused: %s', async (_who, issuer, rules) => {
    const reached = await prover(rules).early(decoded({ token: token(issuer) }));
    expect([reached.stage, reached.caller?.provenBy]).toEqual(['decoded', 'issuer']);
    expect(reached.caller?.speaksForGitHub).toBe(issuer === ACTIONS);
    const forged = decoded({ token: token(issuer, {}, 'a stranger') });
    const { kind, details } = await refusalOf(() => prover(rules).early(forged));
    expect([kind, details.evidence]).toEqual(['token_verification_failed', { kind: 'bad_signature' }]);
  });

  it('an unknown issuer is not contacted, and its token stays unproven', async () => {
    const reached = await prover({ knownIssuers: new Set(['https://other.example.com']) }).early(
      decoded({ token: token(GITLAB) }),
    );
    expect([reached.caller, verifier.contacted, costs.writes.isAllowed]).toEqual([undefined, [], false]);
  });

  it('an issuer whose keys are at hand proves a token, and stays uncontacted', async () => {
    await warmUp();
    const reached = await prover().early(decoded({ token: token(GITLAB) }));
    expect([reached.caller?.provenBy, reached.caller?.speaksForGitHub]).toEqual(['issuer', false]);
    expect([verifier.contacted, costs.writes.isAllowed]).toEqual([[], true]);
  });

  it('a token that such keys do not fit stays unproven, for a policy may bring its own', async () => {
    await warmUp();
    const reached = await prover().early(decoded({ token: token(GITLAB, {}, 'a stranger') }));
    expect([reached.caller, costs.writes.isAllowed]).toEqual([undefined, false]);
  });

  it('keys that are too old prove nobody, and write nothing', async () => {
    await warmUp();
    verifier.old.add(GITLAB);
    const reached = await prover().early(decoded({ token: token(GITLAB) }));
    expect([reached.caller, costs.writes.isAllowed, verifier.contacted]).toEqual([undefined, false, []]);
  });

  it('keys that are too old tell an honest caller from a flood of unproven ones', async () => {
    await warmUp();
    verifier.old.add(GITLAB);
    const windows = new BudgetWindows();
    const flood = new RequestCosts(clock, windows);
    for (let count = 0; count < 30; count++) flood.budget.spend();
    for (const [signedBy, outcome] of [
      ['a stranger', 'unavailable'],
      [undefined, 'spent'],
    ] as const) {
      costs = new RequestCosts(clock, windows);
      await prover().early(decoded({ token: token(GITLAB, {}, signedBy) }));
      expect(costs.budget.spend().kind).toBe(outcome);
    }
  });

  it.each<[UnavailableCause, string]>([
    ['down', 'upstream_error'],
    ['timeout', 'upstream_timeout'],
    ['limited', 'rate_limited'],
    ['unusable', 'upstream_error'],
  ])('a known issuer that is %s is told as it is', async (cause, kind) => {
    verifier.down.set(ACTIONS, { kind: 'unavailable', cause, detail: 'told to' });
    expect(await outcomeOf(() => prover().early(decoded({ token: token(ACTIONS) })))).toBe(kind);
  });

  it('a token that its issuer signed, with wrong times, is told apart from a forged one', async () => {
    const future = decoded({ token: token(ACTIONS, { nbf: NOW / 1000 + 3600 }) });
    expect((await refusalOf(() => prover().early(future))).details).toEqual({ detail: 'nbf or iat' });
  });
});

describe('once the policy is found', () => {
  const policy = policyOf({ issuer: GITLAB });

  it('an issuer that it names is contacted and proves the token', async () => {
    const reached = await prover().prove(located({ token: token(GITLAB), ...holding(policy) }));
    expect(reached).toMatchObject({ stage: 'proven', policyHash: HASH, caller: { provenBy: 'issuer' } });
    expect([reached.policy, verifier.contacted, costs.writes.isAllowed]).toEqual([policy, [GITLAB], true]);
  });

  it('an issuer that nobody trusts is never contacted', async () => {
    const other = 'https://attacker.example.com';
    expect(await outcomeOf(() => prover().prove(located({ token: token(other), ...holding(policy) })))).toBe(
      'issuer_not_allowed',
    );
    const unlisted = { allowlist: { kind: 'refused', reason: 'not_listed' } as const };
    expect(
      await outcomeOf(() => prover().prove(located({ token: token(GITLAB), ...holding(policy), ...unlisted }))),
    ).toBe('issuer_not_allowed');
    expect(verifier.contacted).toEqual([]);
  });

  it('a caller that was proven early is not proven again', async () => {
    const early = await prover().early(decoded({ token: token(ACTIONS) }));
    const { caller } = await prover().prove(located({ ...early, stage: 'located' }));
    expect(caller).toBe(early.caller);
    expect(verifier.contacted).toEqual([ACTIONS]);
  });

  it('keys of an issuer that it names exactly are kept for all isolates, and others in this one', async () => {
    const pattern = policyOf({ issuer: undefined, issuerPattern: 'https://[a-z]+\\.example\\.com' });
    await prover().prove(located({ token: token(GITLAB), ...holding(policy) }));
    expect([...verifier.keptHere]).toEqual([]);
    verifier.forget();
    await prover().prove(located({ token: token(GITLAB), ...holding(pattern) }));
    expect([...verifier.keptHere]).toEqual([GITLAB]);
  });

  it('a bad signature is evidence of nothing but a stranger', async () => {
    const forged = located({ token: token(GITLAB, {}, 'a stranger'), ...holding(policy) });
    const { kind, details } = await refusalOf(() => prover().prove(forged));
    expect([kind, details.evidence]).toEqual(['token_verification_failed', { kind: 'bad_signature' }]);
    expect(costs.writes.isAllowed).toBe(false);
  });
});

describe('a policy’s own keys', () => {
  const jwks = [{ ...publicJwk(generateSigningKey({ kid: 'policy' })) }];
  const policy = policyOf({ issuer: GITLAB, jwks });
  /** Whose issuer is not recognized as GitHub's when it is compiled, and is when its tokens are judged. */
  const asActions = policyOf({ issuer: ACTIONS, jwks }, { ...organizationLevel, isActionsIssuer: () => false });

  it('prove a token, and the issuer is never contacted', async () => {
    const reached = await prover().prove(located({ token: token(GITLAB, {}, 'policy'), ...holding(policy) }));
    expect([reached.caller.provenBy, verifier.contacted]).toEqual(['inline', []]);
  });

  it('stand instead of the issuer’s, even for a caller that was proven by those', async () => {
    const rules = { knownIssuers: new Set([GITLAB]) };
    const early = await prover(rules).early(decoded({ token: token(GITLAB) }));
    expect(early.caller?.provenBy).toBe('issuer');
    const reached = located({ ...early, stage: 'located', ...holding(policy) });
    expect(await outcomeOf(() => prover(rules).prove(reached))).toBe('token_verification_failed');
  });

  it('make nobody speak for GitHub, though they sign as its issuer', async () => {
    const reached = located({ token: token(ACTIONS, {}, 'policy'), ...holding(asActions) });
    const { caller } = await prover().prove(reached);
    expect([caller.provenBy, caller.claims.issuer]).toEqual(['inline', ACTIONS]);
    expect([caller.speaksForGitHub, caller.belongsTo(ACME_ID)]).toEqual([false, false]);
  });

  it('do not count under an enforcing list, but in the policy repository', async () => {
    const enforcing = { kind: 'allowed', note: 'listed', enforcing: true } as const;
    const reached = located({ token: token(GITLAB, {}, 'policy'), allowlist: enforcing, ...holding(policy) });
    expect(await outcomeOf(() => prover().prove(reached))).toBe('policy_invalid');
    for (const scope of [{ owner: 'acme' }, { owner: 'acme', repository: '.GitHub' }]) {
      const inRepository = { ...reached, request: { ...reached.request, scope } };
      expect(await outcomeOf(() => prover().prove(inRepository))).toBe('passed');
    }
  });
});
