/** Where in a document: the keys and list indexes that lead there. Empty: the document itself. */
export type DocumentPath = readonly (string | number)[];

/** Something that makes a document invalid. */
export interface Fault {
  /** Stable, for links and filters: `permissions-unknown`. */
  readonly rule: string;
  readonly path: DocumentPath;
  /** One sentence for the author of the document. Text from the document is quoted and cut in it. */
  readonly message: string;
  /** One sentence on what to write instead. */
  readonly advice?: string;
}

const MAX_QUOTED = 80;

/**
 * Text of strangers, fit for a message: on one line, bounded, without control characters and without those that can't be seen or
 * that turn the text around (Unicode, category Cf; UTS #39).
 */
export function quoted(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028\u2029\p{Cf}]/gu, '?');
}
