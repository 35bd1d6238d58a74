import { beforeEach, describe, expect, it } from '@jest/globals';
import { QuotaBook } from '../../../../src/infrastructure/github/quota-book.ts';

const APP = { name: 'default', id: '7' };
const HOUR_MS = 60 * 60_000;

let book: QuotaBook;

beforeEach(() => {
  book = new QuotaBook();
});

function headers(changes: Readonly<Record<string, string>>): Headers {
  return new Headers({ 'x-ratelimit-remaining': '100', 'x-ratelimit-reset': '60', ...changes });
}

describe('what is left of a quota', () => {
  it('is what GitHub said last, until its hour is over', () => {
    book.note(APP, 'acme', 'app', headers({ 'x-ratelimit-remaining': '101' }), 0);
    book.note(APP, 'acme', 'app', headers({}), 0);
    expect([0, 59_999, 60_000].map((now) => book.remaining(APP, 'ACME', now))).toEqual([100, 100, undefined]);
  });

  it('ends within an hour where GitHub does not say when', () => {
    book.note(APP, 'acme', 'app', new Headers({ 'x-ratelimit-remaining': '5' }), 1000);
    const ends = 1000 + HOUR_MS;
    expect([book.remaining(APP, 'acme', ends - 1), book.remaining(APP, 'acme', ends)]).toEqual([5, undefined]);
  });

  it('is the lower of the App’s own and its installation’s', () => {
    book.note(APP, 'acme', 'app', headers({ 'x-ratelimit-remaining': '7' }), 0);
    book.note(APP, 'acme', 'installation', headers({ 'x-ratelimit-remaining': '9' }), 0);
    expect(book.remaining(APP, 'acme', 0)).toBe(7);
  });

  it('is nothing under a limit, until that ends', () => {
    book.note(APP, 'acme', 'app', headers({}), 0);
    book.noteLimit(APP, 'acme', 'app', 30_000);
    expect([book.remaining(APP, 'acme', 29_999), book.remaining(APP, 'acme', 30_000)]).toEqual([0, undefined]);
  });

  it('is not another App’s, nor another owner’s', () => {
    book.note(APP, 'acme', 'app', headers({}), 0);
    expect(book.remaining({ name: 'default', id: '8' }, 'acme', 0)).toBeUndefined();
    expect(book.remaining(APP, 'other', 0)).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['of another resource', { 'x-ratelimit-resource': 'graphql' }],
    ['that is no number', { 'x-ratelimit-remaining': 'many' }],
    ['below nothing', { 'x-ratelimit-remaining': '-1' }],
  ])('is unknown from a number %s', (_, changes) => {
    book.note(APP, 'acme', 'app', headers(changes), 0);
    expect(book.remaining(APP, 'acme', 0)).toBeUndefined();
  });

  it('is unknown where no header tells it', () => {
    book.note(APP, 'acme', 'app', new Headers(), 0);
    expect(book.remaining(APP, 'acme', 0)).toBeUndefined();
  });

  it('is forgotten rather than kept for more owners than there is room', () => {
    for (let owner = 0; owner <= 10_000; owner += 1) book.note(APP, `o${owner}`, 'app', headers({}), 0);
    expect([book.remaining(APP, 'o0', 0), book.remaining(APP, 'o10000', 0)]).toEqual([undefined, 100]);
  });
});
