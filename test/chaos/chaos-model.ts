import {
  expected,
  type AllowlistDocument,
  type Ask,
  type Expected,
  type FolderState,
  type GrantExpected,
  type IssuerName,
  type OwnerState,
} from './expectation.ts';
import { POLICY_REPOSITORY, type ChaosWorld } from './chaos-world.ts';
import type { Timeline } from './timeline.ts';

const MINUTE_MS = 60_000;
/** docs/architecture.md, "Caches": a copy is fresh for 5 minutes, and for up to 15 while it is found unchanged. */
const FRESH_MS = 15 * MINUTE_MS;
const STALE_MS = 60 * MINUTE_MS;
const ABSENT_INSTALLATION_MS = 5 * MINUTE_MS;
const INSTALLATION_MS = 60 * MINUTE_MS;
const KEYS_FRESH_MS = 60 * MINUTE_MS;
const KEYS_KEPT_MS = 24 * 60 * MINUTE_MS;
/** An issuer's keys are asked for again at most once a minute. */
const REFETCH_MS = MINUTE_MS + 1000;
/** 30 s in an isolate, and 60 s until KV shows a write everywhere. */
const OTHERS_LEARN_MS = 90_000;
/** Rounding of times to seconds. */
const SLACK_MS = 1000;

/** A fact that a webhook told one isolate, which acknowledged it. */
interface Told {
  readonly key: string;
  readonly isolate: number;
  readonly at: number;
}

/** What was wrong while an exchange ran. */
export interface Weather {
  readonly github: 'well' | 'failing' | 'failing_or_refusing';
  /** `down` means that no answer comes, `odd` one that can't be used. */
  readonly issuer: 'well' | 'down' | 'odd';
}

export interface Moment {
  readonly isolate: number;
  readonly from: number;
  readonly to: number;
}

/** What GitHub would say of an installation now. */
type InstallationNow = (installationId: number) => 'live' | 'suspended' | 'gone';

interface RememberedOwner {
  readonly state: OwnerState;
  /** GitHub does not know this installation any more. */
  readonly isGone: boolean;
}

/**
 * Which answers the specification allows. An isolate may go by any state of the world that is recent enough, so every
 * consistent combination of such states is judged.
 */
export class ChaosModel {
  readonly keys = new Map<IssuerName, Timeline<readonly string[]>>();
  /** When an issuer, or KV, was last seen failing. */
  readonly lastIssuerFault = new Map<IssuerName, number>();
  lastKvFault = Number.NEGATIVE_INFINITY;
  readonly #world: ChaosWorld;
  readonly #installationNow: InstallationNow;
  readonly #told: Told[] = [];
  readonly #backward: { readonly at: number; readonly ms: number }[] = [];

  constructor(world: ChaosWorld, installationNow: InstallationNow) {
    this.#world = world;
    this.#installationNow = installationNow;
  }

  tell(keys: readonly string[], isolate: number, at: number): void {
    for (const key of keys) this.#told.push({ key, isolate, at });
  }

  /** The service's clock went back, so that everything looks younger by as much. */
  clockWentBack(ms: number, at: number): void {
    this.#backward.push({ at, ms });
  }

  expectations(ask: Ask, kid: string, moment: Moment, weather: Weather): Expected[] {
    const { owner, repository = POLICY_REPOSITORY } = ask;
    const results = new Map<string, Expected>();
    for (const ownerState of this.#ownerStates(owner, moment)) {
      for (const folder of this.#folderStates(owner, repository, moment, weather, ownerState.state)) {
        for (const list of this.#lists(owner, moment, weather, ownerState.state)) {
          for (const keyCounts of this.#keyStates(ask.issuer, kid, moment, weather)) {
            const result = expected(ask, { owner: ownerState.state, folder, list, keyCounts });
            // What is remembered of an installation that is gone can refuse. GitHub mints nothing for it any more.
            if (ownerState.isGone && result.kind === 'grant') continue;
            results.set(JSON.stringify(result), result);
          }
        }
      }
    }
    return [...results.values()];
  }

  #ownerStates(owner: string, moment: Moment): RememberedOwner[] {
    const key = `owner ${owner}`;
    const timeline = this.#world.owners.get(owner);
    const spells = timeline?.between(this.#earliest(key, moment, INSTALLATION_MS), moment.to) ?? [];
    const recentAbsence = this.#earliest(key, moment, ABSENT_INSTALLATION_MS);
    return spells.flatMap(({ value, until }) => {
      if (until === Number.POSITIVE_INFINITY) return [{ state: value, isGone: false }];
      if (value.installationId === 0) return until >= recentAbsence ? [{ state: value, isGone: false }] : [];
      // A suspension is never remembered: GitHub tells of it each time.
      const now = this.#installationNow(value.installationId);
      return [{ state: { ...value, suspended: now === 'suspended' }, isGone: now === 'gone' }];
    });
  }

  #folderStates(
    owner: string,
    repository: string,
    moment: Moment,
    weather: Weather,
    { accountId }: OwnerState,
  ): FolderState[] {
    const name = `${owner}/${repository}`;
    const from = this.#earliest(`folder ${name}`, moment, weather.github === 'well' ? FRESH_MS : STALE_MS);
    const spells = this.#world.folders.get(name)?.between(from, moment.to) ?? [];
    const own = spells.map(({ value }) => value).filter((one) => one.accountId === accountId);
    // The policies of an account that has lost its name can't be read any more under that name.
    return own.length > 0 ? own : [{ accountId, repositoryId: 0, policies: {} }];
  }

  #lists(owner: string, moment: Moment, weather: Weather, { accountId }: OwnerState): AllowlistDocument[] {
    const timeline = this.#world.lists.get(owner);
    const isWell = weather.github === 'well';
    // A list that is out of date goes on counting for an hour where GitHub gives no other.
    const from = isWell ? this.#earliest(`list ${owner}`, moment, FRESH_MS) : this.#ago(moment, STALE_MS);
    const own = (since: number): AllowlistDocument[] =>
      (timeline?.between(since, moment.to) ?? [])
        .filter(({ value }) => value.accountId === accountId)
        .map(({ value }) => value.list);
    const recent = own(from);
    const isBroken = recent.some(({ kind }) => kind === 'broken');
    const lastGood = isBroken ? own(this.#ago(moment, STALE_MS)).filter(({ kind }) => kind === 'list') : [];
    const all = [...recent, ...lastGood];
    return all.length > 0 ? all : [{ kind: 'absent' }];
  }

  #keyStates(issuer: IssuerName, kid: string, moment: Moment, weather: Weather): boolean[] {
    const timeline = this.keys.get(issuer);
    if (timeline === undefined) return [true];
    const keptMs = weather.issuer === 'down' ? KEYS_KEPT_MS : KEYS_FRESH_MS;
    const mayCount = timeline.between(this.#ago(moment, keptMs), moment.to).some(({ value }) => value.includes(kid));
    const recently = this.#ago(moment, REFETCH_MS);
    const wasPublished = timeline.between(recently, moment.to).every(({ value }) => value.includes(kid));
    const wasUp =
      (this.lastIssuerFault.get(issuer) ?? Number.NEGATIVE_INFINITY) < recently && weather.issuer === 'well';
    const mayFail = !wasPublished || !wasUp;
    return [...(mayCount ? [true] : []), ...(mayFail ? [false] : [])];
  }

  /** The earliest time whose truth may still count. */
  #earliest(key: string, moment: Moment, ageMs: number): number {
    const told = this.#told.filter((one) => one.key === key && this.#hasReached(one, moment)).map(({ at }) => at);
    return Math.max(this.#ago(moment, ageMs), ...told);
  }

  #hasReached({ isolate, at }: Told, moment: Moment): boolean {
    if (isolate === moment.isolate) return at < moment.from;
    return moment.from - Math.max(at, this.lastKvFault) > OTHERS_LEARN_MS + this.#backwardSince(at);
  }

  #ago({ from }: Moment, ageMs: number): number {
    return from - ageMs - SLACK_MS - this.#backwardSince(from - ageMs);
  }

  #backwardSince(time: number): number {
    return this.#backward.filter(({ at }) => at >= time).reduce((sum, { ms }) => sum + ms, 0);
  }
}

/** Statuses by which GitHub's failures are told. */
const GITHUB_FAILURES = [429, 502, 503, 504];
const ISSUER_FAILURES = [401, 502, 504];

/** @returns the statuses that are allowed */
export function allowedStatuses(expectations: readonly Expected[], ask: Ask, weather: Weather): ReadonlySet<number> {
  const statuses = expectations.flatMap((one) => (one.kind === 'grant' ? [200] : one.statuses));
  const github = weather.github === 'well' ? [] : GITHUB_FAILURES;
  const refused = weather.github === 'failing_or_refusing' ? [403] : [];
  const issuer = weather.issuer === 'well' ? [] : ISSUER_FAILURES;
  // Who is not proven in time gets the one generic refusal.
  const unproven = weather.issuer !== 'well' && ask.issuer === 'partner' ? [403] : [];
  return new Set([...statuses, ...github, ...refused, ...issuer, ...unproven]);
}

export function grantsOf(expectations: readonly Expected[]): GrantExpected[] {
  return expectations.filter((one) => one.kind === 'grant');
}
