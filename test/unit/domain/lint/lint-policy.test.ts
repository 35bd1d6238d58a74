import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lintPolicy, lintRuleNames, oneLineAValue } from '../../../../src/domain/lint/lint-policy.ts';
import * as rules from '../../../../src/domain/lint/rules.ts';
import { fieldsOf } from '../policies.ts';
import { LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { bySubject, claim, inRepository, ofGoogle, WITH_IDS, type Changes } from './linting.ts';

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
});
