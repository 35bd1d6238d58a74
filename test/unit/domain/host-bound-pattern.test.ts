import { describe, expect, it } from '@jest/globals';
import { slashFault } from '../../../src/domain/host-bound-pattern.ts';
import { OPERATION, type Automaton, type AutomatonInstruction } from '../../../src/domain/automaton.ts';
import { Pattern } from '../../../src/domain/pattern.ts';

const TAKES_MORE = expect.stringContaining('takes "/" as well as other characters') as unknown;
const COUNTS_DIFFER = expect.stringContaining('different numbers of "/"') as unknown;

function faultOf(source: string): string | undefined {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return slashFault(result.pattern.automaton);
}

describe('a pattern that cannot stretch past its host', () => {
  it.each([
    'https://gitlab\\.example\\.com',
    'https://[^/]+\\.example\\.com',
    'https://[a-z0-9-]+\\.example\\.com/tenant/[0-9a-f]{8}',
    'https://(a|b)\\.example\\.com',
    'https:(//a|//b)',
    'https://a/(x|yy|)/z',
    'https:\\x2f\\x2fa',
    'https:/{2}a',
    '[^/]*',
    '',
    // The branch with one slash more leads to no match.
    'https://a(/[^\\x{0}-\\x{10FFFF}])?',
  ])('is let through: %s', (source) => {
    expect(faultOf(source)).toBeUndefined();
  });
});

describe('a part that takes "/" as well as other characters', () => {
  it.each([
    'https://.*\\.example\\.com',
    'https://.+',
    '(?s)https://.',
    'https://[^a]+',
    'https://\\S+',
    'https://\\W',
    'https://[a/]',
    'https://[.-0]',
    'https://\\PL',
    'https://[[:punct:]]',
    // Either character alone is harmless; both in one place are not.
    'https:/(/|x)',
  ])('is a fault: %s', (source) => {
    expect([TAKES_MORE, COUNTS_DIFFER]).toContainEqual(faultOf(source));
    expect(faultOf(source)).toBeDefined();
  });

  it.each(['https://.+', 'https://[^a]+', 'https://[.-0]', 'https://\\S+'])('is told as such: %s', (source) => {
    expect(faultOf(source)).toEqual(TAKES_MORE);
  });
});

describe('a number of "/" that is not fixed', () => {
  it.each([
    ['optional', 'https://a/?'],
    ['repeated', 'https://a/+'],
    ['repeated or left out', 'https://a/*'],
    ['counted up to a bound', 'https:/{1,2}a'],
    ['inside a group that is optional', 'https://a(/b)?'],
    ['inside a group that is repeated', 'https://a(?:b/)*c'],
    ['in one alternative alone', 'https://a(/b|c)'],
    ['in alternatives of the whole', 'https://a|https://a/b'],
    ['in an alternative that is empty', 'https://a(|/)'],
  ])('is a fault where one is %s: %s', (_, source) => {
    expect(faultOf(source)).toEqual(COUNTS_DIFFER);
  });
});

describe('an automaton', () => {
  const SLASH = 0x2f;
  const instruction = (op: number, out = 0, arg = 0): AutomatonInstruction => ({
    op,
    out,
    arg,
    runes: op === OPERATION.oneRune ? [SLASH] : [],
    matchRune: (rune) => rune === SLASH,
  });
  const program = (...instructions: readonly AutomatonInstruction[]): Automaton => ({
    start: 1,
    numInst: () => instructions.length,
    getInst: (pc) => instructions[pc] ?? instruction(OPERATION.fail),
  });

  const fail = instruction(OPERATION.fail);
  const end = instruction(OPERATION.match);

  it('with two ends has to reach both with one number of "/"', () => {
    const either = instruction(OPERATION.alternative, 2, 3);
    expect(slashFault(program(fail, either, end, instruction(OPERATION.oneRune, 4), end))).toEqual(COUNTS_DIFFER);
    expect(slashFault(program(fail, either, end, instruction(OPERATION.nothing, 4), end))).toBeUndefined();
  });

  it('may have any number of "/" where that leads to no end', () => {
    const either = (one: number, other: number): AutomatonInstruction => instruction(OPERATION.alternative, one, other);
    const deadEnd = [either(3, 4), instruction(OPERATION.oneRune, 4), instruction(OPERATION.nothing, 0)];
    expect(slashFault(program(fail, either(2, 5), ...deadEnd, end))).toBeUndefined();
    expect(
      slashFault(program(fail, either(2, 5), ...deadEnd.slice(0, 2), instruction(OPERATION.nothing, 5), end)),
    ).toEqual(COUNTS_DIFFER);
  });
});
