import type { AcceptedPermissions } from './accepted-permissions.ts';

/** A GitHub App that may mint for an organization, by the name that the operator gave it. */
export interface App {
  readonly name: string;
  /** GitHub's number of the App, in decimal, or the App's client ID: as the operator configured it. */
  readonly id: string;
}

const APP_NUMBER = /^[0-9]{1,18}$/;
/** `Iv1.8a61f9b3a7aba766` or, since 2024, `Iv23liSBCrQTZdGvOFgD`. */
const CLIENT_ID = /^Iv[A-Za-z0-9.]{8,60}$/;

export function isAppNumber(id: string): boolean {
  return APP_NUMBER.test(id);
}

/** Whether GitHub could take this as the `iss` of an App's JWT. */
export function isAppId(id: string): boolean {
  return isAppNumber(id) || CLIENT_ID.test(id);
}

/** An App's installation on an account. Another account can take over a name, but never an id. */
export interface Installation {
  readonly app: App;
  readonly id: number;
  readonly accountId: number;
  /** The account's name, as the caller spelled it. */
  readonly owner: string;
  /** Nothing where it is not known: GitHub did not say, or the cache entry is of an older version. */
  readonly accepted?: AcceptedPermissions;
}

/** Requests that an App should keep in hand (`OCTOSTS_QUOTA_FLOOR_SOFT`, `OCTOSTS_QUOTA_FLOOR_HARD`). */
export interface QuotaFloors {
  readonly soft: number;
  readonly hard: number;
}

/**
 * Orders a pool by what is left of each App's quota: those above the soft floor, then above the hard one, then the rest,
 * each group in the operator's order. Unknown counts as full. Nothing is excluded: the quota only orders.
 */
export function orderByQuota(
  apps: readonly App[],
  remaining: (app: App) => number | undefined,
  floors: QuotaFloors,
): readonly App[] {
  const tier = (app: App): number => {
    const left = remaining(app) ?? Number.POSITIVE_INFINITY;
    if (left > floors.soft) return 0;
    return left > floors.hard ? 1 : 2;
  };
  return apps
    .map((app) => ({ app, tier: tier(app) }))
    .sort((a, b) => a.tier - b.tier)
    .map(({ app }) => app);
}

/**
 * Rendezvous hashing: every isolate picks the same order for the same key without storing anything, and an App that
 * joins or leaves moves only the keys that are its own. GitHub lets only the App that made a check run update it.
 */
export function orderByRendezvous(apps: readonly App[], key: string): readonly App[] {
  return apps
    .map((app) => ({ app, weight: hash32(`${app.id}\n${key}`) }))
    .sort((a, b) => b.weight - a.weight || (a.app.id < b.app.id ? -1 : 1))
    .map(({ app }) => app);
}

/** FNV-1a over UTF-16 code units, then the finalizer of MurmurHash3 so that near keys land far apart. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
