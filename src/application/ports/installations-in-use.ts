import { requestToken } from './token.ts';

/** An installation that a proven caller's exchange has needed. */
export interface InstallationInUse {
  readonly appId: string;
  /** In lower case. */
  readonly owner: string;
}

export type InUse =
  | { readonly kind: 'listed'; readonly installations: readonly InstallationInUse[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** Which installations exchanges have needed within the last hour or two. It costs no write: the caches know. */
export interface InstallationsInUse {
  list(): Promise<InUse>;
}

export const INSTALLATIONS_IN_USE = requestToken<InstallationsInUse>('InstallationsInUse');
