import { describe, expect, it } from '@jest/globals';
import { migrated, versionOf, type Schema } from '../../../../src/infrastructure/cache/schema.ts';

const SCHEMA: Schema<string> = {
  isValue: (value): value is string => typeof value === 'string',
  migrations: [(value) => [value], (value) => JSON.stringify(value)],
};

describe('a value of a cache', () => {
  it('has one version more than there are migrations', () => {
    expect([versionOf({ ...SCHEMA, migrations: [] }), versionOf(SCHEMA)]).toEqual([1, 3]);
  });

  it.each([
    [1, 7, '[7]'],
    [2, [7], '[7]'],
    [3, 'as it is', 'as it is'],
  ])('of version %i is lifted to the present one', (version, value, lifted) => {
    expect(migrated(SCHEMA, version, value)).toBe(lifted);
  });

  it.each([0, -1, 4])('of version %i, which never was or is yet to come, is none', (version) => {
    expect(migrated(SCHEMA, version, 'text')).toBeUndefined();
  });

  it('of another shape is none', () => {
    expect(migrated(SCHEMA, 3, 7)).toBeUndefined();
  });
});
