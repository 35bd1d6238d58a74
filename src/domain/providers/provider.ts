import type { Grammar } from './grammar.ts';

/** What to write in place of a condition that never matches. */
export interface Mended {
  readonly by: 'value' | 'pattern';
  readonly text: string;
}

/**
 * What is known of one issuer's tokens, from the provider's own documentation. The linter compares policies with it, so
 * a grammar must hold every text that the provider can write: what it leaves out raises a false alarm.
 */
export interface Provider {
  readonly name: string;
  /** All issuers that are this provider's. */
  readonly issuer: Grammar;
  /** Issuers of this provider that are the same for everybody, for comparing misspelt ones. */
  readonly issuers: readonly string[];
  /** What people write for the issuer, with what they mean: `https://github.com`. */
  readonly issuerAliases?: ReadonlyMap<string, string>;
  /** The issuer that was meant by a text that is close to one but can't be compared with a fixed text. */
  readonly mendIssuer?: (text: string) => string | undefined;
  /** Every subject that a token can have, customised ones included. */
  readonly subject: Grammar;
  /** Subjects without customisation, where that is possible. */
  readonly usualSubject?: Grammar;
  /** The subjects of one issuer of the provider's, where an issuer tells more of them. */
  readonly subjectOf?: (issuer: string) => Grammar;
  readonly subjectExample: string;
  /** Subjects that no token has though the grammar takes them: what a grammar says only at length. */
  readonly impossibleSubject?: RegExp;
  /** How a subject that never matches may have been meant: candidates, the likeliest first. */
  readonly mendSubject: (text: string) => readonly Mended[];
  /** What to know about the subject where nothing can be put in its place. */
  readonly subjectAdvice?: (text: string) => string | undefined;
  /** What an exact subject says about other claims: each then holds one of these texts. */
  readonly decidedBy?: (subject: string) => DecidedClaims;
  /** Claim names, with every text that they can hold. */
  readonly claims: ReadonlyMap<string, Grammar>;
  /** Beginnings of the names of claims that depend on the provider's customers. */
  readonly claimPrefixes?: readonly string[];
  /** Claims that are objects: no pattern matches one. */
  readonly objectClaims?: ReadonlySet<string>;
  /** What people write for a claim, with what they mean: `branch` for `ref`. */
  readonly claimAliases?: ReadonlyMap<string, string>;
  /** A token has these claims and no others. Where it can have more, only names that are nearly one of these are told. */
  readonly claimsAreComplete: boolean;
  /** Forms of claims' texts, for people. */
  readonly claimExamples?: ReadonlyMap<string, string>;
  /** How a claim's text that never matches may have been meant. */
  readonly mendClaim?: (claim: string, text: string, beside: Beside) => readonly string[];
  /** Texts of claims that have no closed list, as far as they are documented: a text that is nearly one is told. */
  readonly usualTexts?: ReadonlyMap<string, UsualTexts>;
}

/** Claims, each with the texts of which it holds one. */
export type DecidedClaims = ReadonlyMap<string, readonly [string, ...string[]]>;

/** What else the policy says. */
export interface Beside {
  readonly issuer: string | undefined;
  /** The one subject, where it is exact. */
  readonly subject: string | undefined;
}

export interface UsualTexts {
  readonly texts: readonly string[];
  /** What people write, with what they mean. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Registered claims (RFC 7519 §4.1) that all tokens have or may have. */
export const REGISTERED_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'] as const;

export function value(text: string): Mended {
  return { by: 'value', text };
}

export function pattern(text: string): Mended {
  return { by: 'pattern', text };
}
