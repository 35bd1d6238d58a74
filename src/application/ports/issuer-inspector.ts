import { requestToken } from './token.ts';

export type KeyFetch =
  | { readonly kind: 'fetched' }
  /** `detail` is for the operator. */
  | { readonly kind: 'failed'; readonly detail: string };

/** Whether an issuer gives its keys. */
export interface IssuerInspector {
  /** What is at hand, and contacts nobody. `none`: no token of it was verified within a day. */
  atHand(issuer: string): Promise<'fresh' | 'old' | 'none'>;
  /** Two requests to the issuer. What it gives is kept for exchanges. */
  fetch(issuer: string): Promise<KeyFetch>;
}

export const ISSUER_INSPECTOR = requestToken<IssuerInspector>('IssuerInspector');
