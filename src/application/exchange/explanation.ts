import type { Claims } from '../../domain/claims.ts';
import { HintTrials, MAX_HINTED_MISMATCHES, mismatchHint, type HintContext } from '../../domain/mismatch-hints.ts';
import { policyPath } from '../../domain/policy-location.ts';
import type { FieldVerdict, Verdict } from '../../domain/trust-policy.ts';
import type { ExplainedField, Explanation } from '../refusal.ts';

interface Asked {
  readonly identity: string;
}

/** For each field what was expected and what the token said, with the likely mistake where one is recognized. */
export function explainMismatch(asked: Asked, verdict: Verdict, claims: Claims, context: HintContext): Explanation {
  const hinted = new Set(verdict.fields.filter(({ matched }) => !matched).slice(0, MAX_HINTED_MISMATCHES));
  const trials = new HintTrials();
  const explain = (field: FieldVerdict): ExplainedField => {
    const hint = hinted.has(field) ? mismatchHint(field, claims, context, trials) : undefined;
    return hint === undefined ? field : { ...field, hint };
  };
  return { policy: policyPath(asked.identity), fields: verdict.fields.map(explain), notes: [] };
}

/** Sentences where there are no fields to compare. */
export function explainNotes(asked: Asked, notes: readonly string[]): Explanation {
  return { policy: policyPath(asked.identity), fields: [], notes };
}
