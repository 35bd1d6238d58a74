import { describe, expect, it } from '@jest/globals';
import { templateIn, templateLeft } from '../../../../src/domain/lint/template-left.ts';
import { bySubject, claim, doubts, inOrganization, ofGoogle, places } from './linting.ts';

describe('the rule template-left', () => {
  it.each([
    '${{ github.repository }}',
    '{{ owner }}',
    '${OWNER}',
    '<OWNER>',
    'TODO',
    'XXX',
    'YOUR_ORG',
    'REPLACE_ME',
    '__OWNER__',
    '%OWNER%',
    "${{ format('{10}', x) }}",
    'CHANGEME',
    'CHANGE_ME',
    'your-organization',
    'your_organisation',
    'your-repo-name',
    'your_group_id',
    'ORGANISATION',
    'ORGANIZATION',
    'OWNER-ID',
    'ORGANISATION_NAME',
    'ORGANIZATION_ID',
    '{{{x}}}',
    '{owner}',
    '$OWNER',
    '%(owner)s',
    'OWNER',
    'your-org',
    '\u2026',
  ])('finds %s', (template) => expect(templateIn(`repo:${template}/app:x`)).toBe(template));

  it.each([
    'repo:a/b',
    '(?P<name>a)',
    '(?<name>a)',
    'a{2}',
    '\\$\\{',
    'todo',
    'XX',
    'AXXXL',
    'a<b',
    '100%',
    '\\p{Lu}',
    '\\x{FEFF}',
    'repo:IBM/app:x',
    'a{2,3}',
    'x$',
  ])('leaves %s alone', (text) => expect(templateIn(text)).toBeUndefined());

  it('finds a word that is the whole text', () => {
    expect(['OWNER', 'repo:acme/REPO'].map(templateIn)).toEqual(['OWNER', 'REPO']);
  });

  it('looks no further than any value is long', () => {
    expect(templateIn(`${'a'.repeat(1000)}{{ x }}`)).toBe('{{ x }}');
    expect(templateIn(`${'a'.repeat(3000)}{{ x }}`)).toBeUndefined();
  });

  it('says what nobody fills in, and what to write', () => {
    expect(doubts(templateLeft, { subject: 'repo:OWNER/app:pull_request' })).toEqual([
      {
        rule: 'template-left',
        severity: 'warning',
        path: ['subject'],
        message: 'Nobody fills in "OWNER" here: it is compared as it stands.',
        advice: 'Write the value itself; for several write a pattern that names what may stand there, such as [^/:]+.',
      },
    ]);
  });

  it('looks at conditions, repositories and levels', () => {
    expect(places(templateLeft, bySubject('(1|TODO)'))).toEqual(['warning subject_pattern']);
    expect(places(templateLeft, ofGoogle({ claimPatterns: claim('email', '{{ x }}') }))).toEqual([
      'warning claim_pattern.email',
    ]);
    expect(places(templateLeft, ofGoogle({ repositories: ['<REPO>'] }), inOrganization)).toEqual([
      'warning repositories.0',
    ]);
    expect(places(templateLeft, ofGoogle({ permissions: new Map([['contents', '${LEVEL}']]) }))).toEqual([
      'warning permissions.contents',
    ]);
  });
});
