import { describe, expect, it } from '@jest/globals';
import { explainMismatch, explainNotes } from '../../../../src/application/exchange/explanation.ts';
import { Claims } from '../../../../src/domain/claims.ts';
import type { FieldVerdict } from '../../../../src/domain/trust-policy.ts';

const claims = new Claims({ iss: 'https://issuer.example.com', sub: 'x' });
const context = { serviceAudience: 'sts.example.com', isActionsIssuer: () => false };
const mismatch = (): FieldVerdict => ({ field: 'subject', expected: 'X', actual: 'x', matched: false });
const match = (): FieldVerdict => ({ field: 'subject', expected: 'x', actual: 'x', matched: true });

function hints(fields: readonly FieldVerdict[]): readonly boolean[] {
  const explanation = explainMismatch({ identity: 'ci' }, { matched: false, fields }, claims, context);
  return explanation.fields.map(({ hint }) => hint !== undefined);
}

describe('an explanation', () => {
  it('names the policy and every field, those that match too', () => {
    const explanation = explainMismatch(
      { identity: 'ci' },
      { matched: false, fields: [match(), mismatch()] },
      claims,
      context,
    );
    expect([explanation.policy, explanation.notes]).toEqual(['.github/chainguard/ci.sts.yaml', []]);
    expect(explanation.fields.map(({ matched }) => matched)).toEqual([true, false]);
  });

  it('gives a hint for what does not match, and none for what does', () => {
    expect(hints([match(), mismatch()])).toEqual([false, true]);
  });

  it('looks into the first ten mismatches of a token, however many there are', () => {
    const fields = [match(), ...Array.from({ length: 12 }, mismatch)];
    expect(hints(fields)).toEqual([false, ...Array<boolean>(10).fill(true), false, false]);
  });
});

describe('notes', () => {
  it('stand beside the policy’s path where there are no fields to compare', () => {
    expect(explainNotes({ identity: 'ci' }, ['One.', 'Two.'])).toEqual({
      policy: '.github/chainguard/ci.sts.yaml',
      fields: [],
      notes: ['One.', 'Two.'],
    });
  });
});
