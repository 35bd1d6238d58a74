import { githubServer } from '../../src/domain/github-server.ts';
import type { Installation } from '../../src/domain/apps.ts';
import { AllowanceWindows, RequestAllowance } from '../../src/application/request-allowance.ts';
import type { Log } from '../../src/application/ports/log.ts';
import { GitHubClient } from '../../src/infrastructure/github/github-client.ts';
import { PolicyCompiler } from '../../src/infrastructure/github/policy-compiler.ts';
import { QuotaBook } from '../../src/infrastructure/github/quota-book.ts';
import { RepositorySession } from '../../src/infrastructure/github/repository-session.ts';
import { WebCryptoAppSigner } from '../../src/infrastructure/web-crypto/web-crypto-app-signer.ts';
import type { GitHubEmulator } from './github/emulator.ts';
import type { Seed } from './seed.ts';

export const SILENT_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The App's way to a repository of the local GitHub, with nothing of the Worker around it. */
export function githubSession(emulator: GitHubEmulator, { app }: Seed): RepositorySession {
  const clock = { now: () => Date.now() };
  const server = githubServer(emulator.url, true);
  if (server === undefined) throw new Error('the emulator has no usable address');
  const signer = new WebCryptoAppSigner(new Map([[String(app.id), app.keys.pkcs1Pem]]), clock);
  const allowance = new RequestAllowance(new AllowanceWindows(), clock);
  allowance.proveInsider();
  const client = new GitHubClient(server, signer, allowance, new QuotaBook(), clock, SILENT_LOG);
  return new RepositorySession(client, { add: () => undefined });
}

export function seededInstallation({ app, installations }: Seed): Installation {
  const { id, account } = installations.organization;
  return { app: { name: 'default', id: String(app.id) }, id, accountId: account.id, owner: account.login };
}

export function localCompiler(): PolicyCompiler {
  return new PolicyCompiler({ allowLoopbackHttp: true, isActionsIssuer: () => false, operatorListsIssuers: false });
}
