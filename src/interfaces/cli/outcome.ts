/** What a command came to: documented in docs/cli.md, for scripts to rely on. */
export const EXIT = {
  /** Success: no faults, the token matches, or a token was given. */
  ok: 0,
  /** A negative result: faults were found, the token does not match, or the service refuses. */
  refused: 1,
  /** The command line, or a file that it names, can't be used. */
  usage: 2,
  /** No answer: the service or the OIDC endpoint can't be reached, or is limited. */
  unavailable: 3,
} as const;

export interface Outcome {
  readonly exitCode: (typeof EXIT)[keyof typeof EXIT];
  /** For standard output: the result alone, so that it can be piped. */
  readonly output: string;
  /** For standard error: everything that is said about it. */
  readonly remarks?: string;
}

/** The command line is at fault; the message says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
