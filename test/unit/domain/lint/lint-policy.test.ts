import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lintPolicy, lintRuleNames, oneLineAValue } from '../../../../src/domain/lint/lint-policy.ts';
import * as rules from '../../../../src/domain/lint/rules.ts';
import { fieldsOf } from '../policies.ts';
import { notice, warning, type Doubt } from '../../../../src/domain/lint/lint-rule.ts';
import { LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { bySubject, claim, inRepository, may, ofGoogle, WITH_IDS, type Changes } from './linting.ts';

const FOLDER = join(import.meta.dirname, '../../../../src/domain/lint');
/** What is no rule. */
const MACHINERY = new Set(['glob-meaning.ts', 'lint-policy.ts', 'lint-rule.ts', 'linted-policy.ts', 'rules.ts']);

const found = (changes: Changes): readonly string[] =>
  lintPolicy(fieldsOf(changes), inRepository)
    .map(({ rule }) => rule)
    .toSorted();

describe('the list of rules', () => {
  it('holds every file of the folder once, in one line each', () => {
    const files = readdirSync(FOLDER).filter((name) => !MACHINERY.has(name));
    const list = readFileSync(join(FOLDER, 'rules.ts'), 'utf8');
    const listed = [...list.matchAll(/^export \{ \w+ \} from '\.\/(.+)';$/gm)].map(([, name]) => name);
    expect(listed).toEqual(files.toSorted());
    expect(Object.keys(rules)).toHaveLength(files.length);
  });

  it('gives each finding the name of its file, which guardrails deny by', () => {
    const files = readdirSync(FOLDER).filter((name) => !MACHINERY.has(name));
    const names = files.map((name) => name.replace('.ts', '').replace('1-1', '1.1'));
    // What the App may do is no matter of the policy.
    const deniable = names.filter((name) => name !== 'permission-not-installed');
    expect(lintRuleNames().toSorted()).toEqual(deniable.toSorted());
  });
});

describe('the linter', () => {
  it('runs all rules', () => {
    expect(found({ ...bySubject(`${WITH_IDS}:.+`), permissions: new Map([['contents', 'write']]) })).toEqual([
      'pattern-open',
      'policy-rewritable',
      'subject-admits-every-branch',
      'subject-admits-pull-requests',
    ]);
  });

  it('looks at every entry of a list of subjects, and points at it', () => {
    const doubts = lintPolicy(
      fieldsOf({ subject: undefined, subjectPatterns: [`${WITH_IDS}:ref:refs/heads/main`, `${WITH_IDS}:.+`] }),
      inRepository,
    );
    expect(new Set(doubts.map(({ path }) => path.join('.')))).toEqual(new Set(['subject_patterns.1']));
    const byName = lintPolicy(
      fieldsOf({ subject: undefined, subjects: [`${WITH_IDS}:ref:refs/heads/main`, 'repo:o/r:ref:refs/heads/main'] }),
      inRepository,
    );
    expect(byName.map(({ rule, path }) => [rule, ...path])).toEqual([['subject-by-name', 'subjects', 1]]);
  });

  it('tells its findings by the names of the rules, those of one rule as they stand in the file', () => {
    const policy = { subject: undefined, subjectPatterns: ['repo:a/.+', 'repo:b/.+'], ...may('write', 'contents') };
    expect(lintPolicy(fieldsOf(policy), inRepository).map(({ rule, path }) => `${rule} ${path.join('.')}`)).toEqual([
      'pattern-open subject_patterns.0',
      'pattern-open subject_patterns.1',
      'policy-rewritable permissions.contents',
      'subject-admits-every-branch subject_patterns.0',
      'subject-admits-every-branch subject_patterns.1',
      'subject-admits-pull-requests subject_patterns.0',
      'subject-admits-pull-requests subject_patterns.1',
    ]);
    expect(lintRuleNames()).toEqual(lintRuleNames().toSorted());
  });

  it('comes to the same findings of a rule, whichever others are asked', () => {
    const changes = { ...bySubject('repo:(?:[^:]?x?){345}.*'), claimPatterns: claim('ref', '(?:.?){690}') };
    const all = lintPolicy(fieldsOf(changes), inRepository);
    for (const name of lintRuleNames()) {
      const alone = lintPolicy(fieldsOf(changes), inRepository, { wanted: new Set([name]) });
      expect(alone).toEqual(all.filter(({ rule }) => rule === name));
    }
  });

  it('tells each finding’s severity, field and what to write instead', () => {
    expect(lintPolicy(fieldsOf(ofGoogle({ audience: '[a-z]+-b' })), inRepository)).toEqual([
      {
        rule: 'exact-like-pattern',
        severity: 'warning',
        path: ['audience'],
        message: 'audience is compared exactly, and looks like a pattern.',
        advice: expect.stringContaining('audience_pattern'),
      },
    ]);
  });

  it('lints what an invalid policy holds', () => {
    const broken = { subject: undefined, subjectPattern: '(', claimPatterns: claim('email', 'x.*') };
    expect(found(ofGoogle({ ...broken, permissions: new Map() }))).toEqual(['pattern-open']);
  });

  it('judges as many patterns as a valid policy may have, and no others', () => {
    const long = Array.from({ length: 100 }, (_, n): [string, string] => [`c${n}`, `${'ab'.repeat(450)}${n}.*`]);
    const policy = { issuer: 'https://idp.example.com', subject: 'a', claimPatterns: new Map(long) };
    const judged = new LintedPolicy(fieldsOf(policy), inRepository);
    const isJudged = (claimName: string): boolean => judged.claimRefuses(claimName, ['x']);
    expect(isJudged('c0')).toBe(true);
    expect(long.filter(([name]) => isJudged(name)).length).toBeLessThan(6);
    const costly = new Map(Array.from({ length: 100 }, (_, n) => [`c${n}`, `(?:${'ab'.repeat(11)}${n}){999}`]));
    expect(found({ ...policy, claimPatterns: costly })).toEqual([]);
  });
});

describe('what is told of the findings', () => {
  const told = (changes: Changes): readonly string[] =>
    oneLineAValue(lintPolicy(fieldsOf(changes), inRepository)).map(({ rule, path }) => `${rule} ${path.join('.')}`);

  it('is one line to write for each value: that of the whole value before its dots, quotes and names', () => {
    const policy = { subject: 'repo:o/r:ref:refs/heads/main', claimPatterns: claim('ref', 'main') };
    expect(found(policy)).toEqual(['claim-contradicts-subject', 'claim-never-matches', 'subject-by-name']);
    expect(told(policy)).toEqual(['claim-never-matches claim_pattern.ref', 'subject-by-name subject']);
    const workflow = claim('job_workflow_ref', 'o/r.x/.github/workflows/x.yml@main');
    expect(told({ ...policy, claimPatterns: workflow })).toEqual([
      'claim-never-matches claim_pattern.job_workflow_ref',
    ]);
    expect(found({ ...policy, claimPatterns: workflow })).toContain('unescaped-dot');
  });

  it('keeps what is to be said about the same value otherwise', () => {
    const open = { ...bySubject('repo:o/*:.*'), permissions: new Map([['contents', 'write']]) };
    expect(told(open)).toEqual(
      expect.arrayContaining(['pattern-like-glob subject_pattern', 'pattern-open subject_pattern']),
    );
  });

  const SUBJECT = ['subject'];
  const repair = { path: SUBJECT, value: 'x' };
  const rules = (...doubts: readonly Doubt[]): readonly string[] => oneLineAValue(doubts).map(({ rule }) => rule);

  it.each([
    ['claim-contradicts-subject'],
    ['claim-never-matches'],
    ['hidden-character'],
    ['issuer-near-miss'],
    ['subject-never-matches'],
    ['exact-like-pattern'],
    ['pattern-like-glob'],
    ['template-left'],
  ])('leaves out beside %s how the same value is written, and what it names', (rule) => {
    const doubt = warning(rule, SUBJECT, '', '');
    for (const writing of ['unescaped-dot', 'yaml-1.1', 'subject-by-name', 'subject-customized']) {
      expect(rules(doubt, notice(writing, SUBJECT, '', '', repair))).toEqual([rule]);
      expect(rules(doubt, notice(writing, ['audience'], '', '', repair))).toEqual([rule, writing]);
    }
    expect(rules(doubt, notice('pattern-open', SUBJECT, '', '', repair))).toEqual([rule, 'pattern-open']);
  });

  it('is of several reasons why a value never matches the one that can be mended best, and else the first', () => {
    const never = (rule: string, advice: string, mended?: typeof repair) => warning(rule, SUBJECT, '', advice, mended);
    const hidden = never('hidden-character', '');
    const mended = never('claim-never-matches', '', repair);
    const written = never('claim-contradicts-subject', 'Change the subject, or write: x');
    const advised = never('subject-never-matches', 'Compare it with a real token.');
    expect(rules(mended, hidden)).toEqual(['hidden-character']);
    expect(rules(hidden, mended)).toEqual(['hidden-character']);
    expect(rules(written, mended)).toEqual(['claim-never-matches']);
    expect(rules(mended, written)).toEqual(['claim-never-matches']);
    expect(rules(advised, written)).toEqual(['claim-contradicts-subject']);
    expect(rules(written, advised)).toEqual(['claim-contradicts-subject']);
    expect(rules(advised, never('claim-never-matches', 'Begin anew.'))).toEqual(['subject-never-matches']);
    expect(rules(advised, never('claim-never-matches', 'Write: x'))).toEqual(['claim-never-matches']);
  });

  it('takes two places for one only where every key is the same', () => {
    const doubts = [['claim_pattern', 'a'], ['claim_pattern', 'ab'], ['claim_patterna']].map((path) =>
      warning('claim-never-matches', path, '', ''),
    );
    expect(oneLineAValue(doubts)).toEqual(doubts);
  });
});
