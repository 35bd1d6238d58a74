import { expect, it } from '@jest/globals';
import { subjectKey } from '../../../src/domain/health-finding.ts';

it('tells subjects apart by kind and name', () => {
  expect(subjectKey({ kind: 'app', name: 'default' })).not.toBe(subjectKey({ kind: 'hook', name: 'default' }));
});
