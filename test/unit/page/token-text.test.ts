import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readTokenText } from '../../../page/workbench/token-text.ts';

function jwt(payload: string): string {
  return ['{"alg":"RS256"}', payload, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

const CLAIMS = { iss: 'https://issuer.example.com', sub: 'grüße 🦀' };
const TOKEN = jwt(JSON.stringify(CLAIMS));

describe('a token that somebody pasted', () => {
  it.each([
    ['as it is', TOKEN],
    ['with the header around it', `Authorization: Bearer ${TOKEN}\n`],
    ['with line breaks in it', TOKEN.replace(/.{40}/g, '$&\n')],
    ['as the answer of GitHub’s endpoint', JSON.stringify({ count: 1, value: TOKEN })],
    ['as JSON text', JSON.stringify(TOKEN)],
  ])('is decoded: %s', (_, text) => {
    expect(readTokenText(text)).toEqual({ kind: 'read', source: 'token', claims: CLAIMS });
  });

  it('may be its claims', () => {
    expect(readTokenText(` ${JSON.stringify(CLAIMS)} `)).toEqual({ kind: 'read', source: 'claims', claims: CLAIMS });
  });

  it('may have a claim that is called value', () => {
    const claims = { ...CLAIMS, value: TOKEN };
    expect(readTokenText(JSON.stringify(claims))).toEqual({ kind: 'read', source: 'claims', claims });
  });

  it('keeps hostile names as claims of its own', () => {
    const reading = readTokenText('{"__proto__": {"sub": "x"}, "constructor": "y"}');
    const claims = reading.kind === 'read' ? reading.claims : {};
    expect(Object.keys(claims)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  });

  it.each([
    ['', 'empty'],
    [' \n ', 'empty'],
    ['Bearer ', 'fault'],
    ['hunter2', 'fault'],
    ['{', 'fault'],
    ['{"a": 1} trailing', 'fault'],
    ['[1]', 'fault'],
    ['a.b', 'fault'],
    ['a.b.c', 'fault'],
    ['a.b.c.d.e', 'fault'],
    [jwt('[1]'), 'fault'],
    [jwt('not JSON'), 'fault'],
    [`e30.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.x`, 'fault'],
    [`{"sub": "${'x'.repeat(70_000)}"}`, 'fault'],
    [`ghs_${'a'.repeat(36)}`, 'fault'],
  ])('or is none: %.40j is %s', (text, kind) => {
    expect(readTokenText(text).kind).toBe(kind);
  });

  it('never makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readTokenText(text)));
  });
});
