import { describe, expect, it } from '@jest/globals';
import type { CheckedFile } from '../../../../src/application/ports/changed-policy-files.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import { annotations, checkedNames, summary, title } from '../../../../src/infrastructure/github/check-run-output.ts';
import { readWorkbenchFragment } from '../../../../src/domain/workbench-link.ts';

const SETTINGS = { stsDomain: 'sts.example.com', orgPolicyRepository: '.github', policyGuide: undefined };
const place = {
  installation: { app: { name: 'default', id: '1' }, id: 1, accountId: 1, owner: 'acme' },
  repository: 'app',
  commit: 'c',
};
const marker = (names: readonly string[]): string => `<!-- checked: ${names.map(encodeURIComponent).join(',')} -->`;

describe('the names that a check run says were checked', () => {
  it('are only those of files that a check judges', () => {
    const names = ['a.sts.yaml', '../x.sts.yaml', 'x/y.sts.yaml', 'README.md', '', 'b.sts.yml'];
    expect(checkedNames(marker(names), 'app', SETTINGS)).toEqual(['a.sts.yaml', 'b.sts.yml']);
  });

  it('hold the issuer allowlist in the policy repository alone', () => {
    const text = marker(['trusted-token-issuers.yaml']);
    expect(checkedNames(text, 'app', SETTINGS)).toEqual([]);
    expect(checkedNames(text, '.github', SETTINGS)).toEqual(['trusted-token-issuers.yaml']);
  });

  it('are no more than a thousand', () => {
    const names = Array.from({ length: 1500 }, (_, n) => `p${n}.sts.yaml`);
    expect(checkedNames(marker(names), 'app', SETTINGS)).toEqual(names.slice(0, 1000));
  });

  it.each(['', 'a summary of another', '<!-- checked: %zz -->'])('are none in another text: %j', (text) => {
    expect(checkedNames(text, 'app', SETTINGS)).toBeUndefined();
  });
});

describe('findings of every severity', () => {
  const finding = (severity: Finding['severity'], line: number): Finding => ({
    rule: `r${line}`,
    severity,
    line,
    column: 3,
    message: 'No.',
  });
  const report = {
    conclusion: 'success',
    names: ['a.sts.yaml', 'b.sts.yaml', 'c.sts.yaml'],
    files: [
      { name: 'a.sts.yaml', findings: [finding('error', 1), finding('warning', 2)] },
      { name: 'b.sts.yaml', findings: [finding('warning', 3), finding('notice', 4), finding('notice', 5)] },
      { name: 'c.sts.yaml', findings: [] },
    ],
  } as const;

  it('are annotations of GitHub’s three levels', () => {
    expect(annotations(report, SETTINGS).map((one) => one.annotation_level)).toEqual([
      'failure',
      'warning',
      'warning',
      'notice',
      'notice',
    ]);
  });

  it('are counted in the title, and for each file', () => {
    expect(title(report)).toBe('3 files, 1 error, 2 warnings, 2 notices');
    const verdicts = [...summary(place, report, SETTINGS).matchAll(/<td>([^<]*)<\/td><\/tr>/g)].map(([, one]) => one);
    expect(verdicts).toEqual(['invalid, 1 error', 'valid, 1 warning, 2 notices', 'valid']);
  });
});

describe('text of strangers in a check run', () => {
  it.each(['\u200b', '\u202e', '\u2060', '\u2067', '\u00ad', '\u{e0041}', '\n', '\u2028'])(
    'holds nothing that hides other text or turns it around: %j',
    (character) => {
      const name = `a${character}b.sts.yaml`;
      const finding: Finding = { rule: 'r', severity: 'error', line: 1, column: 1, message: `x${character}y` };
      const report = { conclusion: 'failure', names: [name], files: [{ name, findings: [finding] }] } as const;
      expect(annotations(report, SETTINGS)[0]?.message).toMatch(/^x y/);
      const shown = summary(place, report, SETTINGS);
      expect(shown).toContain('<code>a b.sts.yaml</code>');
      expect(shown).not.toContain(`a${character}b`);
    },
  );
});

describe('files that were not judged', () => {
  it.each([
    [1, '1 file of this commit was not judged'],
    [7, '7 files of this commit were not judged'],
  ])('are told of in the title and first in the summary: %s', (leftOut, sentence) => {
    const report = { conclusion: 'failure', names: ['a.sts.yaml'], files: [], leftOut } as const;
    expect(title(report)).toContain(`${leftOut} file`);
    expect(summary(place, report, SETTINGS)).toMatch(new RegExp(`^\\*\\*${sentence}`));
  });
});

describe('links to the workbench', () => {
  const POLICY = 'issuer: https://issuer.example.com\nsubject: x\n';

  function links(files: readonly CheckedFile[], repository = 'app'): readonly string[] {
    const report = { conclusion: 'success', names: files.map(({ name }) => name), files } as const;
    const text = summary({ ...place, repository }, report, SETTINGS);
    return [...text.matchAll(/<a href="https:\/\/sts\.example\.com\/(#[^"]*)">[^<]*<\/a>/g)].map(([, one = '']) => one);
  }

  function file(name: string, text?: string): CheckedFile {
    return { name, findings: [], ...(text === undefined ? {} : { text }) };
  }

  it('carry the policy, valid or not, and where it stands', () => {
    const [link = '', ...others] = links([file('deploy.sts.yaml', POLICY)]);
    expect(others).toEqual([]);
    expect(readWorkbenchFragment(link)).toEqual({ policy: POLICY, scope: 'acme/app', identity: 'deploy' });
    const [organization = ''] = links([file('deploy.sts.yaml', POLICY)], '.github');
    expect(readWorkbenchFragment(organization).scope).toBe('acme');
  });

  it('carry the GitHub server where it is another one', () => {
    const report = { conclusion: 'success', names: ['a.sts.yaml'], files: [file('a.sts.yaml', POLICY)] } as const;
    const text = summary(place, report, { ...SETTINGS, github: 'https://ghe.acme.dev/api/v3' });
    expect(text).toContain('&github=https%3A%2F%2Fghe.acme.dev%2Fapi%2Fv3">');
    expect(summary(place, report, SETTINGS)).not.toContain('github=');
  });

  it('are left out for what is no policy, is too long, or holds a token', () => {
    const token = `# ghs_${'a'.repeat(36)}\n`;
    const long = `# ${'x'.repeat(5000)}`;
    const files = [file('a.sts.yaml'), file('-.sts.yaml', POLICY), file('b.sts.yaml', long), file('c.sts.yaml', token)];
    expect(links([...files, file('trusted-token-issuers.yaml', POLICY)])).toEqual([]);
    expect(summary(place, { conclusion: 'success', names: [], files }, SETTINGS)).not.toContain('workbench');
  });

  it('are so few that the summary stays below what GitHub takes', () => {
    const files = Array.from({ length: 100 }, (_, n) =>
      file(`p${n}-${'n'.repeat(100)}.sts.yaml`, `# ${'x'.repeat(1000)}`),
    );
    expect(links(files).length).toBeGreaterThan(3);
    expect(links(files).join('').length).toBeLessThan(8000);
    const text = summary(place, { conclusion: 'success', names: files.map(({ name }) => name), files }, SETTINGS);
    expect(text.length).toBeLessThan(65_535);
  });
});
