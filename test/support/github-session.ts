import { githubServer } from '../../src/domain/github-server.ts';
import type { Installation } from '../../src/domain/apps.ts';
import { HealthObservations } from '../../src/application/health/health-observations.ts';
import { RequestCosts } from '../unit/application/request-costs.ts';
import type { DeferredTasks } from '../../src/application/ports/deferred-tasks.ts';
import type { Log } from '../../src/application/ports/log.ts';
import { AppJwts } from '../../src/infrastructure/github/app-jwts.ts';
import { GitHubClient } from '../../src/infrastructure/github/github-client.ts';
import { InstallationTokens } from '../../src/infrastructure/github/installation-tokens.ts';
import { boundedFetch } from '../../src/infrastructure/http/bounded-fetch.ts';
import { QuotaBook } from '../../src/infrastructure/github/quota-book.ts';
import { RepositorySession } from '../../src/infrastructure/github/repository-session.ts';
import { WebCryptoAppSigner } from '../../src/infrastructure/web-crypto/web-crypto-app-signer.ts';
import { YamlCompiledPolicies } from '../../src/infrastructure/yaml/yaml-compiled-policies.ts';
import type { GitHubEmulator } from './github/emulator.ts';
import type { Seed } from './seed.ts';

export const SILENT_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** For work after an answer that nobody waits for. */
export const NO_DEFERRED_TASKS: DeferredTasks = { add: () => undefined };

/**
 * An insider's way to the local GitHub, with nothing of the Worker around it.
 *
 * @param appId as an operator would configure it; the App's number unless given
 */
export function githubClient(emulator: GitHubEmulator, { app }: Seed, appId = String(app.id)): GitHubClient {
  const clock = { now: () => Date.now() };
  const server = githubServer(emulator.url, true);
  if (server === undefined) throw new Error('the emulator has no usable address');
  const signer = new WebCryptoAppSigner(new Map([[appId, { kind: 'pem', pem: app.keys.pkcs1Pem }]]));
  const { budget, deadline } = new RequestCosts(clock);
  budget.proveInsider();
  const jwts = new AppJwts(signer, clock);
  const observations = new HealthObservations();
  const quotas = new QuotaBook();
  return new GitHubClient(server, jwts, budget, deadline, quotas, observations, clock, SILENT_LOG, boundedFetch);
}

export function githubSession(emulator: GitHubEmulator, seed: Seed): RepositorySession {
  const client = githubClient(emulator, seed);
  return new RepositorySession(client, new InstallationTokens(client, NO_DEFERRED_TASKS));
}

export function seededInstallation({ app, installations }: Seed): Installation {
  const { id, account } = installations.organization;
  return { app: { name: 'default', id: String(app.id) }, id, accountId: account.id, owner: account.login };
}

export function localCompiler(): YamlCompiledPolicies {
  return new YamlCompiledPolicies({
    allowLoopbackHttp: true,
    isActionsIssuer: () => false,
    actionsIssuer: 'https://token.actions.githubusercontent.com',
    operatorListsIssuers: false,
  });
}
