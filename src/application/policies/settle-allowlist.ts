import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import { APP_DIRECTORY, type AppDirectory } from '../ports/app-directory.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { LOG, type Log } from '../ports/log.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { Refusal } from '../refusal.ts';
import { Installations } from './installations.ts';
import type { RefusedReading } from './organization-file.ts';
import { ReadPolicies, type AllowlistFound } from './read-policies.ts';

/**
 * The answer about the allowlist where the App that read the policy was refused the policy repository. "Nobody can read
 * it" is believed only when every App was refused, on installations looked up afresh: it lets every issuer federate.
 */
@injectable()
export class SettleAllowlist {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(Installations) private readonly installations: Installations,
    @inject(ReadPolicies) private readonly policies: ReadPolicies,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Refusal where GitHub gives no answer, or a list may have been seen that can't be read now */
  async settle(reader: Installation, { last }: RefusedReading<AllowlistReading>): Promise<AllowlistReading> {
    const others = await this.throughOthers(reader);
    if (others.kind !== 'refused' && others.kind !== 'unavailable') return others;
    const answer = last ?? (others.kind === 'unavailable' ? others : undefined);
    if (answer?.kind === 'unavailable') throw Refusal.unavailable(answer, 'GitHub');
    if (answer !== undefined) return answer;
    this.log.warn('issuer_allowlist_unreadable', { owner: reader.owner });
    await this.installations.learn(reader, { unreadableAt: this.clock.now() });
    return { kind: 'unreadable' };
  }

  private async throughOthers(reader: Installation): Promise<AllowlistFound | Unavailable> {
    let unavailable: Unavailable | undefined = await this.replaced(reader);
    for (const app of this.apps.poolOf(reader.owner)) {
      if (app.name === reader.app.name) continue;
      const allowlist = await this.through(app, reader.owner);
      if (allowlist.kind === 'unavailable') unavailable = allowlist;
      else if (allowlist.kind !== 'refused') return allowlist;
    }
    return unavailable ?? { kind: 'refused' };
  }

  /** An App that is not installed there can't read anything there either. */
  private async through(app: App, owner: string): Promise<AllowlistFound | Unavailable> {
    const found = await this.installations.find(app, owner, 'afresh');
    if (found.kind === 'absent') return { kind: 'refused' };
    return found.kind === 'found' ? this.policies.readAllowlist(found.installation) : found;
  }

  /** What an installation was refused says nothing where another has taken its place. */
  private async replaced({ app, owner, id }: Installation): Promise<Unavailable | undefined> {
    const now = await this.installations.find(app, owner, 'afresh');
    if (now.kind === 'unavailable') return now;
    if (now.kind === 'found' && now.installation.id === id) return undefined;
    return { kind: 'unavailable', cause: 'down', detail: 'the installation has changed while it was read' };
  }
}
