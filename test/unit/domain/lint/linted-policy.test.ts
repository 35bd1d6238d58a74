import { describe, expect, it } from '@jest/globals';
import { isWriteLevel, LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { fieldsOf } from '../policies.ts';
import { bySubject, claim, GOOGLE, inOrganization, inRepository, ofGoogle, type Changes } from './linting.ts';

const policy = (changes: Changes, context = inRepository): LintedPolicy => new LintedPolicy(fieldsOf(changes), context);

describe('a policy that is linted', () => {
  it('parts its conditions into patterns and exact values', () => {
    const { patterns, exactValues, subjects } = policy({
      ...bySubject('a+'),
      audience: 'b',
      claimPatterns: claim('c', 'd'),
    });
    expect(patterns.map(({ path }) => path.join('.'))).toEqual(['subject_pattern', 'claim_pattern.c']);
    expect(exactValues.map(({ path }) => path.join('.'))).toEqual(['issuer', 'audience']);
    expect(subjects.map(({ text }) => text)).toEqual(['a+']);
  });

  it('is for GitHub Actions by its exact issuer, or by a pattern that matches that', () => {
    const byPattern = (issuerPattern: string): Changes => ({ issuer: undefined, issuerPattern });
    expect(policy({}).isForActions).toBe(true);
    expect(policy({ issuer: GOOGLE }).isForActions).toBe(false);
    expect(policy(byPattern('https://token\\.actions\\.githubusercontent\\.com')).isForActions).toBe(true);
    expect(policy(byPattern('https://token\\.actions\\.githubusercontent\\.com/acme')).isForActions).toBe(true);
    expect(policy(byPattern('https://token\\.actions\\.githubusercontent\\.com/a/b')).isForActions).toBe(false);
    expect(policy(byPattern('https://idp\\.example\\.com')).isForActions).toBe(false);
    expect(policy(byPattern('(')).isForActions).toBe(false);
  });

  it('reaches its own repository unless it names others, whatever the letters’ case', () => {
    expect(policy({}).reachesOwnRepository).toBe(true);
    expect(policy({}, inOrganization).reachesOwnRepository).toBe(true);
    expect(policy({ repositories: ['.GITHUB'] }, inOrganization).reachesOwnRepository).toBe(true);
    expect(policy({ repositories: ['app'] }, inOrganization).reachesOwnRepository).toBe(false);
    expect(policy({ callerRepositoryOnly: true }, inOrganization).reachesOwnRepository).toBe(false);
    expect(policy({ callerRepositoryOnly: true, repositories: ['.github'] }, inOrganization).reachesOwnRepository).toBe(
      true,
    );
  });

  it('knows which claims refuse a value anyway: patterns that compile alone count', () => {
    const main = policy(ofGoogle({ claimPatterns: claim('ref', 'refs/heads/main') }));
    expect(main.claimRefuses('ref', ['refs/heads/x'])).toBe(true);
    expect(main.claimRefuses('ref', ['refs/heads/x', 'refs/heads/main'])).toBe(false);
    expect(main.claimRefuses('event_name', ['push'])).toBe(false);
    expect(policy(ofGoogle({ claimPatterns: claim('ref', '(') })).claimRefuses('ref', ['x'])).toBe(false);
  });

  it('answers for patterns alone what they match and admit', () => {
    const [subject] = policy(bySubject('a[0-9]+')).subjects;
    const [exact] = policy({ subject: 'a1' }).subjects;
    if (subject === undefined || exact === undefined) throw new Error('no subject');
    const linted = policy(bySubject('a[0-9]+'));
    expect([linted.mayMatch(subject, 'a1'), linted.mayMatch(subject, 'b')]).toEqual([true, false]);
    expect([linted.admits(subject, ['a', { anyExcept: ':' }]), linted.admits(subject, ['b'])]).toEqual([true, false]);
    expect([linted.mayMatch(exact, 'a1'), linted.admits(exact, ['a1'])]).toEqual([false, false]);
  });
});

describe('what takes too many steps to tell', () => {
  const long = 'repo:(?:[^:]?x?){345}:ref:.*';
  const costly = policy({ ...bySubject(long), claimPatterns: claim('ref', '(?:.?){690}') });
  const parts = ['repo:', { anyExcept: ':' }, `:${'ref:refs/heads/x'.repeat(20)}`];
  const subjectOf = ({ subjects: [subject] }: LintedPolicy) => {
    if (subject === undefined) throw new Error('no subject');
    return subject;
  };

  it('may match, may be admitted, and is no ground for leaving a finding out', () => {
    costly.renewSteps();
    expect(costly.mayMatch(subjectOf(costly), `repo:${'ax'.repeat(400)}`)).toBe(true);
    costly.renewSteps();
    expect(costly.claimRefuses('ref', ['a'.repeat(900)])).toBe(false);
    expect(costly.mayAdmit(subjectOf(costly), parts)).toBe(true);
    expect(costly.admits(subjectOf(costly), parts)).toBe(false);
    expect(costly.claimRulesOut('ref', ['x'])).toBe(false);
    costly.renewSteps();
    expect(costly.admits(subjectOf(costly), ['repo:a:ref:x'])).toBe(true);
  });
});

describe('levels that write', () => {
  it.each([
    ['write', true],
    ['admin', true],
    ['read', false],
    [undefined, false],
  ])('%s: %s', (level, writes) => expect(isWriteLevel(level)).toBe(writes));
});
