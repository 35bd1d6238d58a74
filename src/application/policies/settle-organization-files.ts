import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import { APP_DIRECTORY, type AppDirectory } from '../ports/app-directory.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { LOG, type Log } from '../ports/log.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { Refusal } from '../refusal.ts';
import { Installations } from './installations.ts';
import type { RefusedReading } from './organization-file.ts';
import type { OrganizationFound, OrganizationReadings } from './organization-files.ts';
import { ReadPolicies } from './read-policies.ts';

const NOTHING_READ: OrganizationFound = { allowlist: { kind: 'refused' }, guardrails: { kind: 'refused' } };

/**
 * The answers about an organization's files where the App that read the policy was refused the policy repository. "Nobody
 * can read it" is believed only when every App was refused, on installations looked up afresh: it lets every issuer
 * federate, and restrains nobody.
 */
@injectable()
export class SettleOrganizationFiles {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(Installations) private readonly installations: Installations,
    @inject(ReadPolicies) private readonly policies: ReadPolicies,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Refusal where GitHub gives no answer, or a file may have been seen that can't be read now */
  async settle(reader: Installation, found: OrganizationFound): Promise<OrganizationReadings> {
    if (isSettled(found)) return found;
    const { organization, unavailable } = await this.throughOthers(reader, found);
    if (isSettled(organization)) return organization;
    return {
      allowlist: await this.answer(reader, 'issuer_allowlist', organization.allowlist, unavailable),
      guardrails: await this.answer(reader, 'guardrails', organization.guardrails, unavailable),
    };
  }

  private async answer<Reading extends { readonly kind: string }>(
    reader: Installation,
    name: string,
    found: Reading | RefusedReading<Reading>,
    unavailable: Unavailable | undefined,
  ): Promise<Reading | { readonly kind: 'unreadable' }> {
    if (!isRefused(found)) return found;
    const answer = found.last ?? unavailable;
    if (isUnavailable(answer)) throw Refusal.unavailable(answer, 'GitHub');
    if (answer !== undefined) return answer;
    this.log.warn(`${name}_unreadable`, { owner: reader.owner });
    await this.installations.learn(reader, { unreadableAt: this.clock.now() });
    return { kind: 'unreadable' };
  }

  private async throughOthers(
    reader: Installation,
    found: OrganizationFound,
  ): Promise<{ readonly organization: OrganizationFound; readonly unavailable: Unavailable | undefined }> {
    let organization = found;
    let unavailable: Unavailable | undefined = await this.replaced(reader);
    for (const app of this.apps.poolOf(reader.owner)) {
      if (isSettled(organization)) break;
      if (app.name === reader.app.name) continue;
      const other = await this.through(app, reader.owner);
      if ('kind' in other) unavailable = other;
      else organization = completed(organization, other);
    }
    return { organization, unavailable };
  }

  /** An App that is not installed there can't read anything there either. */
  private async through(app: App, owner: string): Promise<OrganizationFound | Unavailable> {
    const found = await this.installations.find(app, owner, 'afresh');
    if (found.kind === 'absent') return NOTHING_READ;
    return found.kind === 'found' ? this.policies.readOrganization(found.installation) : found;
  }

  /** What an installation was refused says nothing where another has taken its place. */
  private async replaced({ app, owner, id }: Installation): Promise<Unavailable | undefined> {
    const now = await this.installations.find(app, owner, 'afresh');
    if (now.kind === 'unavailable') return now;
    if (now.kind === 'found' && now.installation.id === id) return undefined;
    return { kind: 'unavailable', cause: 'down', detail: 'the installation has changed while it was read' };
  }
}

function isSettled(found: OrganizationFound): found is OrganizationReadings {
  return !isRefused(found.allowlist) && !isRefused(found.guardrails);
}

/** What one App was refused, another may have read. */
function completed(found: OrganizationFound, other: OrganizationFound): OrganizationFound {
  return {
    allowlist: isRefused(found.allowlist) && !isRefused(other.allowlist) ? other.allowlist : found.allowlist,
    guardrails: isRefused(found.guardrails) && !isRefused(other.guardrails) ? other.guardrails : found.guardrails,
  };
}

function isRefused<Reading extends { readonly kind: string }>(
  found: Reading | RefusedReading<Reading>,
): found is RefusedReading<Reading> {
  return found.kind === 'refused';
}

function isUnavailable(answer: { readonly kind: string } | Unavailable | undefined): answer is Unavailable {
  return answer?.kind === 'unavailable';
}
