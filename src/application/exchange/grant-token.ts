import { inject, injectable } from 'tsyringe';
import {
  narrow,
  selectedRepositories,
  type Grant,
  type Narrowing,
  type RepositorySelection,
} from '../../domain/narrowing.ts';
import { sameName, scopeText } from '../../domain/scope.ts';
import { Refusal } from '../refusal.ts';
import { RequestBudget } from '../budget/request-budget.ts';
import type { Matched } from './match-policy.ts';
import { MintToken, type MintedGrant } from './mint-token.ts';

/** The last stage: GitHub has minted the token. */
export interface Granted extends Omit<Matched, 'stage'> {
  readonly stage: 'granted';
  /** What was asked of GitHub: the policy's grant, or the narrower one that the caller asked for. */
  readonly grant: Grant;
  readonly minted: MintedGrant;
}

/** Works out what the policy grants to this caller, narrows it, and has it minted. */
@injectable()
export class GrantToken {
  constructor(
    @inject(MintToken) private readonly mintToken: MintToken,
    @inject(RequestBudget) private readonly budget: RequestBudget,
  ) {}

  /** @throws Refusal where the policy grants nothing to this caller, less than was asked, or GitHub does not mint it */
  async grant(matched: Matched): Promise<Granted> {
    this.budget.admit();
    const { request, policy, installation, caller } = matched;
    const grant = narrowed(grantOf(matched), request.narrowing);
    const subject = caller.claims.text('sub') ?? '';
    const routingKey = [scopeText(request.scope).toLowerCase(), request.identity, subject].join('\n');
    const minted = await this.mintToken.execute({ policy, grant, reader: installation, routingKey });
    return { ...matched, stage: 'granted', grant, minted };
  }
}

function grantOf(matched: Matched): Grant {
  return { permissions: matched.policy.permissions, repositories: repositoriesOf(matched) };
}

function repositoriesOf(matched: Matched): RepositorySelection {
  const { policy, request, repositoryId } = matched;
  if (policy.callerRepositoryOnly) return callerRepository(matched);
  return selectedRepositories(policy.repositories, request.scope, repositoryId);
}

/** The repository that the caller's verified token of this server names, if it is the installation's account's. */
function callerRepository({ caller, installation, policy }: Matched): RepositorySelection {
  const repository = caller.repositoryOf(installation.accountId);
  if (repository === undefined) {
    throw new Refusal('permission_denied', 'This trust policy serves only workflows of the same owner.', {
      detail: 'caller_repository_only: the token names no repository of the installation account',
    });
  }
  const { repositories = [] } = policy;
  if (repositories.length > 0 && !repositories.some((one) => sameName(one, repository.name))) {
    throw new Refusal('permission_denied', 'The token does not match the trust policy.', {
      detail: 'caller_repository_only: the calling repository is not among the policy repositories',
    });
  }
  return { kind: 'id', ...repository };
}

function narrowed(grant: Grant, narrowing: Narrowing): Grant {
  const result = narrow(grant, narrowing);
  if (result.kind === 'granted') return result.grant;
  throw new Refusal('narrowing_not_granted', `The trust policy does not grant these ${result.what}.`);
}
