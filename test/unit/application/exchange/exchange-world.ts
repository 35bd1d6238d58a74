import type { RawClaims } from '../../../../src/domain/claims.ts';
import { PermissionSet } from '../../../../src/domain/permission-set.ts';
import { parseScope } from '../../../../src/domain/scope.ts';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import { DecodeToken } from '../../../../src/application/exchange/decode-token.ts';
import { Disclosure } from '../../../../src/application/exchange/disclosure.ts';
import { ExchangeRecorder } from '../../../../src/application/exchange/exchange-recorder.ts';
import type { ExchangeRequest } from '../../../../src/application/exchange/exchange-request.ts';
import { ExchangeToken, type ExchangeGrant } from '../../../../src/application/exchange/exchange-token.ts';
import { GrantToken } from '../../../../src/application/exchange/grant-token.ts';
import { LocatePolicy } from '../../../../src/application/exchange/locate-policy.ts';
import { MatchPolicy } from '../../../../src/application/exchange/match-policy.ts';
import { MintToken } from '../../../../src/application/exchange/mint-token.ts';
import { ProveCaller } from '../../../../src/application/exchange/prove-caller.ts';
import type { InstallationRepository } from '../../../../src/application/ports/installation-repository.ts';
import { Refusal } from '../../../../src/application/refusal.ts';
import type { RequestBudget } from '../../../../src/application/budget/request-budget.ts';
import type { RequestDeadline } from '../../../../src/application/budget/request-deadline.ts';
import { RequestCosts } from '../request-costs.ts';
import { StoredBranchPolicyIndex } from '../../../../src/infrastructure/cache/stored-branch-policy-index.ts';
import { MemoryAuditLog } from '../../../../src/infrastructure/memory/memory-audit-log.ts';
import { MemoryTokenDecoder } from '../../../../src/infrastructure/memory/memory-token-decoder.ts';
import { MemoryTokenMinter } from '../../../../src/infrastructure/memory/memory-token-minter.ts';
import { MemoryTokenVerifier } from '../../../../src/infrastructure/memory/memory-token-verifier.ts';
import { MemoryTokens } from '../../../../src/infrastructure/memory/memory-tokens.ts';
import { ACME_ID, ACTIONS, PolicyRequest, PolicyWorld } from '../policies/policy-world.ts';

export const GITLAB = 'https://gitlab.example.com';
export const AUDIENCE = 'sts.example.com';

export interface Outcome {
  readonly grant?: ExchangeGrant;
  readonly refusal?: Refusal;
}

/** The owner `acme` with its policies, and everything else that an exchange needs. */
export class ExchangeWorld extends PolicyWorld {
  readonly tokens = new MemoryTokens();
  readonly verifier = new MemoryTokenVerifier(this.tokens, this.clock);
  readonly auditLog = new MemoryAuditLog();
  readonly minter = new MemoryTokenMinter(
    new Map([
      [1, 'app'],
      [2, 'infra'],
      [3, '.github'],
    ]),
    PermissionSet.of(['contents', 'write'], ['issues', 'write'], ['checks', 'write'], ['members', 'read']),
    this.clock,
  );
  /** Of the last exchange. */
  deadline: RequestDeadline | undefined;
  /** GitHub requests that each of the next exchanges costs: then none of them finds anything cached. */
  costs = 0;
  exchangeRules: ExchangeRules = {
    serviceAudiences: [AUDIENCE, `https://${AUDIENCE}`],
    allowedIssuers: undefined,
    knownIssuers: new Set(),
    isActionsIssuer: (issuer) => issuer === ACTIONS,
    allowlistUnreadable: 'allow',
    explainTo: 'owner',
    explainIssuers: new Set<string>(),
    orgPolicyRepository: '.github',
    githubWebUrl: 'https://github.com',
  };

  /** Settings of the operator, in force from the next exchange on. */
  operatorSays(rules: Partial<ExchangeRules>): void {
    this.exchangeRules = { ...this.exchangeRules, ...rules };
    this.context = { ...this.context, operatorListsIssuers: this.exchangeRules.allowedIssuers !== undefined };
  }

  /** What is cached of the policies is forgotten with it. */
  override put(repository: string, policies: Readonly<Record<string, string>>, accountId = ACME_ID): void {
    super.put(repository, policies, accountId);
    this.forgetAll();
  }

  /** What is cached of the policies is forgotten with it. */
  override list(text: string | undefined): void {
    super.list(text);
    this.forgetAll();
  }

  /** What is cached of the policies is forgotten with it. */
  override guard(text: string | undefined): void {
    super.guard(text);
    this.forgetAll();
  }

  /** A token of the Actions of acme/infra's default branch, unless claimed otherwise. */
  actions(claims: RawClaims = {}, signedBy?: string): string {
    return this.tokens.make(
      {
        iss: ACTIONS,
        sub: 'repo:acme/infra:ref:refs/heads/main',
        aud: AUDIENCE,
        exp: this.clock.now() / 1000 + 300,
        repository: 'acme/infra',
        repository_id: '2',
        repository_owner: 'acme',
        repository_owner_id: String(ACME_ID),
        ...claims,
      },
      signedBy,
    );
  }

  /** A token of an issuer that is not known, unless the operator says so. */
  gitlab(claims: RawClaims = {}, signedBy?: string): string {
    return this.tokens.make(
      { iss: GITLAB, sub: 'project', aud: AUDIENCE, exp: this.clock.now() / 1000 + 300, ...claims },
      signedBy,
    );
  }

  async exchange(
    token: string,
    scope = 'acme/app',
    identity = 'ci',
    more: Partial<ExchangeRequest> = {},
  ): Promise<Outcome> {
    const parsed = parseScope(scope);
    if (parsed === undefined) throw new Error(scope);
    const request = { requestId: 'a-request', token, scope: parsed, identity, narrowing: {}, ...more };
    try {
      return { grant: await this.useCase().execute(request) };
    } catch (error) {
      if (error instanceof Refusal) return { refusal: error };
      throw error;
    } finally {
      await this.deferredTasks.run();
    }
  }

  /** What the token that was granted was asked for. */
  askedOf({
    grant,
  }: Outcome): { readonly app: string; readonly permissions: object; readonly repositories: object } | undefined {
    const token = grant === undefined ? undefined : this.minter.live.get(grant.secret);
    if (token === undefined) return undefined;
    const { permissions, repositories } = token.grant;
    return { app: token.installation.app.name, permissions: permissions.toRecord(), repositories };
  }

  private useCase(): ExchangeToken {
    const costs = new RequestCosts(this.clock, this.windows);
    const { trust, budget, meter, writes, deadline } = costs;
    this.deadline = deadline;
    const rules = this.exchangeRules;
    if (this.costs > 0) this.forgetAll();
    const { finder, installations } = new PolicyRequest(this, this.isolate, costs, this.paidFor(budget));
    const minter = new MintToken(this.apps, installations, this.minter, this.deferredTasks);
    const branchPolicies = new StoredBranchPolicyIndex(this.store, this.clock, writes, 'branches|');
    return new ExchangeToken(
      new DecodeToken(rules, new MemoryTokenDecoder(this.tokens, this.clock)),
      new ProveCaller(rules, this.verifier, budget),
      new LocatePolicy(rules, finder, budget),
      new MatchPolicy(rules, this.clock),
      new GrantToken(minter, budget),
      new ExchangeRecorder(this.auditLog, this.deferredTasks, meter, this.clock),
      new Disclosure(rules, branchPolicies),
      trust,
      budget,
      deadline,
      this.clock,
    );
  }

  /** As GitHub's adapters do: whoever looks something up spends. */
  private paidFor(budget: RequestBudget): InstallationRepository {
    const { installations, costs } = this;
    return {
      find: async (app, owner) => {
        for (let waited = 0; costs > 0 && budget.begin(waited < 100 ? 'some' : 'none').kind === 'busy'; waited++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        for (let count = 0; count < costs; count++) {
          const spent = budget.spend();
          if (spent.kind === 'unavailable') return spent;
        }
        return installations.find(app, owner);
      },
    };
  }
}
