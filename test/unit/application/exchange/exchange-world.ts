import type { App } from '../../../../src/domain/apps.ts';
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
import { FindPolicy } from '../../../../src/application/find-policy.ts';
import { MintToken } from '../../../../src/application/exchange/mint-token.ts';
import type { InstallationDirectory } from '../../../../src/application/ports/installation-directory.ts';
import type { PolicyReading } from '../../../../src/application/ports/policy-source.ts';
import { ProveCaller } from '../../../../src/application/exchange/prove-caller.ts';
import { Refusal } from '../../../../src/application/refusal.ts';
import { AllowanceWindows, RequestAllowance } from '../../../../src/application/request-allowance.ts';
import { MemoryAfterAnswer } from '../../../../src/infrastructure/memory/memory-after-answer.ts';
import { MemoryAppDirectory } from '../../../../src/infrastructure/memory/memory-app-directory.ts';
import { MemoryAuditLog } from '../../../../src/infrastructure/memory/memory-audit-log.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryInstallationDirectory } from '../../../../src/infrastructure/memory/memory-installation-directory.ts';
import { MemoryLog } from '../../../../src/infrastructure/memory/memory-log.ts';
import { MemoryPolicySource } from '../../../../src/infrastructure/memory/memory-policy-source.ts';
import { MemoryTokenDecoder } from '../../../../src/infrastructure/memory/memory-token-decoder.ts';
import { MemoryTokenMinter } from '../../../../src/infrastructure/memory/memory-token-minter.ts';
import { MemoryTokenVerifier } from '../../../../src/infrastructure/memory/memory-token-verifier.ts';
import { MemoryTokens } from '../../../../src/infrastructure/memory/memory-tokens.ts';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';

export const ACTIONS = 'https://token.actions.githubusercontent.com';
export const GITLAB = 'https://gitlab.example.com';
export const AUDIENCE = 'sts.example.com';
export const ACME_ID = 100;
const NOW = Date.parse('2026-11-02T08:00:00Z');

export interface Outcome {
  readonly grant?: ExchangeGrant;
  readonly refusal?: Refusal;
}

/** The owner `acme` with the repositories `app` (1), `infra` (2) and `.github` (3), and everything that an exchange needs. */
export class ExchangeWorld {
  readonly clock = new MemoryClock(NOW);
  readonly tokens = new MemoryTokens();
  readonly verifier = new MemoryTokenVerifier(this.tokens, this.clock);
  readonly installations = new MemoryInstallationDirectory();
  readonly policies = new MemoryPolicySource('.github');
  readonly windows = new AllowanceWindows();
  readonly auditLog = new MemoryAuditLog();
  readonly log = new MemoryLog();
  readonly afterAnswer = new MemoryAfterAnswer();
  readonly minter = new MemoryTokenMinter(
    new Map([
      [1, 'app'],
      [2, 'infra'],
      [3, '.github'],
    ]),
    PermissionSet.of(['contents', 'write'], ['issues', 'write'], ['checks', 'write'], ['members', 'read']),
    this.clock,
  );
  /** Asked for by the next exchanges; none asks GitHub here, so a test says what each one would have cost. */
  costs = 0;
  rules: ExchangeRules = {
    serviceAudiences: [AUDIENCE, `https://${AUDIENCE}`],
    allowedIssuers: undefined,
    knownIssuers: new Set(),
    isActionsIssuer: (issuer) => issuer === ACTIONS,
    allowlistUnreadable: 'allow',
    explainTo: 'owner',
    orgPolicyRepository: '.github',
  };
  readonly apps: MemoryAppDirectory;

  constructor(readonly pool: readonly App[] = [{ name: 'default', id: '9' }]) {
    this.apps = new MemoryAppDirectory({ '*': pool });
    pool.forEach((app, index) => this.installations.install(app, 'acme', { id: 90 + index, accountId: ACME_ID }));
  }

  /** Policies of `acme/<repository>` by identity, as YAML. */
  put(repository: string, policies: Readonly<Record<string, string>>): void {
    const repositoryId = ['app', 'infra', '.github'].indexOf(repository) + 1;
    const readings = Object.entries(policies).map(
      ([identity, text]) => [identity, this.reading(repository, text)] as const,
    );
    this.policies.put(`acme/${repository}`, {
      repositoryId,
      accountId: ACME_ID,
      policies: Object.fromEntries(readings),
    });
  }

  /** The organization's issuer allowlist, as YAML. */
  list(text: string): void {
    const reading = readAllowlistFile(text, { allowLoopbackHttp: false });
    this.policies.list(
      'acme',
      reading.kind === 'valid' ? { kind: 'present', allowlist: reading.allowlist } : { kind: 'invalid', faults: [] },
    );
  }

  /** A token of the Actions of acme/infra's default branch, unless claimed otherwise. */
  actions(claims: RawClaims = {}, signedBy?: string): string {
    return this.tokens.make(
      {
        iss: ACTIONS,
        sub: 'repo:acme/infra:ref:refs/heads/main',
        aud: AUDIENCE,
        exp: NOW / 1000 + 300,
        repository: 'acme/infra',
        repository_id: '2',
        repository_owner: 'acme',
        repository_owner_id: String(ACME_ID),
        ...claims,
      },
      signedBy,
    );
  }

  /** A token of an issuer that is not known, unless the rules say so. */
  gitlab(claims: RawClaims = {}, signedBy?: string): string {
    return this.tokens.make({ iss: GITLAB, sub: 'project', aud: AUDIENCE, exp: NOW / 1000 + 300, ...claims }, signedBy);
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
      await this.afterAnswer.run();
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
    const allowance = new RequestAllowance(this.windows, this.clock);
    const finder = new FindPolicy(this.apps, this.paidFor(allowance), this.policies, this.log);
    const minter = new MintToken(this.apps, this.installations, this.minter, this.afterAnswer);
    const sightings = { find: async () => undefined, note: async () => undefined };
    return new ExchangeToken(
      this.rules,
      new DecodeToken(this.rules, new MemoryTokenDecoder(this.tokens, this.clock)),
      new ProveCaller(this.rules, this.verifier, allowance),
      new LocatePolicy(this.rules, finder, allowance),
      new GrantToken(minter, allowance),
      new ExchangeRecorder(this.auditLog, this.afterAnswer, allowance, this.clock),
      new Disclosure(this.rules, sightings),
      allowance,
      this.clock,
    );
  }

  /** As GitHub's adapters do: whoever looks something up spends. */
  private paidFor(allowance: RequestAllowance): InstallationDirectory {
    const { installations } = this;
    return {
      find: async (app, owner, recency) => {
        for (let waited = 0; this.costs > 0 && allowance.begin(waited < 100 ? 'some' : 'none') === 'busy'; waited++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        for (let count = 0; count < this.costs; count++) allowance.spend();
        return installations.find(app, owner, recency);
      },
      forget: (app, owner) => installations.forget(app, owner),
    };
  }

  private reading(repository: string, text: string): PolicyReading {
    const context = {
      allowLoopbackHttp: false,
      isActionsIssuer: this.rules.isActionsIssuer,
      operatorListsIssuers: this.rules.allowedIssuers !== undefined,
      level: repository === '.github' ? ('organization' as const) : ('repository' as const),
    };
    const reading = readPolicyFile(text, context);
    return reading.kind === 'valid'
      ? { kind: 'found', policy: reading.policy, contentHash: 'a'.repeat(64) }
      : { kind: 'invalid', findings: reading.findings, contentHash: 'b'.repeat(64) };
  }
}
