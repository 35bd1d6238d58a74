import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ruleText, ruleTexts } from '../../../../src/interfaces/cli/rule-guide.ts';

describe('the texts of the rules', () => {
  it('are the sections of the guide, each up to the next heading', () => {
    const guide =
      '# Fields\n\n### no-rule\nNo.\n\n# Findings\n\n## Errors\n\n### one\nA.\n\nB.\n\n## Warnings\n### two\nC.\n';
    const texts = ruleTexts(guide);
    expect([...texts].map(([rule, { plain }]) => [rule, plain])).toEqual([
      ['one', 'A. B.'],
      ['two', 'C.'],
    ]);
  });

  it('lose their Markdown in the plain form, and their links in both', () => {
    const section = 'A `*` is **bad**: see [there](#there). Write ``a`b`` or `` `c` ``.';
    expect(ruleText(section)).toEqual({
      summary: 'A * is bad: see there.',
      plain: 'A * is bad: see there. Write a`b or `c`.',
      markdown: 'A `*` is **bad**: see there. Write ``a`b`` or `` `c` ``.',
    });
  });

  it('are at hand for every section of the real guide', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../../../docs/policies.md'), 'utf8');
    const headings = (guide.split('\n# Findings\n')[1] ?? '').match(/^### .+$/gm) ?? [];
    const texts = ruleTexts(guide);
    expect(texts.size).toBe(headings.length);
    for (const { summary, plain } of texts.values()) expect([summary, plain]).not.toContain('');
  });
});
