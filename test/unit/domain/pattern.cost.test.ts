import { describe, expect, it } from '@jest/globals';
import { IssuerAllowlist } from '../../../src/domain/issuer-allowlist.ts';
import { ALLOWLIST_PATTERN_LIMITS, POLICY_PATTERN_LIMITS } from '../../../src/domain/pattern-budget.ts';
import { MAX_CLASS_NUMBERS, Pattern } from '../../../src/domain/pattern.ts';
import { MAX_JUDGEMENT_STEPS, MatchingSteps } from '../../../src/domain/pattern-matching.ts';
import { compile } from './policies.ts';

const LAST = '\u{10fff0}';

const compiled = (source: string): Pattern => {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(`${source} ${result.reason}`);
  return result.pattern;
};
const reason = (source: string): string => {
  const result = Pattern.compile(source);
  return result.kind === 'refused' ? result.reason : 'compiles';
};
const rules = (sources: readonly string[]): readonly string[] => {
  const result = compile({ claimPatterns: new Map(sources.map((source, n) => [`c${n}`, source])) });
  return result.kind === 'valid' ? [] : result.faults.map(({ rule }) => rule);
};

describe('classes beyond ASCII', () => {
  it.each([
    '[\\p{L}\\p{N}_.-]+',
    '\\p{L}{14}',
    '(?i)\\p{L}+ [a-z0-9-]+',
    '[^\\x00-\\x7F]+',
    '(?i)[^\\x00-\\x7F]+',
    '(?i)[^\\x{00}-\\x{7f}]+',
    '[\\x80-\\xff]{16}',
    '[à-ü]{16}',
    '(?i)[äöü]{16}',
    '[^/:]{500}',
    '(?:[a-z]\\pN){16}',
    '\\Q\\pL[à-ü]\\E{20}',
    '\\\\pL{20}',
    '(?-i)[à-ü]',
    '(?i)[a-zä-]',
  ])('are ordinary in %s', (source) => expect(reason(source)).toBe('compiles'));

  it.each([
    '\\p{L}{900}',
    '\\pN{17}',
    '\\PN{0,17}',
    '(?:\\pN{4}){5}',
    '(?:[à-ü]a|[^\\x{80}]){9}',
    '[\\x80]{17}',
    '[\\200]{17}',
    '[ä]{17}',
    `[${'\\pN'.repeat(17)}]`,
    `[${'\\pN'.repeat(17)}`,
    `[]${'\\pN'.repeat(17)}`,
  ])('are too many in %s', (source) => expect(reason(source)).toContain('more than 16 character classes beyond ASCII'));

  it.each([
    `(?i)${`[B-${LAST}]`.repeat(160)}`,
    `(?i)${'[^\\pL]'.repeat(160)}`,
    `(?i)[B-${LAST}]`,
    '(?i)[a-\\x{10fff0}]',
    '(?i)[a-\\xff]',
    '(?i)[a-\\377]',
    '(?i)[\\PL]',
    '[à-ü](?i:a)',
    '(?s-m:(?mi-s:[à-ü]))',
  ])('are not folded in %.40s', (source) => expect(reason(source)).toContain('ignores case'));

  it.each([`[B-${LAST}`, `[]B-${LAST}`, `[^]B-${LAST}`, `[[:alpha:]B-${LAST}`, `[B-${LAST}\\`])(
    'are not folded either in %s, which nothing closes',
    (source) => expect(reason(`(?i)${source}`)).toContain('ignores case'),
  );

  it('are not folded in any number within ASCII', () => {
    expect(reason(`(?i)[${'!-~'.repeat(64)}]`)).toBe('compiles');
    expect(reason(`(?i)[${'!-~'.repeat(65)}]`)).toContain('more than 64 ranges');
    expect(reason(`[${'!-~'.repeat(65)}]`)).toBe('compiles');
  });

  it('hold a bounded count of numbers once compiled', () => {
    expect(compiled('\\pL{14}').classNumbers).toBeLessThanOrEqual(MAX_CLASS_NUMBERS);
    expect(reason('\\pL{15}')).toContain('more than 20000 numbers');
  });

  it('are bounded in an allowlist too', () => {
    const fields = { issuers: [], issuerPatterns: ['https://a\\.b/\\pN{17}'] };
    const result = IssuerAllowlist.compile(fields, { allowLoopbackHttp: false });
    expect(result).toMatchObject({ kind: 'invalid', faults: [{ rule: 'pattern' }] });
  });
});

describe('the classes of a policy', () => {
  it('are within its budget where they are ordinary', () => {
    expect(rules(Array.from({ length: 20 }, () => '[\\p{L}\\p{N}-]+'))).toEqual([]);
    expect(rules(Array.from({ length: 100 }, () => '[^/:]+'))).toEqual([]);
  });

  it('hold a bounded count of numbers', () => {
    const each = compiled('\\pL{10}').classNumbers;
    const enough = Math.floor(POLICY_PATTERN_LIMITS.classNumbers / each);
    expect(rules(Array.from({ length: enough }, () => '\\pL{10}'))).toEqual([]);
    expect(rules(Array.from({ length: enough + 1 }, () => '\\pL{10}'))).toEqual(['policy-cost']);
  });

  it('are bounded in count, whether or not they compile', () => {
    const count = POLICY_PATTERN_LIMITS.wideClasses / 16;
    const distinct = (total: number, end = ''): readonly string[] =>
      Array.from({ length: total }, (_, index) => `[à-ü]{16}${index}${end}`);
    expect(rules(distinct(count))).toEqual([]);
    expect(rules(distinct(count + 1))).toEqual(['policy-cost']);
    const broken = rules(distinct(100, '('));
    expect(broken).toEqual([...Array<string>(count).fill('pattern'), 'policy-cost']);
  });

  it('that are too many in one pattern are that pattern’s fault alone', () =>
    expect(rules(['\\pL{900}', 'a'])).toEqual(['pattern']));
});

describe('the patterns of a policy', () => {
  it('fold a bounded number of ranges', () => {
    const count = POLICY_PATTERN_LIMITS.foldedRanges / 64;
    const folding = (index: number): string => `(?i)[${'!-~'.repeat(64)}]${index}`;
    expect(rules(Array.from({ length: count }, (_, index) => folding(index)))).toEqual([]);
    expect(rules(Array.from({ length: count + 1 }, (_, index) => folding(index)))).toEqual(['policy-cost']);
  });

  it('take a bounded effort to compile together, whether or not they compile', () => {
    // 150 characters and 100 atoms.
    const long = (index: number): string => `[ab]{51}${'a|b'.repeat(24)}[${'a'.repeat(68)}]${index}`;
    const count = Math.floor(POLICY_PATTERN_LIMITS.effort / 255);
    expect(rules(Array.from({ length: count }, (_, index) => long(index)))).toEqual([]);
    expect(rules(Array.from({ length: count + 1 }, (_, index) => long(index)))).toEqual(['policy-cost']);
    const broken = rules(Array.from({ length: 60 }, (_, index) => `${long(index)}(`));
    expect(broken).toEqual([...Array<string>(count).fill('pattern'), 'policy-cost']);
  });
});

describe('the patterns of an allowlist', () => {
  const faults = (count: number, pattern: (index: number) => string): readonly string[] => {
    const issuerPatterns = Array.from({ length: count }, (_, index) => pattern(index));
    const result = IssuerAllowlist.compile({ issuers: [], issuerPatterns }, { allowLoopbackHttp: false });
    return result.kind === 'valid' ? [] : result.faults.map(({ rule }) => rule);
  };

  it('take a bounded effort to compile together', () => {
    const host = (index: number): string => `https://[a-z0-9-]{1,40}\\.host${index}\\.com`;
    expect(faults(10, host)).toEqual([]);
    expect(faults(16, host)).toEqual(['policy-cost']);
    expect(faults(16, (index) => `https://a\\.host${index}\\.com`)).toEqual([]);
    expect(ALLOWLIST_PATTERN_LIMITS.effort).toBeLessThan(POLICY_PATTERN_LIMITS.effort);
  });

  it('share the steps of one judgement, and what these do not reach is not listed', () => {
    const costly = 'https://(?:[a-z]*[a-y]*){30}[0-9]';
    const list = (issuerPatterns: readonly string[]): IssuerAllowlist => {
      const result = IssuerAllowlist.compile(
        { issuers: ['https://a.b'], issuerPatterns },
        { allowLoopbackHttp: false },
      );
      if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
      return result.allowlist;
    };
    const issuer = `https://${'a'.repeat(240)}`;
    const same = `https://[a]{240}`;
    expect(list([costly, same]).lists(issuer)).toBe(true);
    expect(list([...Array<string>(9).fill(costly), same]).lists(issuer)).toBe(false);
    expect(list([...Array<string>(9).fill(costly), same]).lists('https://a.b')).toBe(true);
  });
});

describe('matching', () => {
  const steps = (): MatchingSteps => new MatchingSteps();

  it('does not try a text of more than 1,000 characters', () => {
    expect(compiled('(?s).*').matchAny(['😀'.repeat(1000)], steps())).toBe('matched');
    expect(compiled('(?s).*').matchAny(['😀'.repeat(1001)], steps())).toBe('too-long');
    expect(compiled('a').matchAny(['a'.repeat(1001)], steps())).toBe('too-long');
    expect(compiled('a').matchAny(['a'.repeat(1001), 'a'], steps())).toBe('matched');
    expect(compiled('a').matchAny(['a'.repeat(1001), 'b'], steps())).toBe('too-long');
  });

  it('takes at most one step an instruction and character', () => {
    const pattern = compiled('(?:a?){90}a*');
    const length = Math.floor(MAX_JUDGEMENT_STEPS / pattern.instructions) - 2;
    expect(pattern.matchAny(['a'.repeat(length)], steps())).toBe('matched');
  });

  it('ends where the steps do, in one text or over many', () => {
    const pattern = compiled('.*a[ab]{990}');
    expect(pattern.matchAny(['ab'.repeat(500)], steps())).toBe('too-costly');
    const few = steps();
    expect(pattern.matchAny(['ab'.repeat(100)], few)).toBe('unmatched');
    const results = Array.from({ length: 20 }, () => pattern.matchAny(['ab'.repeat(100)], few));
    expect(results.at(-1)).toBe('too-costly');
    expect(compiled('a').matchAny(['a'], few)).toBe('too-costly');
  });

  it('ends in a long list of short texts', () => {
    const texts = Array.from({ length: 20_000 }, () => 'b');
    expect(compiled('a').matchAny(texts, steps())).toBe('too-costly');
    expect(compiled('a?').matchAny(texts, steps())).toBe('too-costly');
  });

  it('comes to the same however often it was done before', () => {
    const pattern = compiled('(?:.*a.{40}|.*b.{40}).*');
    const results = Array.from({ length: 5 }, () => pattern.matchAny(['ab'.repeat(400)], steps()));
    expect(new Set(results).size).toBe(1);
  });
});
