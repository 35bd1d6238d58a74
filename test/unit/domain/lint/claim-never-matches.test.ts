import { describe, expect, it } from '@jest/globals';
import { claimNeverMatches } from '../../../../src/domain/lint/claim-never-matches.ts';
import { claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule claim-never-matches', () => {
  const of = (name: string, text: string) => ({ claimPatterns: claim(name, text) });
  const AZURE = 'https://login.microsoftonline.com/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/v2.0';
  const GITLAB = 'https://gitlab.com';

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
    expect(doubts(claimNeverMatches, ofGoogle(of('google', 'x')))).toEqual([
      {
        rule: 'claim-never-matches',
        severity: 'warning',
        path: ['claim_pattern', 'google'],
        message: '"google" is an object in tokens of Google, and no pattern matches one.',
        advice: 'Take the line away, and say it with the subject.',
      },
    ]);
    expect(doubts(claimNeverMatches, of('repository_id', 'APP'))).toEqual([
      {
        rule: 'claim-never-matches',
        severity: 'warning',
        path: ['claim_pattern', 'repository_id'],
        message: 'claim_pattern for "repository_id" never matches: GitHub Actions writes no such text there as "APP".',
        advice: 'Write its number: digits alone.',
      },
    ]);
  });

  it.each([
    ['job_workflow_ref', 'x', undefined, /^Write it in this form: OWNER\/NAME\/\.github\/workflows/],
    ['runner_environment', 'ubuntu', undefined, /^Write one of: github-hosted, self-hosted\.$/],
    ['repository_visibility', 'x', undefined, /^Write one of: public, private, internal\.$/],
    ['ref_protected', 'anyway', undefined, /^Write one of: true, false\.$/],
    ['ref_protected', 'yesterday', undefined, /^Write one of: true, false\.$/],
    ['ref_protected', 'nothing', undefined, /^Write one of: true, false\.$/],
    ['ref_protected', 'button', undefined, /^Write one of: true, false\.$/],
    ['ref_type', 'x', undefined, /^Compare it with the claims of a real token\.$/],
    ['ref', 'refs/merge-requests/1/head', GITLAB, /^Compare it with the claims of a real token\.$/],
    ['oid', 'x', AZURE, /^Write its id: a UUID in small letters\.$/],
    ['email', 'x', 'https://accounts.google.com', /^Compare it with the claims of a real token\.$/],
  ])('says what can stand in %s where nobody can tell what was meant by %s', (name, text, issuer, advice) => {
    const [doubt] = doubts(claimNeverMatches, { ...(issuer === undefined ? {} : { issuer }), ...of(name, text) });
    expect([doubt?.advice, doubt?.repair]).toEqual([expect.stringMatching(advice), undefined]);
  });

  it.each([
    ['Yes', 'true'],
    ['on', 'true'],
    ['1', 'true'],
    ['verified', 'true'],
    ['TRUE', 'true'],
    ['No', 'false'],
    ['off', 'false'],
    ['0', 'false'],
  ])('takes %s for a flag that is %s', (text, flag) => {
    const [doubt] = doubts(claimNeverMatches, ofGoogle(of('email_verified', text)));
    expect([doubt?.advice, doubt?.repair?.value]).toEqual([`Write: email_verified: '${flag}'`, flag]);
  });

  it.each([
    ['event_name', 'Pull-Request', 'pull_request'],
    ['event_name', 'pussh', 'push'],
    ['event_name', 'cron', 'schedule'],
    ['event_name', 'Merge-Queue', 'merge_group'],
    ['repository', ' a/b ', 'a/b'],
    ['repository', '(a/b|a/c) ', '(a/b|a/c)'],
  ])('repairs %s: %j, which means %s', (name, text, meant) => {
    const [doubt] = doubts(claimNeverMatches, of(name, text));
    expect(doubt?.repair?.value).toBe(meant);
  });

  it('says it in whole where a usual text was meant', () => {
    expect(doubts(claimNeverMatches, of('event_name', 'pull-requests'))).toEqual([
      {
        rule: 'claim-never-matches',
        severity: 'warning',
        path: ['claim_pattern', 'event_name'],
        message:
          'claim_pattern for "event_name" never matches: GitHub Actions writes no such text there as "pull-requests".',
        advice: 'Write: event_name: pull_request',
        repair: { path: ['claim_pattern', 'event_name'], value: 'pull_request' },
      },
    ]);
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
