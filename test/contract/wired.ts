import type { DependencyContainer } from 'tsyringe';
import { RequestAllowance } from '../../src/application/request-allowance.ts';
import { DEFERRED_WORK, requestContainer, rootContainer } from '../../src/interfaces/container.ts';
import { readSettings } from '../../src/interfaces/settings.ts';
import { AdjustableClock } from '../support/clock.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { SEED_APP_ID, seedWorld } from '../support/seed.ts';
import type { Seed } from '../support/seed.ts';

export const START = new Date('2026-11-02T08:00:00Z');

/** The real adapters as the service wires them, for one request of an insider, on the local GitHub and an issuer. */
export class Wired {
  readonly clock: AdjustableClock;
  readonly emulator: GitHubEmulator;
  readonly issuer: OidcIssuer;
  readonly seed: Seed;
  readonly request: DependencyContainer;

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
      OCTO_STS_KV: { get: async () => null, put: async () => undefined },
    });
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
    this.request = requestContainer(rootContainer(result.settings, clock), 'a-request');
    this.request.resolve(RequestAllowance).proveInsider();
  }

  static async start(): Promise<Wired> {
    const clock = new AdjustableClock();
    clock.freeze(START);
    return new Wired(clock, await GitHubEmulator.start({ clock }), await OidcIssuer.start({ clock }));
  }

  /** What comes after an answer. */
  async finish(): Promise<void> {
    await this.request.resolve(DEFERRED_WORK).run();
  }

  /** @throws where GitHub was asked what its published description does not allow */
  async close(): Promise<void> {
    await this.finish();
    await this.emulator.close();
    await this.issuer.close();
    if (this.emulator.violations.length > 0) throw new Error(this.emulator.violations.join('\n'));
  }
}
