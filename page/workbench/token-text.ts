import type { RawClaims } from '../../src/domain/claims.ts';
import { member, parsedJson } from '../../src/infrastructure/json/untrusted-json.ts';

export type TokenReading =
  | { readonly kind: 'empty' }
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'read'; readonly source: 'token' | 'claims'; readonly claims: RawClaims };

/** The service takes tokens of 16 KiB; claims written out, with indentation, are longer. */
const MAX_CHARACTERS = 64 * 1024;
const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;

/** What somebody pasted: a JWT, the answer that holds one, or its claims as JSON. Never throws, verifies nothing. */
export function readTokenText(text: string): TokenReading {
  const trimmed = text.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '');
  if (trimmed === '') return { kind: 'empty' };
  if (trimmed.length > MAX_CHARACTERS) return fault('This is longer than any token: 64 KiB.');
  if (GITHUB_TOKEN.test(trimmed)) {
    return fault("This is a GitHub token. What is exchanged is the workload's OIDC token, which starts with eyJ.");
  }
  return trimmed.startsWith('{') || trimmed.startsWith('"') ? fromJson(trimmed) : fromToken(trimmed);
}

function fromJson(text: string): TokenReading {
  const value = parsedJson(text);
  if (typeof value === 'string') return fromToken(value);
  if (!isObject(value)) return fault('These claims are not a JSON object yet.');
  // GitHub's endpoint for OIDC tokens answers `{"value": "eyJ…"}`.
  const wrapped = member(value, 'value');
  if (typeof wrapped === 'string' && member(value, 'iss') === undefined) return fromToken(wrapped);
  return { kind: 'read', source: 'claims', claims: value };
}

function fromToken(text: string): TokenReading {
  const parts = text.replace(/\s/g, '').split('.');
  if (parts.length === 5) return fault('This token is encrypted (five parts): only who it is for can read it.');
  if (parts.length !== 3) return fault('A token has three parts with dots between them; claims are a JSON object.');
  const claims = parsedJson(decoded(parts[1] ?? '') ?? '');
  return isObject(claims)
    ? { kind: 'read', source: 'token', claims }
    : fault("The middle part of this token can't be decoded. Is it pasted whole?");
}

/** base64url (RFC 7515 §2) of UTF-8. */
function decoded(part: string): string | undefined {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(
      Uint8Array.from(binary, (one) => one.charCodeAt(0)),
    );
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is RawClaims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(message: string): TokenReading {
  return { kind: 'fault', message };
}
