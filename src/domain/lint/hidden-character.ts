import { quoted } from '../fault.ts';
import { yamlText } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** No value that is longer matches anything. */
const MAX_SEARCHED_CHARACTERS = 2000;
/** Spaces other than U+0020, and characters without width (Unicode, categories Zs and Cf), but for what joins emoji. */
const UNSEEN = /(?![ \u200d])[\p{Zs}\p{Cf}]/gu;
/** What editors and chats put in the place of what was typed, and letters that look like others, within a name in ASCII. */
const TYPOGRAPHIC = /[\u2010-\u2015\u2212\u2018-\u201f]|(?<=[A-Za-z])[\u0370-\u052f]|[\u0370-\u052f](?=[A-Za-z])/gu;
const AROUND = /^ +| +$/g;
const MARKS: ReadonlyMap<string, string> = new Map([
  ['\u2018', "'"],
  ['\u2019', "'"],
  ['\u201c', '"'],
  ['\u201d', '"'],
]);

/** A character that nobody sees, or that looks like another: the value is not the one that it seems to be. */
export const hiddenCharacter: LintRule = ({ conditions }) =>
  conditions.flatMap(({ text, path, name }) => {
    if (text.length > MAX_SEARCHED_CHARACTERS) return [];
    const found = [...text.matchAll(UNSEEN), ...text.matchAll(TYPOGRAPHIC)][0]?.[0];
    if (found === undefined && text.trim() === text) return [];
    const what = found === undefined ? 'begins or ends with a space' : `holds ${codePoint(found)}, ${sightOf(found)}`;
    const letter = found !== undefined && /[\u0370-\u052f]/u.test(found);
    const value = text
      .replaceAll(UNSEEN, (one) => (/\p{Zs}/u.test(one) ? ' ' : ''))
      .replaceAll(/[\u2010-\u2015\u2212\u2018-\u201f]/gu, (one) => MARKS.get(one) ?? '-')
      .replaceAll(AROUND, '');
    const message = `${name} ${what}: ${quoted(text)} is not the text that it seems to be.`;
    if (letter) return [warning('hidden-character', path, message, 'Type the name again, in Latin letters.')];
    const key = path.at(-1);
    const line = `Write: ${typeof key === 'string' ? `${key}:` : '-'} ${yamlText(value)}`;
    return [warning('hidden-character', path, message, line, { path, value })];
  });

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function sightOf(character: string): string {
  return /[\p{Zs}\p{Cf}]/u.test(character) ? "which can't be seen" : 'which looks like another character';
}
