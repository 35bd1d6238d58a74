/** Control characters of every kind, and those that hide or reorder others (Unicode Cc, Zl, Zp, bidirectional controls). */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;
const MAX_CHARACTERS = 400;

/** What another server or program wrote, fit for a terminal: on one line, bounded, nothing that moves the cursor. */
export function plain(text: string): string {
  const line = text
    .slice(0, 4 * MAX_CHARACTERS)
    .replace(UNFIT, ' ')
    .trim();
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)}…` : line;
}
