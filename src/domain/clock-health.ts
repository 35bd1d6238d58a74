import type { HealthFinding } from './health-finding.ts';

/** What verifying a token tolerates; GitHub refuses an App's JWT from about a minute on. */
const TOLERANCE_MS = 30_000;
/** `Date` tells whole seconds (RFC 9110 §5.6.7). */
const GRAIN_MS = 1000;

/** @param theirs GitHub's time of an answer; @param ours ours when it came. Both in milliseconds since the epoch */
export function judgeClock(theirs: number, ours: number): readonly HealthFinding[] {
  const difference = ours - theirs;
  if (Math.abs(difference) <= TOLERANCE_MS + GRAIN_MS) return [];
  const seconds = Math.round(Math.abs(difference) / 1000);
  const message = `The clock here is ${seconds} s ${difference > 0 ? 'ahead of' : 'behind'} GitHub's.`;
  const remedy = "Set it by NTP: tokens and the App's own JWTs are refused by a clock that is off.";
  return [{ rule: 'clock-off', check: 'clock', severity: 'failing', message, remedy }];
}
