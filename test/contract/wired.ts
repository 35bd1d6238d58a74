import type { App, Installation } from '../../src/domain/apps.ts';
import { RequestBudget } from '../../src/application/budget/request-budget.ts';
import { MemoryCacheStore } from '../../src/infrastructure/memory/memory-cache-store.ts';
import type { RequestScope } from '../../src/interfaces/composition.ts';
import { appSigner } from '../../src/infrastructure/app-keys/app-keys.ts';
import { compose, DEFERRED_TASK_LIST, requestScope } from '../../src/interfaces/container.ts';
import { readSettings } from '../../src/interfaces/settings.ts';
import { AdjustableClock } from '../support/clock.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { SEED_APP_ID, SEED_ORGANIZATION_ID, seedWorld } from '../support/seed.ts';
import type { Seed } from '../support/seed.ts';

export const START = new Date('2026-11-02T08:00:00Z');
export const SEED_APP: App = { name: 'default', id: String(SEED_APP_ID) };
/** Of the organization acme, as the adapters in memory have it too. */
export const SEED_INSTALLATION: Installation = {
  app: SEED_APP,
  owner: 'acme',
  id: 8001,
  accountId: SEED_ORGANIZATION_ID,
};

/** The real adapters as the service wires them, for one request of an insider, on the local GitHub and an issuer. */
export class Wired {
  readonly clock: AdjustableClock;
  readonly emulator: GitHubEmulator;
  readonly issuer: OidcIssuer;
  readonly seed: Seed;
  readonly request: RequestScope;

  private constructor(clock: AdjustableClock, emulator: GitHubEmulator, issuer: OidcIssuer) {
    this.clock = clock;
    this.emulator = emulator;
    this.issuer = issuer;
    this.seed = seedWorld(emulator, { oidcIssuer: issuer.issuer });
    const result = readSettings({
      STS_DOMAIN: 'sts.example.com',
      GITHUB_BASE_URL: emulator.url,
      GITHUB_APP_ID: SEED_APP_ID,
      GITHUB_APP_PRIVATE_KEY: this.seed.app.keys.pkcs1Pem,
      ALLOW_LOOPBACK_HTTP: true,
      LOG_LEVEL: 'error',
    });
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
    const { settings } = result;
    const platform = {
      store: new MemoryCacheStore(clock),
      rateLimiter: undefined,
      metrics: undefined,
      defer: () => undefined,
    };
    this.request = requestScope(compose(settings, clock, appSigner(settings)), platform, 'a-request');
    this.request.resolve(RequestBudget).proveInsider();
  }

  static async start(): Promise<Wired> {
    const clock = new AdjustableClock();
    clock.freeze(START);
    return new Wired(clock, await GitHubEmulator.start({ clock }), await OidcIssuer.start({ clock }));
  }

  /** What comes after an answer. */
  async finish(): Promise<void> {
    await this.request.resolve(DEFERRED_TASK_LIST).run();
  }

  /** @throws where GitHub was asked what its published description does not allow */
  async close(): Promise<void> {
    await this.finish();
    await this.emulator.close();
    await this.issuer.close();
    if (this.emulator.violations.length > 0) throw new Error(this.emulator.violations.join('\n'));
  }
}
