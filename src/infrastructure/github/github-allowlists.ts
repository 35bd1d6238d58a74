import type { Installation } from '../../domain/apps.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import type { Copy } from '../kv/copy.ts';
import type { TwoLevelCache } from '../kv/two-level-cache.ts';
import { unavailable } from './github-client.ts';
import type { GitHubInstallationDirectory } from './github-installation-directory.ts';
import type { PolicyCompiler } from './policy-compiler.ts';
import { freshFor, LONGEST_STALE_MS, type AllowlistCopy, type AllowlistState } from './policy-copies.ts';

/** "No App can read the policy repository" is believed for this long. */
const UNREADABLE_MS = 5 * 60_000;

/** What is known of an owner's allowlist before GitHub is asked. */
export interface KnownAllowlist {
  readonly copy: Copy<AllowlistCopy> | undefined;
  /** No copy, and every App was refused a short while ago. */
  readonly isUnreadable: boolean;
}

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
    const found = await this.cache.get(installation.owner.toLowerCase());
    // An account id that has changed discards what was cached under its name.
    if (found?.value.accountId === installation.accountId) return { copy: found, isUnreadable: false };
    const unreadableAt = (await this.installations.copyOf(installation))?.unreadableAt ?? Number.NEGATIVE_INFINITY;
    return { copy: undefined, isUnreadable: this.clock.now() - unreadableAt < UNREADABLE_MS };
  }

  /** Every App was refused, and no list was ever seen. */
  async believeUnreadable(installation: Installation): Promise<void> {
    await this.installations.note(installation, { unreadableAt: this.clock.now() });
  }

  /** What may be gone by without asking GitHub. */
  fresh({ copy, isUnreadable }: KnownAllowlist): AllowlistReading | undefined {
    if (isUnreadable) return { kind: 'unreadable' };
    return copy !== undefined && this.cache.isFresh(copy) ? this.reading(copy.value) : undefined;
  }

  /** The last answer, if it is recent enough; else whether a list was seen, which then can't be taken for absent. */
  last({ copy, isUnreadable }: KnownAllowlist): AllowlistReading | Unavailable | undefined {
    if (isUnreadable) return { kind: 'unreadable' };
    if (copy === undefined) return undefined;
    if (this.clock.now() - copy.readAt < LONGEST_STALE_MS) return this.reading(copy.value);
    if (copy.value.state.kind === 'absent') return undefined;
    return unavailable('down', 'the policy repository can no longer be read, and its allowlist was seen before');
  }

  keep(
    installation: Installation,
    state: AllowlistState,
    { copy: last }: KnownAllowlist,
    readAt: number,
  ): AllowlistReading {
    const lastGood = this.isGood(state) ? undefined : this.lastGoodOf(last);
    const value: AllowlistCopy = {
      accountId: installation.accountId,
      state,
      ...(lastGood === undefined ? {} : { lastGood }),
    };
    const unchanged = last !== undefined && JSON.stringify(last.value) === JSON.stringify(value);
    const copy = { value, readAt, freshForMs: freshFor(last, unchanged, this.webhooksTell) };
    this.cache.put(installation.owner.toLowerCase(), copy);
    return this.reading(value);
  }

  private isGood(state: AllowlistState): boolean {
    return state.kind === 'absent' || (state.kind === 'file' && this.compiler.allowlist(state.text).kind === 'present');
  }

  private lastGoodOf(copy: Copy<AllowlistCopy> | undefined): AllowlistCopy['lastGood'] {
    if (copy === undefined) return undefined;
    const { state, lastGood } = copy.value;
    return state.kind === 'file' && this.isGood(state) ? { text: state.text, readAt: copy.readAt } : lastGood;
  }

  private reading({ state, lastGood }: AllowlistCopy): AllowlistReading {
    if (state.kind === 'absent') return state;
    const current = state.kind === 'file' ? this.compiler.allowlist(state.text) : undefined;
    if (current?.kind === 'present') return current;
    const isUsable = lastGood !== undefined && this.clock.now() - lastGood.readAt < LONGEST_STALE_MS;
    return isUsable ? this.compiler.allowlist(lastGood.text) : (current ?? { kind: 'invalid', faults: [] });
  }
}
