/** Hashes of a GitHub token: hex as octo-sts's events have it, base64 as GitHub's audit log does (`hashed_token`). */
export interface TokenHashes {
  readonly token_sha256: string;
  readonly hashed_token: string;
}

export async function tokenHashes(secret: string): Promise<TokenHashes> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  let hex = '';
  for (const byte of digest) hex += HEX[byte] ?? '';
  return { token_sha256: hex, hashed_token: btoa(String.fromCharCode(...digest)) };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
