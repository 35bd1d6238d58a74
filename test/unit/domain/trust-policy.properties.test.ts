import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Claims, type ClaimValue, type RawClaims } from '../../../src/domain/claims.ts';
import { slashFault } from '../../../src/domain/host-bound-pattern.ts';
import { MAX_PATTERN_INSTRUCTIONS, Pattern } from '../../../src/domain/pattern.ts';
import { TrustPolicy, type PolicyFields } from '../../../src/domain/trust-policy.ts';
import { fieldsOf, repositoryLevel } from './policies.ts';

const SEED = 20_260_301;
const AUDIENCE = 'sts.example.com';

/** Syntax that RE2 and JavaScript's `u` mode read alike, so that a naive evaluation can be the oracle. */
const patternPart = fc.constantFrom(
  'a',
  'b',
  'ab',
  '.',
  '[ab]',
  '[^a]',
  'a*',
  'b+',
  'a?',
  '(a|b)',
  '(?:ab|a)',
  'a|b',
  '^',
  '$',
  '\\.',
  'a{2}',
  'true',
  '1',
);
const source = fc.oneof(
  patternPart,
  fc.constant('.*'),
  fc.array(patternPart, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
);
const word = fc.constantFrom('a', 'b', 'ab', 'aa', 'true', '1');
const text = fc.oneof(
  { weight: 3, arbitrary: word },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(word, fc.constantFrom('.', '\n', ' ')), { maxLength: 4 })
      .map((parts) => parts.join('')),
  },
);
const scalar = fc.oneof(text, fc.boolean(), fc.constantFrom(1, 11, 1.5, 2 ** 53, -1), fc.constant(null));
const claim: fc.Arbitrary<ClaimValue> = fc.oneof(
  text,
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ a: text }),
);
const claimName = fc.constantFrom('ref', 'actor', 'constructor', '__proto__', 'toString');
const ISSUER = 'https://a.b';
const often = <T>(arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight: 4, arbitrary });
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight: 1, arbitrary });

const issuerField: fc.Arbitrary<object> = fc.oneof(
  often(fc.constantFrom({ issuer: ISSUER }, { issuerPattern: 'https://.+' })),
  seldom(source.map((issuerPattern) => ({ issuerPattern }))),
);
const subjectField: fc.Arbitrary<object> = fc.oneof(
  word.map((subject) => ({ subject })),
  source.map((subjectPattern) => ({ subjectPattern })),
);
const audienceField: fc.Arbitrary<object> = fc.oneof(
  often(fc.constantFrom({}, { audience: 'a' }, { audiencePattern: 'a|sts.+' })),
  seldom(source.map((audiencePattern) => ({ audiencePattern }))),
);
const fields: fc.Arbitrary<PolicyFields> = fc
  .tuple(issuerField, subjectField, audienceField, fc.dictionary(claimName, source, { maxKeys: 2 }))
  .map(([issuer, subject, audience, patterns]) => {
    const absent = { issuer: undefined, subject: undefined };
    const claimPatterns = new Map(Object.entries(patterns));
    return fieldsOf({ ...absent, ...issuer, ...subject, ...audience, claimPatterns });
  });
const claims: fc.Arbitrary<RawClaims> = fc
  .tuple(
    fc.oneof(often(fc.constant(ISSUER)), seldom(claim)),
    claim,
    fc.oneof(often(fc.constantFrom<ClaimValue>(AUDIENCE, 'a', [AUDIENCE, 'a'])), seldom(claim)),
    fc.dictionary(claimName, claim, { maxKeys: 5 }),
  )
  .map(([iss, sub, aud, others]) => ({ ...others, iss, sub, aud }));

/** The specification's table, once more and with nothing shared: JavaScript's own engine, no classes. */
function holdsNaively(policy: PolicyFields, raw: RawClaims): boolean {
  const whole = (pattern: string, value: string): boolean => new RegExp(`^(?:${pattern})$`, 'u').test(value);
  const own = (name: string): ClaimValue | undefined => Object.entries(raw).find(([key]) => key === name)?.[1];
  const textOf = (one: ClaimValue | undefined): readonly string[] => {
    if (typeof one === 'string') return [one];
    if (typeof one === 'boolean') return [one ? 'true' : 'false'];
    return typeof one === 'number' && Math.abs(one) < 2 ** 53 && one % 1 === 0 ? [one.toFixed(0)] : [];
  };
  const texts = (value: ClaimValue | undefined): readonly string[] => [value].flat().flatMap(textOf);
  const sub = own('sub');
  const aud = [own('aud')].flat().filter((one) => typeof one === 'string');
  const iss = own('iss');
  const issuerHolds =
    policy.issuer === undefined
      ? whole(policy.issuerPattern ?? '', typeof iss === 'string' ? iss : '')
      : iss === policy.issuer;
  const usable = typeof sub === 'string' && sub !== '' && !sub.includes('\n');
  const subjectHolds =
    usable && (policy.subject === undefined ? whole(policy.subjectPattern ?? '', sub) : sub === policy.subject);
  const audienceHolds = aud.some((one) =>
    policy.audiencePattern === undefined ? one === (policy.audience ?? AUDIENCE) : whole(policy.audiencePattern, one),
  );
  const claimsHold = [...policy.claimPatterns].every(([name, pattern]) =>
    texts(own(name)).some((one) => whole(pattern, one)),
  );
  return issuerHolds && subjectHolds && audienceHolds && claimsHold;
}

function judge(policy: PolicyFields, raw: RawClaims): boolean | undefined {
  const compiled = TrustPolicy.compile(policy, repositoryLevel);
  return compiled.kind === 'valid' ? compiled.policy.judge(new Claims(raw), [AUDIENCE]).matched : undefined;
}

describe('a judgement', () => {
  it('is a match exactly if every field holds when evaluated naively', () => {
    let matches = 0;
    fc.assert(
      fc.property(fields, claims, (policy, raw) => {
        const matched = judge(policy, raw);
        if (matched === undefined) return;
        matches += matched ? 1 : 0;
        expect(matched).toBe(holdsNaively(policy, raw));
      }),
      { seed: SEED, numRuns: 6000 },
    );
    expect(matches).toBeGreaterThan(50);
  });

  it('never turns from a refusal into a grant when a constraint is added', () => {
    fc.assert(
      fc.property(fields, claims, claimName, source, (policy, raw, name, pattern) => {
        fc.pre(!policy.claimPatterns.has(name));
        const stricter = { ...policy, claimPatterns: new Map([...policy.claimPatterns, [name, pattern]]) };
        if (judge(policy, raw) === false) expect(judge(stricter, raw)).not.toBe(true);
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it('is a match exactly if all its fields are', () => {
    fc.assert(
      fc.property(fields, claims, (policy, raw) => {
        const compiled = TrustPolicy.compile(policy, repositoryLevel);
        if (compiled.kind === 'invalid') return;
        const verdict = compiled.policy.judge(new Claims(raw), [AUDIENCE]);
        expect(verdict.matched).toBe(verdict.fields.every(({ matched }) => matched));
        expect(verdict.fields).toHaveLength(3 + policy.claimPatterns.size);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

const anyPart = fc.constantFrom(
  'a',
  '.',
  '[a-z]',
  '\\pL',
  '(',
  ')',
  '(?:',
  '|',
  '*',
  '+',
  '?',
  '{2}',
  '{50}',
  '{1,300}',
  '{1000}',
  '(?i)',
  '\\Q',
  '\\E',
  '[',
  ']',
  '\\',
  '^',
  '$',
  '\\b',
  '{',
  '}',
  '(a?){100}',
  '(.*)*',
  '(a|aa)+',
  'x{9}',
);
const anySource = fc.oneof(
  fc.array(anyPart, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

describe('a pattern of any kind', () => {
  it('is refused or bounded: never a throw, and never more than its instructions for each character', () => {
    const value = 'aab'.repeat(334).slice(0, 1000);
    let slowestMs = 0;
    fc.assert(
      fc.property(anySource, (pattern) => {
        const result = Pattern.compile(pattern);
        if (result.kind === 'refused') return;
        expect(result.pattern.instructions).toBeLessThanOrEqual(MAX_PATTERN_INSTRUCTIONS);
        const started = performance.now();
        result.pattern.matches(value);
        slowestMs = Math.max(slowestMs, performance.now() - started);
      }),
      { seed: SEED, numRuns: 5000 },
    );
    // No measurement: a pattern without the bound would take minutes.
    expect(slowestMs).toBeLessThan(20_000);
  });

  it('that is bound to its host matches texts with one number of slashes alone', () => {
    const part = fc.constantFrom(
      'a',
      '/',
      '[/]',
      '\\x2f',
      '.',
      '[^/]',
      '[a-z]',
      '(?:',
      ')',
      '|',
      '*',
      '?',
      '+',
      '{2}',
      '(/a)',
      '\\S',
      'h\\.com',
    );
    const pattern = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
    const values = fc.array(
      fc.array(fc.constantFrom('a', '/', '/a', 'h.com', '//'), { maxLength: 4 }).map((parts) => parts.join('')),
      { minLength: 10, maxLength: 30 },
    );
    fc.assert(
      fc.property(pattern, values, (one, texts) => {
        const result = Pattern.compile(one);
        if (result.kind === 'refused' || slashFault(result.pattern.automaton) !== undefined) return;
        const counts = texts.filter((value) => result.pattern.matches(value)).map((value) => value.split('/').length);
        expect(new Set(counts).size).toBeLessThanOrEqual(1);
      }),
      { seed: SEED, numRuns: 5000 },
    );
  });
});
