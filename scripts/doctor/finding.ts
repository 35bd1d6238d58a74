/**
 * What one look came to. `ill`: something must be mended. `note`: worth knowing. `unseen`: there was no way to look, which
 * says nothing of the service.
 */
export type Verdict = 'well' | 'ill' | 'note' | 'unseen';

export interface Finding {
  /** What was looked at, in one or two words. */
  readonly what: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly remedy?: string;
  readonly link?: string;
}

export function well(what: string, sentence: string): Finding {
  return { what, verdict: 'well', sentence };
}

export function ill(what: string, sentence: string, remedy: string, link?: string): Finding {
  return { what, verdict: 'ill', sentence, remedy, ...(link === undefined ? {} : { link }) };
}

export function note(what: string, sentence: string, remedy?: string, link?: string): Finding {
  return {
    what,
    verdict: 'note',
    sentence,
    ...(remedy === undefined ? {} : { remedy }),
    ...(link === undefined ? {} : { link }),
  };
}

export function unseen(what: string, sentence: string): Finding {
  return { what, verdict: 'unseen', sentence };
}
