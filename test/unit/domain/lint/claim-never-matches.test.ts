import { describe, expect, it } from '@jest/globals';
import { claimNeverMatches } from '../../../../src/domain/lint/claim-never-matches.ts';
import { claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule claim-never-matches', () => {
  const of = (name: string, text: string) => ({ claimPatterns: claim(name, text) });

  it.each([
    ['ref', 'main', 'ref: refs/heads/main'],
    ['ref', '(main|dev)', "ref: 'refs/heads/(main|dev)'"],
    [
      'job_workflow_ref',
      'a/b/.github/workflows/c.yml@v1.2',
      "job_workflow_ref: 'a/b/\\.github/workflows/c\\.yml@refs/tags/v1\\.2'",
    ],
  ])('finds in %s: %s', (name, text, line) => {
    const [doubt] = doubts(claimNeverMatches, of(name, text));
    expect([doubt?.severity, doubt?.advice]).toEqual(['warning', `Write: ${line}`]);
    expect(doubt?.repair?.path).toEqual(['claim_pattern', name]);
  });

  it('finds an object, which no pattern matches, and what it can’t put right', () => {
    expect(doubts(claimNeverMatches, ofGoogle(of('google', 'x')))[0]?.message).toContain('object');
    expect(doubts(claimNeverMatches, of('repository_id', 'app'))[0]?.advice).toContain('digits');
  });

  it('leaves alone what can match, unknown claims, and what other rules name better', () => {
    expect(places(claimNeverMatches, of('ref', 'refs/(heads|tags)/.+'))).toEqual([]);
    expect(places(claimNeverMatches, of('ref', '.*'))).toEqual([]);
    expect(places(claimNeverMatches, of('environment', 'rubygems.org'))).toEqual([]);
    expect(places(claimNeverMatches, of('colour', 'x'))).toEqual([]);
    expect(places(claimNeverMatches, of('repository', '{{ repo }}'))).toEqual([]);
    expect(places(claimNeverMatches, of('ref', 'heads/*'))).toEqual([]);
    expect(places(claimNeverMatches, { issuer: 'https://idp.example.com', ...of('ref', 'main') })).toEqual([]);
  });
});
