import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { draftFields, draftText, type DraftField } from '../../../page/workbench/draft.ts';
import { judge, type Judgement } from '../../../page/workbench/judgement.ts';
import type { RawClaims } from '../../../src/domain/claims.ts';

const AUDIENCES = ['sts.example.com', 'https://sts.example.com'];
const SERVICE = { host: 'sts.example.com', origin: 'https://sts.example.com', isLocal: false };

const ACTIONS: RawClaims = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: 'repo:acme/app:ref:refs/heads/main',
  aud: 'sts.example.com',
  repository: 'acme/app',
  repository_id: '456789',
  repository_owner_id: '123456',
  ref: 'refs/heads/main',
  event_name: 'push',
  job_workflow_ref: 'acme/app/.github/workflows/release.yml@refs/heads/main',
  run_id: '30433642',
  actor: 'octocat',
  iat: 1_800_000_000,
  exp: 1_800_000_300,
};

function judged(policy: string, claims: RawClaims): Judgement {
  const question = { policy, scope: 'acme/app', identity: 'deploy', github: '', policyRepository: '' };
  return judge({ ...question, token: JSON.stringify(claims) }, SERVICE, 1_800_000_000);
}

function draft(claims: RawClaims, chosen: ReadonlyMap<string, number> = new Map()): string {
  return draftText(draftFields(claims, AUDIENCES), chosen);
}

/** The choice of a field whose label has this text. */
function choice(fields: readonly DraftField[], name: string, label: string): [string, number] {
  const at = fields.find((field) => field.name === name)?.choices.findIndex((one) => one.label.includes(label)) ?? -1;
  if (at < 0) throw new Error(`${name} has no ${label}`);
  return [name, at];
}

describe('the policy from a token', () => {
  it('is tight: ids, workflow, branch and event, and nothing that changes or repeats', () => {
    expect(draft(ACTIONS)).toBe(`issuer: https://token.actions.githubusercontent.com
subject: repo:acme/app:ref:refs/heads/main
claim_pattern:
  repository_id: '456789'
  repository_owner_id: '123456'
  ref: refs/heads/main
  event_name: push
  job_workflow_ref: 'acme/app/\\.github/workflows/release\\.yml@refs/heads/main'
permissions:
  contents: read
`);
  });

  it('is loosened field by field', () => {
    const fields = draftFields(ACTIONS, AUDIENCES);
    const chosen = new Map([
      choice(fields, 'subject', 'refs/heads/…'),
      choice(fields, 'claim_pattern.ref', 'not checked'),
      choice(fields, 'claim_pattern.job_workflow_ref', 'refs/heads/…'),
    ]);
    const text = draftText(fields, chosen);
    expect(text).toContain("subject_pattern: 'repo:acme/app:ref:refs/heads/[^/:@]+'");
    expect(text).not.toMatch(/^ {2}ref:/m);
    const branch = { sub: 'repo:acme/app:ref:refs/heads/x', ref: 'refs/heads/x' };
    const workflow = 'acme/app/.github/workflows/release.yml@refs/heads/x';
    expect(judged(text, { ...ACTIONS, ...branch, job_workflow_ref: workflow }).match?.matched).toBe(true);
    expect(judged(text, { ...ACTIONS, sub: 'repo:acme/other:ref:refs/heads/x' }).match?.matched).toBe(false);
  });

  it('takes the next run too where the subject holds the commit', () => {
    const claims = (commit: string, branch = 'main'): RawClaims => ({
      iss: 'https://agent.buildkite.com',
      sub: `organization:acme:pipeline:app:ref:refs/heads/${branch}:commit:${commit}:step:release`,
      aud: 'sts.example.com',
      build_commit: commit,
    });
    const text = draft(claims('9f3182061f1e2cca4702c368cbc039b7dc9d4485'));
    const next = '1b3182061f1e2cca4702c368cbc039b7dc9d4499';
    expect(judged(text, claims(next)).match?.matched).toBe(true);
    expect(judged(text, claims(next, 'other')).match?.matched).toBe(false);
  });

  it('names an audience only where the token is for another service', () => {
    expect(draft(ACTIONS)).not.toContain('audience');
    expect(draft({ ...ACTIONS, aud: 'https://github.com/acme' })).toContain('audience: https://github.com/acme');
  });

  it.each<[string, RawClaims]>([
    ['no issuer', { sub: 'x' }],
    ['no subject', { iss: 'https://issuer.example.com' }],
    ['a subject with control characters', { iss: 'https://issuer.example.com', sub: 'a\u0000b' }],
    ['claims that are lists and numbers where texts belong', { iss: ['x'], sub: 7 }],
  ])('is none for a token with %s', (_, claims) => {
    expect(draftFields(claims, AUDIENCES)).toEqual([]);
  });

  it('leaves out what no policy can match', () => {
    const odd = {
      list: [],
      object: { a: 1 },
      nothing: null,
      float: 1.5,
      long: 'x'.repeat(2000),
      empty: '',
      'a\nb': 'x',
    };
    expect(draftFields({ ...ACTIONS, ...odd }, AUDIENCES)).toEqual(draftFields(ACTIONS, AUDIENCES));
  });

  it('is a policy that takes its token, whatever the claims hold', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 }), fc.constant(null));
    const claims = fc.record({ sub: text, extra: fc.dictionary(text, value, { maxKeys: 6 }) });
    let written = 0;
    fc.assert(
      fc.property(claims, fc.integer({ min: 0, max: 3 }), ({ sub, extra }, taken) => {
        const raw = { ...extra, iss: 'https://issuer.example.com', sub, aud: 'sts.example.com' } as RawClaims;
        const fields = draftFields(raw, AUDIENCES);
        if (fields.length === 0) return;
        const policy = draftText(fields, new Map(fields.map(({ name, choices }) => [name, taken % choices.length])));
        const { findings, match } = judged(policy, raw);
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(match?.fields.filter(({ matched }) => !matched)).toEqual([]);
        written += 1;
      }),
    );
    expect(written).toBeGreaterThan(50);
  });
});
