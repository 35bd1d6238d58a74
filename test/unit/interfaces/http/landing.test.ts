import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { VERSION } from '../../../../src/interfaces/http/landing.ts';

it('tells the version of the package', () => {
  const manifest = readFileSync(new URL('../../../../package.json', import.meta.url).pathname, 'utf8');
  expect(VERSION).toBe((JSON.parse(manifest) as { version: string }).version);
});
