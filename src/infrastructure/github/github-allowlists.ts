import type { Installation } from '../../domain/apps.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { isYoungerThan, type CacheEntry } from '../cache/cache-entry.ts';
import type { TwoLevelCache } from '../cache/two-level-cache.ts';
import { unavailable } from './github-client.ts';
import type { GitHubInstallationDirectory } from './github-installation-directory.ts';
import type { PolicyCompiler } from './policy-compiler.ts';
import { freshFor, LONGEST_STALE_MS, type AllowlistCopy, type AllowlistState } from './policy-copies.ts';

/** "No App can read the policy repository" is believed for this long. */
const UNREADABLE_MS = 5 * 60_000;

/** What is known of an owner's allowlist before GitHub is asked. */
export type KnownAllowlist =
  | { readonly kind: 'known'; readonly entry: CacheEntry<AllowlistCopy> }
  /** No answer about this account's list was ever kept. */
  | { readonly kind: 'never_seen' }
  /** No answer was ever kept, and every App was refused a short while ago. */
  | { readonly kind: 'believed_unreadable' }
  /** The store can't tell whether a list was ever seen, so one may have been. */
  | { readonly kind: 'untold' };

/** Organizations' issuer allowlists as they were read, one an owner: what is still good, and what was good last. */
export class GitHubAllowlists {
  constructor(
    private readonly cache: TwoLevelCache<AllowlistCopy>,
    private readonly installations: GitHubInstallationDirectory,
    private readonly compiler: PolicyCompiler,
    private readonly clock: Clock,
    private readonly webhooksTell: boolean,
  ) {}

  async known(installation: Installation): Promise<KnownAllowlist> {
    const found = await this.cache.find(installation.owner.toLowerCase());
    if (found.kind === 'untold') return found;
    // An account id that has changed discards what was cached under its name.
    if (found.kind === 'found' && found.entry.value.accountId === installation.accountId) {
      return { kind: 'known', entry: found.entry };
    }
    const unreadableAt = (await this.installations.copyOf(installation))?.unreadableAt;
    const isBelieved = unreadableAt !== undefined && this.isYoungerThan(UNREADABLE_MS, unreadableAt);
    return { kind: isBelieved ? 'believed_unreadable' : 'never_seen' };
  }

  /** Every App was refused, and no list was ever seen. */
  async believeUnreadable(installation: Installation): Promise<void> {
    await this.installations.note(installation, { unreadableAt: this.clock.now() });
  }

  /** What may be gone by without asking GitHub. */
  fresh(known: KnownAllowlist): AllowlistReading | undefined {
    if (known.kind === 'believed_unreadable') return { kind: 'unreadable' };
    return known.kind === 'known' && this.cache.isFresh(known.entry) ? this.reading(known.entry.value) : undefined;
  }

  /** The last answer, if it is recent enough; else whether a list may have been seen, which then can't be taken for absent. */
  last(known: KnownAllowlist): AllowlistReading | Unavailable | undefined {
    if (known.kind === 'believed_unreadable') return { kind: 'unreadable' };
    if (known.kind === 'never_seen') return undefined;
    if (known.kind === 'untold') {
      return unavailable(
        'down',
        'the policy repository can’t be read, and the store can’t tell whether a list was seen',
      );
    }
    const { entry } = known;
    if (this.isYoungerThan(LONGEST_STALE_MS, entry.readAt)) return this.reading(entry.value);
    if (entry.value.state.kind === 'absent') return undefined;
    return unavailable('down', 'the policy repository can no longer be read, and its allowlist was seen before');
  }

  keep(installation: Installation, state: AllowlistState, known: KnownAllowlist, readAt: number): AllowlistReading {
    const last = known.kind === 'known' ? known.entry : undefined;
    const lastGood = this.isGood(state) ? undefined : this.lastGoodOf(last);
    const value: AllowlistCopy = {
      accountId: installation.accountId,
      state,
      ...(lastGood === undefined ? {} : { lastGood }),
    };
    const unchanged = last !== undefined && JSON.stringify(last.value) === JSON.stringify(value);
    const entry = { value, readAt, revision: 0, freshForMs: freshFor(last, unchanged, this.webhooksTell) };
    const key = installation.owner.toLowerCase();
    // A last good list that the store can't tell now must not be lost to one that is no good.
    if (known.kind !== 'untold' || this.isGood(state)) this.cache.put(key, entry);
    return this.reading(value);
  }

  private isYoungerThan(ageMs: number, timeMs: number): boolean {
    return isYoungerThan(ageMs, timeMs, this.clock.now());
  }

  private isGood(state: AllowlistState): boolean {
    return state.kind === 'absent' || (state.kind === 'file' && this.compiler.allowlist(state.text).kind === 'present');
  }

  private lastGoodOf(entry: CacheEntry<AllowlistCopy> | undefined): AllowlistCopy['lastGood'] {
    if (entry === undefined) return undefined;
    const { state, lastGood } = entry.value;
    return state.kind === 'file' && this.isGood(state) ? { text: state.text, readAt: entry.readAt } : lastGood;
  }

  private reading({ state, lastGood }: AllowlistCopy): AllowlistReading {
    if (state.kind === 'absent') return state;
    const current = state.kind === 'file' ? this.compiler.allowlist(state.text) : undefined;
    if (current?.kind === 'present') return current;
    const isUsable = lastGood !== undefined && this.isYoungerThan(LONGEST_STALE_MS, lastGood.readAt);
    return isUsable ? this.compiler.allowlist(lastGood.text) : (current ?? { kind: 'invalid', faults: [] });
  }
}
