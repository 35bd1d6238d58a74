import type { Installation } from '../../domain/apps.ts';
import type { Grant, GrantedAccess } from '../../domain/narrowing.ts';
import type { Unavailable } from './unavailable.ts';
import { requestToken } from './token.ts';

/** A new installation token. `secret` goes to the caller and nowhere else. */
export interface MintedToken {
  readonly kind: 'minted';
  readonly secret: string;
  /** RFC 3339, as GitHub wrote it. */
  readonly expiresAt: string;
  readonly access: GrantedAccess;
}

export type Minting =
  | MintedToken
  /** The App lacks a permission or a repository; `reason` is GitHub's own sentence. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** GitHub does not know the installation any more. */
  | { readonly kind: 'installation_gone' }
  | Unavailable;

export type Revocation = { readonly kind: 'revoked' } | { readonly kind: 'rejected' } | Unavailable;

/** Mints and revokes installation tokens. Nothing here is ever cached. */
export interface TokenMinter {
  mint(installation: Installation, grant: Grant): Promise<Minting>;
  revoke(secret: string): Promise<Revocation>;
}

export const TOKEN_MINTER = requestToken<TokenMinter>('TokenMinter');
