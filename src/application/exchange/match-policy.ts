import type { Verdict } from '../../domain/trust-policy.ts';
import { Refusal } from '../refusal.ts';
import type { Proven } from './prove-caller.ts';

/** Every field of the policy holds for the caller's claims. */
export interface Matched extends Omit<Proven, 'stage'> {
  readonly stage: 'matched';
  readonly verdict: Verdict;
}

/** @throws Refusal `permission_denied` with every field that does not match, not only the first */
export function matchPolicy(proven: Proven, serviceAudiences: readonly string[]): Matched {
  const verdict = proven.policy.judge(proven.caller.claims, serviceAudiences);
  if (verdict.matched) return { ...proven, stage: 'matched', verdict };
  const mismatches = verdict.fields.filter((field) => !field.matched).map(({ field }) => field);
  throw new Refusal('permission_denied', 'The token does not match the trust policy.', {
    detail: `mismatch: ${mismatches.join(', ')}`,
    evidence: { kind: 'mismatch', verdict },
  });
}
