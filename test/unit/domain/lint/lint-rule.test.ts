import { describe, expect, it } from '@jest/globals';
import { notice, warning } from '../../../../src/domain/lint/lint-rule.ts';

describe('a doubt', () => {
  it('is a warning or a notice, and always says what to write instead', () => {
    const said = { rule: 'r', path: ['a'], message: 'm', advice: 'w' };
    expect(warning('r', ['a'], 'm', 'w')).toEqual({ ...said, severity: 'warning' });
    expect(notice('r', ['a'], 'm', 'w')).toEqual({ ...said, severity: 'notice' });
    const repair = { path: ['a'], value: 'b' };
    expect(warning('r', ['a'], 'm', 'w', repair)).toEqual({ ...said, severity: 'warning', repair });
  });
});
