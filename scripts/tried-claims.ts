import { readFileSync } from 'node:fs';
import type { Claims } from '../test/support/signing-key.ts';

/** A policy and a token that somebody wants to try, with the local issuer in the place of the claims' own. */
export interface Trial {
  readonly claims: Claims;
  readonly policy: string;
  /** The `iss` that the local issuer stands in for. */
  readonly replacedIssuer: string | undefined;
}

interface TrialOptions {
  /** JSON, or a file that holds it. */
  readonly claims: string;
  /** A file. Without one the policy names issuer and subject, and nothing else. */
  readonly policy: string | undefined;
  /** The local one. */
  readonly issuer: string;
  readonly audience: string;
}

/** @returns what is wrong, in a sentence, where nothing can be tried */
export function readTrial({ claims: claimsText, policy: policyFile, issuer, audience }: TrialOptions): Trial | string {
  const claims = parsedObject(claimsText.trimStart().startsWith('{') ? claimsText : textOf(claimsText));
  if (claims === undefined) return '--claims must be a JSON object, or a file that holds one.';
  const subject = claims.sub;
  if (typeof subject !== 'string' || subject === '') return '--claims must have a sub, which is a text.';
  const own = typeof claims.iss === 'string' && claims.iss !== '' ? claims.iss : undefined;
  const policy = policyFile === undefined ? exactPolicy(issuer, subject) : textOf(policyFile);
  if (policy === undefined) return `--policy: ${policyFile ?? ''} can't be read.`;
  // The times of a token that was copied are past.
  const { exp: _exp, iat: _iat, nbf: _nbf, ...lasting } = claims;
  return {
    claims: { aud: audience, ...lasting, iss: issuer },
    policy: own === undefined ? policy : policy.replaceAll(own, issuer),
    replacedIssuer: own === issuer ? undefined : own,
  };
}

/** JSON's texts are texts in YAML too. */
function exactPolicy(issuer: string, subject: string): string {
  return `issuer: ${issuer}\nsubject: ${JSON.stringify(subject)}\npermissions:\n  contents: read\n`;
}

function parsedObject(text: string | undefined): Claims | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
