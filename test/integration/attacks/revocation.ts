import type { Ask } from '../../support/local-stack.ts';
import { INVALID_TOKEN, MISSING_TOKEN } from './attack.ts';
import type { Attack, Outcome } from './attack.ts';

export interface RevocationAttack extends Attack {
  readonly ask: (oidcToken: string) => Ask;
}

const PREFIXES = 'GitHub, "Behind GitHub’s new authentication token formats"';

function bearer(source: string, title: string, token: string): RevocationAttack {
  return { source, title, ask: () => ({ token }), expected: INVALID_TOKEN };
}

function other(source: string, title: string, ask: Ask, expected: Outcome = MISSING_TOKEN): RevocationAttack {
  return { source, title, ask: () => ask, expected };
}

/** Nothing of these is sent to GitHub. */
export const REVOCATION: readonly RevocationAttack[] = [
  bearer(PREFIXES, 'a personal access token', `ghp_${'a'.repeat(36)}`),
  bearer(PREFIXES, 'a fine-grained personal access token', `github_pat_${'a'.repeat(40)}`),
  bearer(PREFIXES, 'a token of an OAuth App', `gho_${'a'.repeat(36)}`),
  bearer(PREFIXES, 'a user’s token of an App', `ghu_${'a'.repeat(36)}`),
  bearer(PREFIXES, 'a refresh token', `ghr_${'a'.repeat(36)}`),
  bearer(PREFIXES, 'a prefix in capitals', `GHS_${'a'.repeat(36)}`),
  bearer(PREFIXES, 'a prefix alone', 'ghs_'),
  bearer(PREFIXES, 'a prefix behind something else', `xghs_${'a'.repeat(36)}`),
  bearer('CWE-93', 'an installation token with a blank in it', `ghs_${'a'.repeat(18)} ${'b'.repeat(18)}`),
  bearer('CWE-93', 'an installation token with a tab in it', `ghs_${'a'.repeat(18)}\t${'b'.repeat(18)}`),
  bearer('CWE-93', 'an installation token with a letter beyond ASCII', `ghs_${'a'.repeat(36)}\u00e9`),
  bearer('RFC 6750 §2.1', 'two installation tokens', `ghs_${'a'.repeat(36)} ghs_${'b'.repeat(36)}`),
  { source: 'RFC 7009 §2.1', title: 'an OIDC token', ask: (token) => ({ token }), expected: INVALID_TOKEN },
  other('RFC 6750 §2.1', 'no token', {}),
  other('RFC 6750 §2.3', 'a token in the query', { query: 'token=ghs_aaaaaaaaaaaaaaaaaaaaaaaa' }),
  other('RFC 7009 §2.1', 'a token in a form', { form: { token: 'ghs_aaaaaaaaaaaaaaaaaaaaaaaa' } }),
  other('RFC 9110 §5.3', 'two headers', {
    headers: { authorization: ['Bearer ghs_aaaaaaaaaaaaaaaa', 'Bearer ghs_bbbbbbbbbbbbbbbb'] },
  }),
  other('RFC 6750 §2.1', 'a token under Basic', { headers: { authorization: 'Basic ghs_aaaaaaaaaaaaaaaa' } }),
  other('RFC 9110 §9.2.1', 'a GET', { method: 'GET', token: `ghs_${'a'.repeat(36)}` }, [405, 'method_not_allowed']),
  other('RFC 9110 §9.3.5', 'a DELETE', { method: 'DELETE', token: `ghs_${'a'.repeat(36)}` }, [
    405,
    'method_not_allowed',
  ]),
];
