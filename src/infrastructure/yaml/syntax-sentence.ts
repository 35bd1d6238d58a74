import type { YAMLError } from 'yaml';

/** The parts of the library's errors that are used. */
export type SyntaxFault = Pick<YAMLError, 'code' | 'message' | 'pos'>;

/**
 * A syntax fault in words for the author. The library's own text is not used, because it can quote any length of the
 * file.
 */
interface Sentence {
  readonly message: string;
  readonly advice?: string;
}

const UNCLOSED: Sentence = { message: 'A list or map that was opened with [ or { is not closed.' };
const UNFIT: Sentence = {
  message: 'This text does not fit here.',
  advice: 'Check the indentation and the quotation marks of this line and the one above.',
};

const ILL_FORMED_ALIAS: Sentence = { message: 'This anchor or alias is not well formed.' };
const QUOTE_IT = 'Put the value in single quotes.';
const SENTENCES: ReadonlyMap<YAMLError['code'], Sentence> = new Map<YAMLError['code'], Sentence>([
  [
    'BAD_DQ_ESCAPE',
    {
      message: 'Inside double quotes a backslash starts an escape, and YAML does not know this one.',
      advice: "Write patterns in single quotes: 'repo:org/my\\.repo:.+'.",
    },
  ],
  ['BAD_SCALAR_START', { message: "A value can't start with this character unless it is quoted.", advice: QUOTE_IT }],
  ['BLOCK_AS_IMPLICIT_KEY', { message: 'A second colon followed by a space stands on this line.', advice: QUOTE_IT }],
  [
    'MULTILINE_IMPLICIT_KEY',
    {
      message: 'A key and its colon must stand on one line.',
      advice: 'Write a space after each colon, as in "issuer: https://…".',
    },
  ],
  ['KEY_OVER_1024_CHARS', { message: 'This key is longer than 1,024 characters.' }],
  ['ALIAS_PROPS', ILL_FORMED_ALIAS],
  ['BAD_ALIAS', ILL_FORMED_ALIAS],
  ['MULTIPLE_ANCHORS', ILL_FORMED_ALIAS],
  ['RESOURCE_EXHAUSTION', { message: 'This part of the file is nested too deeply to be read.' }],
]);

export function syntaxSentence(error: SyntaxFault): Sentence {
  if (error.code === 'MISSING_CHAR') return missing(error.message);
  if (error.code === 'BAD_INDENT') return badIndent(error.message);
  return SENTENCES.get(error.code) ?? UNFIT;
}

function badIndent(text: string): Sentence {
  if (text.includes('end with')) return UNCLOSED;
  return { message: 'The indentation differs from that of the lines it belongs to.' };
}

function missing(text: string): Sentence {
  if (text.includes('quote')) return { message: 'A quotation mark is opened and not closed.' };
  if (text.includes('must end with')) return UNCLOSED;
  if (text.includes('map values')) {
    return { message: 'This key has no value.', advice: 'Write a colon and a space between a key and its value.' };
  }
  if (text.includes('Comments')) return { message: 'A comment needs a space before its #.' };
  return { message: 'A separator is missing here: a space, a comma or a colon.' };
}
