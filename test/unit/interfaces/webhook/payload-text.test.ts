import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_PARSED_BYTES, payloadText } from '../../../../src/interfaces/webhook/payload-text.ts';

const encoder = new TextEncoder();
const parsed = (text: string, isForm = false): unknown => {
  try {
    return JSON.parse(payloadText(encoder.encode(text), isForm).text);
  } catch {
    return 'no JSON';
  }
};

/** Longer than is parsed, and full of what could be taken for the structure around it. */
const LONG = Array.from({ length: 20_000 }, (_, n) => ({
  id: `\\"},{"ref":"x${n}\\\\`,
  added: ['a,b', '}]', '{"é😀'],
}));

describe('a payload that is not long', () => {
  it('is taken as it is', () => {
    const whole = (text: string) => ({ text, isCut: false });
    for (const text of ['{"a":1}', '', 'no JSON', '[1]'])
      expect(payloadText(encoder.encode(text), false)).toEqual(whole(text));
    const edge = `{"a":"${'x'.repeat(MAX_PARSED_BYTES - 8)}"}`;
    expect(payloadText(encoder.encode(edge), false)).toEqual(whole(edge));
    const large = JSON.stringify({ pull_request: { body: 'ab,[{"\\'.repeat(40_000) }, labels: LONG.slice(0, 1000) });
    expect(payloadText(encoder.encode(large), false)).toEqual(whole(large));
  });

  it('is taken out of a form', () => {
    expect(parsed('payload=%7B%22a%22%3A+1%7D&b=2', true)).toEqual({ a: 1 });
    expect(parsed('b=2', true)).toBe('no JSON');
  });
});

describe('a payload that is long', () => {
  it.each([
    ['in between', { ref: 'r', before: 'b', commits: LONG, repository: { name: 'app' }, forced: true }],
    ['at its end', { ref: 'r', repository: { name: 'app' }, commits: LONG }],
    ['at its beginning', { commits: LONG, ref: 'r', repository: { name: 'app' } }],
    ['in two places', { ref: 'r', commits: LONG, middle: 1, more: LONG, repository: { name: 'app' } }],
  ])('keeps the members around what is long %s', (_, payload) => {
    const text = JSON.stringify(payload);
    expect(text.length).toBeGreaterThan(MAX_PARSED_BYTES);
    const short = Object.fromEntries(
      Object.entries(payload).filter(([name]) => !['commits', 'more', 'middle'].includes(name)),
    );
    expect(parsed(text)).toEqual(short);
    expect(parsed(` \n${text}\n `)).toEqual(short);
    expect(parsed(`payload=${encodeURIComponent(text)}`, true)).toEqual(short);
  });

  it('counts as long where it has more structure than any of GitHub’s', () => {
    const members = { ref: 'r', repository: { name: 'app' } };
    const keys = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k${n}`, 1]));
    for (const long of [keys, Object.keys(keys), Object.keys(keys).map(() => [])]) {
      const text = JSON.stringify({ ref: 'r', long, repository: { name: 'app' } });
      expect(text.length).toBeLessThan(MAX_PARSED_BYTES);
      expect(parsed(text)).toEqual(members);
    }
    expect(parsed('['.repeat(100_000))).toBe('no JSON');
  });

  it('is nothing where one member takes all of it', () => {
    expect(parsed(JSON.stringify({ commits: LONG }))).toEqual({});
    expect(parsed('['.repeat(MAX_PARSED_BYTES))).toBe('no JSON');
    expect(parsed(`{"a":${'['.repeat(MAX_PARSED_BYTES)}${']'.repeat(MAX_PARSED_BYTES)}}`)).toEqual({});
    expect(parsed(`[${'1,'.repeat(MAX_PARSED_BYTES)}1]`)).toBe('no JSON');
    expect(parsed(`b=${encodeURIComponent(JSON.stringify({ commits: LONG }))}`, true)).toBe('no JSON');
    expect(parsed(`payload=${encodeURIComponent(JSON.stringify({ commits: LONG }))}&b=1`, true)).toBe('no JSON');
  });

  it('never gives a member another value than it has', () => {
    const name = fc.string({ minLength: 1, maxLength: 8 });
    const check = (before: object, after: object, part: string): void => {
      const long = part.repeat(Math.ceil(MAX_PARSED_BYTES / part.length));
      const payload = { ...before, long, list: [long, after], ...after };
      const found = parsed(JSON.stringify(payload)) as Record<string, unknown>;
      for (const [key, value] of Object.entries(found)) expect(value).toEqual(Reflect.get(payload, key));
    };
    const members = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    const part = fc.constantFrom('\\', '"', '\\"', '{', '},"ref":"x",', 'é', '😀', ',', '","');
    fc.assert(fc.property(members, members, part, check), { seed: 12, numRuns: 40 });
  });
});
