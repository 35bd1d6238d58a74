import type { InjectionToken } from 'tsyringe';
import type { App } from '../../domain/apps.ts';

export type SignedAppToken = { readonly kind: 'signed'; readonly jwt: string } | { readonly kind: 'unusable_key' };

/** Signs an App's own JWT (GitHub: "Generating a JSON Web Token for a GitHub App"), good for up to ten minutes. */
export interface AppSigner {
  sign(app: App): Promise<SignedAppToken>;
}

export const APP_SIGNER: InjectionToken<AppSigner> = Symbol('AppSigner');
