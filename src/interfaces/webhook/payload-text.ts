/**
 * Bytes of a payload that are parsed. All that is acted on is far smaller, but for pushes with long lists of files, which are
 * then asked of GitHub, and installations with thousands of repositories.
 */
export const MAX_PARSED_BYTES = 640 * 1024;
/** Opening brackets, colons and commas outside of texts: lists in lists take 30 ms a MiB. GitHub's payloads have some thousand. */
const MAX_STRUCTURE = 20_000;
/** Of a text with more structure. A shorter one has not enough of it to matter. */
const SHORT_TEXT = 64 * 1024;

const FORM_FIELD = 'payload=';
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENINGS: readonly number[] = [0x5b, 0x7b];
const CLOSINGS: readonly number[] = [0x5d, 0x7d];

export interface PayloadText {
  /** JSON; empty where there is no payload. */
  readonly text: string;
  /** Some of its members were left out. */
  readonly isCut: boolean;
}

/**
 * The JSON text of a delivery. Of one that would take long to parse: an object of those members that stand as a whole at its
 * beginning or at its end. What lies between is not looked at, so it must be signed.
 */
export function payloadText(body: Uint8Array, isForm: boolean): PayloadText {
  if (body.byteLength > MAX_PARSED_BYTES) return { text: outerMembersOf(body, isForm), isCut: true };
  const text = isForm ? formValue(decoded(body)) : decoded(body);
  if (text.length <= SHORT_TEXT || structureOf(text) <= MAX_STRUCTURE) return { text, isCut: false };
  return { text: outerMembers(text.slice(0, SHORT_TEXT / 2), text.slice(-SHORT_TEXT / 2)), isCut: true };
}

function structureOf(text: string): number {
  let count = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isInText = !isInText;
    else if (isInText) at += code === BACKSLASH ? 1 : 0;
    else if (code === COMMA || code === COLON || OPENINGS.includes(code)) count += 1;
  }
  return count;
}

function outerMembersOf(body: Uint8Array, isForm: boolean): string {
  const first = decoded(body.subarray(0, MAX_PARSED_BYTES / 2));
  const last = decoded(body.subarray(-MAX_PARSED_BYTES / 2));
  if (!isForm) return outerMembers(first, last);
  return last.includes('&') ? '' : outerMembers(formValue(first), formValue(FORM_FIELD + last));
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function formValue(text: string): string {
  return new URLSearchParams(text).get('payload') ?? '';
}

/** @param first how the text begins @param last how it ends */
function outerMembers(first: string, last: string): string {
  const isObject = first.trimStart().startsWith('{') && last.trimEnd().endsWith('}');
  if (!isObject) return '';
  const head = headMembers(first);
  const tail = tailMembers(last.trimEnd());
  const between = head !== '' && tail !== '' ? ',' : '';
  return `{${head}${between}${tail}}`;
}

/** The members of an object that a text holds to their end, without braces. */
function headMembers(text: string): string {
  let depth = 0;
  let end = -1;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isInText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isInText = false;
    } else if (code === QUOTE) isInText = true;
    else if (OPENINGS.includes(code)) depth += 1;
    else if (CLOSINGS.includes(code)) depth -= 1;
    else if (code === COMMA && depth === 1) end = at;
  }
  return end < 0 ? '' : text.slice(text.indexOf('{') + 1, end);
}

/** The members of an object that a text holds from their beginning: read backwards, for only its end is known. */
function tailMembers(text: string): string {
  let depth = 0;
  let start = -1;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = openingQuote(text, at);
    else if (CLOSINGS.includes(code)) depth += 1;
    else if (OPENINGS.includes(code)) depth -= 1;
    else if (code === COMMA && depth === 1) start = at;
  }
  return start < 0 ? '' : text.slice(start + 1, -1);
}

/** @returns -1 where the text begins before */
function openingQuote(text: string, closing: number): number {
  let at = closing;
  do at = at === 0 ? -1 : text.lastIndexOf('"', at - 1);
  while (at > 0 && isEscaped(text, at));
  return at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 1;
}
