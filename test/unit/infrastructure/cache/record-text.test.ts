import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordText, storeAnswer } from '../../../../src/infrastructure/cache/record-text.ts';

describe('the text of a record', () => {
  it('is read as what was written, whatever the value', () => {
    const record = fc.record({
      value: fc.jsonValue(),
      readAt: fc.nat(),
      revision: fc.nat(),
      freshForMs: fc.nat(),
    });
    fc.assert(
      fc.property(record, fc.nat(), (written, version) => {
        const kept = JSON.parse(JSON.stringify(written)) as typeof written;
        expect(storeAnswer(recordText(written, version))).toEqual({ kind: 'found', record: kept, version });
      }),
    );
  });

  it('never lets a value pass for the record around it', () => {
    const value = { v: 9, purgedAt: 1, readAt: 2, freshForMs: 3, value: 'inner' };
    const record = { value, readAt: 7, revision: 0, freshForMs: 8 };
    expect(storeAnswer(recordText(record, 1))).toEqual({ kind: 'found', record, version: 1 });
  });

  it('is found or unreadable, whatever somebody put there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['found', 'unreadable']).toContain(storeAnswer(text).kind);
      }),
    );
  });
});
