import { readFileSync } from 'node:fs';
import type { LockedPackage } from './lock-file.ts';

/** A published advisory about a package, whether or not our version has the fault. */
export interface Advisory {
  readonly id: string;
  readonly package: string;
  /** The first version with the fault. */
  readonly introduced: string;
  /** The first version without it. */
  readonly fixed: string;
  readonly source: string;
  readonly summary: string;
}

/** What somebody looked up, and when. */
export interface AdvisoryReview {
  /** `2026-11-25`. */
  readonly reviewed: string;
  /** The versions that were looked at, by name: every run-time package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly advisories: readonly Advisory[];
}

export function readReview(): AdvisoryReview {
  return JSON.parse(readFileSync(`${import.meta.dirname}/advisories.json`, 'utf8')) as AdvisoryReview;
}

/** Advisories that hold for a version in the lock file, tools included. */
export function affected(packages: readonly LockedPackage[], advisories: readonly Advisory[]): readonly string[] {
  return advisories.flatMap((advisory) =>
    packages
      .filter(({ name, version }) => name === advisory.package && hasFault(version, advisory))
      .map(({ path, version }) => `${path} ${version} has ${advisory.id}: ${advisory.summary}`),
  );
}

/** Run-time packages whose version nobody has looked at: an update has to be reviewed before it passes. */
export function unreviewed(packages: readonly LockedPackage[], review: AdvisoryReview): readonly string[] {
  return packages
    .filter(({ isRunTime, name, version }) => isRunTime && review.versions[name] !== version)
    .map(({ name, version }) => `${name} ${version} is not in the review of advisories of ${review.reviewed}`);
}

function hasFault(version: string, { introduced, fixed }: Advisory): boolean {
  return compareVersions(version, introduced) >= 0 && compareVersions(version, fixed) < 0;
}

/** Below zero where `a` is the older one. A pre-release comes before its release (Semantic Versioning 2.0.0 §11). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  const difference = left.numbers.map((one, at) => one - (right.numbers[at] ?? 0)).find((one) => one !== 0);
  return difference ?? Number(right.isPreRelease) - Number(left.isPreRelease);
}

function parts(version: string): { readonly numbers: readonly number[]; readonly isPreRelease: boolean } {
  const [release = '', preRelease] = version.split('+')[0]?.split(/-(.*)/s) ?? [];
  return { numbers: release.split('.').map(Number), isPreRelease: preRelease !== undefined };
}
