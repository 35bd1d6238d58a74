import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['.', 'action', 'bench', 'docs', 'schemas', 'scripts', 'src', 'test'];
const DOCUMENTS = FOLDERS.flatMap((folder) => {
  const names = readdirSync(join(ROOT, folder), { recursive: folder !== '.', encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What stands in code is no link and no heading. */
function prose(text: string): string {
  return text.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1`*[ \t]*$/gm, '');
}

function linksOf(path: string): readonly string[] {
  const text = prose(read(path)).replace(/(`+)[^`\n]+\1(?!\]\()/g, '');
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** As GitHub makes them: lower case, no punctuation, a hyphen for each space, a number for each repetition. */
function anchorsOf(path: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = [...prose(read(path)).matchAll(/^#{1,6} +(.+?)#* *$/gm)].map(([, heading = '']) => {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
  return new Set(anchors);
}

/** @returns what is wrong, or nothing */
function fault(document: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target))
    return /^(?:https|mailto):/.test(target) ? undefined : 'is no link that people can follow';
  const [file = '', anchor] = target.split('#', 2);
  const path = file === '' ? document : normalize(join(dirname(document), decodeURIComponent(file)));
  if (path.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(join(ROOT, path))) return 'leads to no file';
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  return anchorsOf(path).has(anchor) ? undefined : 'leads to no heading';
}

describe('the documents', () => {
  it('are found, and their links too', () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'docs/policies.md', 'action/README.md']));
    expect(linksOf('README.md').length).toBeGreaterThan(10);
  });

  it.each(DOCUMENTS)('lead to what exists: %s', (document) => {
    const broken = linksOf(document).flatMap((target) => {
      const why = fault(document, target);
      return why === undefined ? [] : [`${target} ${why}`];
    });
    expect(broken).toEqual([]);
  });

  it.each([
    ['docs/no-such.md', 'leads to no file'],
    ['docs/policies.md#no-such', 'leads to no heading'],
    ['#no-such', 'leads to no heading'],
    ['../elsewhere.md', 'leads out of the repository'],
    ['file:///etc/hosts', 'is no link that people can follow'],
    ['docs/policies.md#githubs-immutable-subjects', undefined],
    ['https://example.com/x', undefined],
  ])('would be found out: %s', (target, why) => {
    expect(fault('README.md', target)).toBe(why);
  });

  it('name no command that runs somebody else’s package', () => {
    // Nobody has this name on npm's registry: whoever takes it would run code beside live tokens.
    const documents = DOCUMENTS.filter((path) => /np(?:x|m exec)\s+(?:-{1,2}\S+\s+)*octo-sts-worker/.test(read(path)));
    expect(documents).toEqual([]);
  });
});
