import { describe, expect, it } from '@jest/globals';
import { member, parsedJson } from '../../../../src/infrastructure/json/untrusted-json.ts';

describe('a text', () => {
  it.each(['', ' ', '{', '{"a":1}}', "{'a':1}", 'NaN', '\uFEFF{}'])('that is no JSON is nothing: %j', (text) => {
    expect(parsedJson(text)).toBeUndefined();
  });

  it('is what it says', () => {
    expect(parsedJson('{"a":[1,null,"ü"]}')).toEqual({ a: [1, null, 'ü'] });
  });
});

describe('a member', () => {
  it('is the object’s own', () => {
    expect([member({ a: 1 }, 'a'), member({ a: undefined }, 'a'), member({}, 'a')]).toEqual([1, undefined, undefined]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'is nothing that every object has: %s',
    (name) => {
      expect(member(parsedJson('{}'), name)).toBeUndefined();
      expect(member(parsedJson(`{"${name}":"said"}`), name)).toBe('said');
    },
  );

  it.each([null, undefined, 'text', 7, true, () => undefined])('is nothing in what is no object: %p', (value) => {
    expect(member(value, 'length')).toBeUndefined();
  });
});
