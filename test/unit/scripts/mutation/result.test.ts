import { describe, expect, it } from '@jest/globals';
import {
  isEquivalent,
  score,
  scoreText,
  stale,
  survivors,
  type FileResult,
  type Mutant,
} from '../../../../scripts/mutation/result.ts';

const FILE = 'src/domain/x.ts';
const SOURCE = ['const a = 1;', '  if (a > 0 &&', '      b) {', '  }'].join('\n');

/** A mutant of the text between two places, each a line and a column. */
function mutant(status: string, replacement: string, [line, column]: number[], [toLine, toColumn]: number[]): Mutant {
  const location = {
    start: { line: line ?? 0, column: column ?? 0 },
    end: { line: toLine ?? 0, column: toColumn ?? 0 },
  };
  return { mutatorName: 'ConditionalExpression', replacement, status, location };
}

const LIVED = mutant('Survived', 'false', [2, 7], [3, 8]);
const UNCOVERED = mutant('NoCoverage', '2', [1, 11], [1, 12]);
const RESULT: FileResult = {
  file: FILE,
  digest: '',
  mutants: [LIVED, UNCOVERED, ...['Killed', 'Timeout', 'RuntimeError'].map((status) => ({ ...LIVED, status }))],
};
const EQUIVALENT = { file: FILE, line: 'const a = 1;', original: '1', replacement: '2', why: 'nothing reads it' };

describe('what no test noticed', () => {
  const found = survivors(RESULT, SOURCE);

  it('is told with the text that is changed, over several lines too', () => {
    expect(found).toEqual([
      {
        file: FILE,
        lineNumber: 2,
        line: 'if (a > 0 &&',
        original: 'a > 0 &&\n      b',
        replacement: 'false',
        location: LIVED.location,
      },
      {
        file: FILE,
        lineNumber: 1,
        line: 'const a = 1;',
        original: '1',
        replacement: '2',
        location: UNCOVERED.location,
      },
    ]);
  });

  it('is equivalent where the list names this change of this line', () => {
    expect(found.map((one) => isEquivalent(one, [EQUIVALENT]))).toEqual([false, true]);
    for (const change of [{ file: 'y' }, { line: 'y' }, { original: 'y' }, { replacement: 'y' }])
      expect(found.some((one) => isEquivalent(one, [{ ...EQUIVALENT, ...change }]))).toBe(false);
  });

  it('shows which entries of the list are about nothing any more', () => {
    const gone = { ...EQUIVALENT, line: 'const b = 1;' };
    expect(stale([EQUIVALENT, gone], found)).toEqual([gone]);
  });
});

describe('the score', () => {
  it('counts neither what could not be run nor what is left out', () => {
    expect(score([RESULT], 0)).toEqual({ noticed: 2, counted: 4 });
    expect(score([RESULT, RESULT], 2)).toEqual({ noticed: 4, counted: 6 });
  });

  it('is told with its share', () => {
    expect([scoreText({ noticed: 2, counted: 3 }), scoreText({ noticed: 0, counted: 0 })]).toEqual([
      '2 of 3 (66.7 %)',
      '0 of 0',
    ]);
  });
});
