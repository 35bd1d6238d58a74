import type { Installation } from '../../domain/apps.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import type { Cache, CacheEntry } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { FoldersRead, TrustPolicyRepository } from '../ports/trust-policy-repository.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { freshFor, isFresh, isYoungerThan, LONGEST_STALE_MS } from './freshness.ts';
import type { Installations } from './installations.ts';
import type { PolicyRules } from './policy-rules.ts';

/** What a file of the policy repository says: compiled, or that it is not there, not usable, or not to be read. */
export type OrganizationReading<Present> =
  | Present
  | { readonly kind: 'absent' }
  /** Every App of the pool was refused the policy repository. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'invalid' };

/** GitHub refused this installation the policy repository, with 422 and no limit. Another App's may be able to read it. */
export interface RefusedReading<Reading> {
  readonly kind: 'refused';
  /**
   * What counts where every other App is refused too: the last answer, if it is at most an hour old; else that a file
   * may once have been seen, so that its absence would have to be read. Nothing where none ever was.
   */
  readonly last?: Reading | Unavailable;
}

type FileState =
  { readonly kind: 'absent' } | { readonly kind: 'file'; readonly text: string } | { readonly kind: 'not_a_file' };

/** An organization's file, as it is kept. Kept for good: once a file was seen, only a readable absence clears it. */
export interface OrganizationFileEntry {
  readonly accountId: number;
  readonly state: FileState;
  /** The last valid text, where the present one is not. `readAt`: milliseconds since the epoch. */
  readonly lastGood?: { readonly text: string; readonly readAt: number };
}

/** What is known of an owner's file before GitHub is asked. */
export type KnownFile =
  | { readonly kind: 'entry'; readonly entry: CacheEntry<OrganizationFileEntry> }
  /** No answer about this account's file was ever kept. */
  | { readonly kind: 'never_seen' }
  /** No answer was ever kept, and every App was refused a short while ago. */
  | { readonly kind: 'believed_unreadable' }
  /** The store can't tell whether a file was ever seen, so one may have been. */
  | { readonly kind: 'untold' };

/** "No App can read the policy repository" is believed for this long. */
const UNREADABLE_MS = 5 * 60_000;

/** One kind of file: its name, and how its text is compiled. */
export interface OrganizationFileKind<Reading> {
  readonly name: string;
  /** `present` or `invalid`. */
  readonly compile: (text: string) => Reading;
}

/**
 * A file with which an organization restrains all of its repositories. What counts when it can't be read is a decision
 * about security: never is a file that may be there taken for absent.
 */
export class OrganizationFile<Reading extends { readonly kind: string }> {
  constructor(
    private readonly kind: OrganizationFileKind<Reading>,
    private readonly cache: Cache<OrganizationFileEntry>,
    private readonly installations: Installations,
    private readonly repository: TrustPolicyRepository,
    private readonly clock: Clock,
    private readonly rules: PolicyRules,
  ) {}

  async known(installation: Installation): Promise<KnownFile> {
    const found = await this.cache.find(installation.owner.toLowerCase());
    if (found.kind === 'untold') return found;
    // An account id that has changed discards what was kept under its name.
    if (found.kind === 'found' && found.entry.value.accountId === installation.accountId) {
      return { kind: 'entry', entry: found.entry };
    }
    const { unreadableAt } = await this.installations.learntOf(installation);
    const isBelieved = unreadableAt !== undefined && this.isYoungerThan(UNREADABLE_MS, unreadableAt);
    return { kind: isBelieved ? 'believed_unreadable' : 'never_seen' };
  }

  /** What may be gone by without asking GitHub. */
  fresh(known: KnownFile): OrganizationReading<Reading> | undefined {
    if (known.kind === 'believed_unreadable') return { kind: 'unreadable' };
    return known.kind === 'entry' && isFresh(known.entry, this.clock.now())
      ? this.reading(known.entry.value)
      : undefined;
  }

  /** The last answer, if it is recent enough; else whether a file may have been seen, which then can't be taken for absent. */
  last(known: KnownFile): OrganizationReading<Reading> | Unavailable | undefined {
    switch (known.kind) {
      case 'believed_unreadable':
        return { kind: 'unreadable' };
      case 'never_seen':
        return undefined;
      case 'untold':
        return notTold(
          `the policy repository can't be read, and the store can't tell whether ${this.kind.name} was seen`,
        );
      case 'entry': {
        const { value, readAt } = known.entry;
        if (this.isYoungerThan(LONGEST_STALE_MS, readAt)) return this.reading(value);
        if (value.state.kind === 'absent') return undefined;
        return notTold(`the policy repository can no longer be read, and ${this.kind.name} was seen before`);
      }
    }
  }

  /** What a read of the policy repository says, row by row of the outcome table. @param readAt when the read began */
  async after(
    installation: Installation,
    organization: FoldersRead['organization'],
    known: KnownFile,
    readAt: number,
  ): Promise<OrganizationReading<Reading> | RefusedReading<OrganizationReading<Reading>> | Unavailable> {
    if (organization.kind === 'found') {
      const file = await this.fileIn(installation, organization.folder);
      return file?.kind === 'unavailable' ? file : this.keep(installation, stateOf(file), known, readAt);
    }
    const fresh = this.fresh(known);
    if (fresh !== undefined) return fresh;
    const last = this.last(known);
    switch (organization.kind) {
      case 'unavailable':
        return last === undefined || last.kind === 'unavailable' ? organization : last;
      case 'refused':
        return last === undefined ? { kind: 'refused' } : { kind: 'refused', last };
      case 'not_found':
      case 'invisible':
        return notTold('the policy repository was told as missing, and not refused');
    }
  }

  private async fileIn(
    installation: Installation,
    { files, listingOnly, repositoryId }: { files: readonly PolicyFile[]; listingOnly: boolean; repositoryId: number },
  ): Promise<PolicyFile | Unavailable | undefined> {
    const listed = files.find(({ name }) => name === this.kind.name);
    if (listed === undefined || !listingOnly) return listed;
    return this.repository.readText(installation, this.rules.orgPolicyRepository, repositoryId, listed);
  }

  private keep(
    installation: Installation,
    state: FileState,
    known: KnownFile,
    readAt: number,
  ): OrganizationReading<Reading> {
    const last = known.kind === 'entry' ? known.entry : undefined;
    const lastGood = this.isGood(state) ? undefined : this.lastGoodOf(last);
    const { accountId, owner } = installation;
    const value = { accountId, state, ...(lastGood === undefined ? {} : { lastGood }) };
    const unchanged = last !== undefined && isSameFile(last.value, value);
    const entry = { value, readAt, revision: 0, freshForMs: freshFor(last, unchanged, this.rules.webhooksTell) };
    // A last good file that the store can't tell now must not be lost to one that is no good.
    if (known.kind !== 'untold' || this.isGood(state)) this.cache.put(owner.toLowerCase(), entry, 'shared');
    return this.reading(value);
  }

  private isGood(state: FileState): boolean {
    return state.kind === 'absent' || (state.kind === 'file' && this.kind.compile(state.text).kind === 'present');
  }

  private lastGoodOf(entry: CacheEntry<OrganizationFileEntry> | undefined): OrganizationFileEntry['lastGood'] {
    if (entry === undefined) return undefined;
    const { state, lastGood } = entry.value;
    return state.kind === 'file' && this.isGood(state) ? { text: state.text, readAt: entry.readAt } : lastGood;
  }

  private reading({ state, lastGood }: OrganizationFileEntry): OrganizationReading<Reading> {
    if (state.kind === 'absent') return state;
    const current = state.kind === 'file' ? this.kind.compile(state.text) : undefined;
    if (current?.kind === 'present') return current;
    const isUsable = lastGood !== undefined && this.isYoungerThan(LONGEST_STALE_MS, lastGood.readAt);
    return isUsable ? this.kind.compile(lastGood.text) : (current ?? { kind: 'invalid' });
  }

  private isYoungerThan(ageMs: number, timeMs: number): boolean {
    return isYoungerThan(ageMs, timeMs, this.clock.now());
  }
}

export function isSameFile(a: OrganizationFileEntry, b: OrganizationFileEntry): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function stateOf(file: PolicyFile | undefined): FileState {
  if (file === undefined) return { kind: 'absent' };
  return file.kind === 'file' && file.text !== undefined ? { kind: 'file', text: file.text } : { kind: 'not_a_file' };
}

function notTold(detail: string): Unavailable {
  return { kind: 'unavailable', cause: 'down', detail };
}
