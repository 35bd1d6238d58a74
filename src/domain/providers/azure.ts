import { claimTable } from './claim-table.ts';
import { ANY, grammar, UUID } from './grammar.ts';
import { value, type Provider } from './provider.ts';

const TENANT = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/**
 * Microsoft Entra: managed identities and applications. From Microsoft Learn, "Access token claims reference"
 * (learn.microsoft.com/entra/identity-platform/access-token-claims-reference): version 1.0 tokens are of
 * `sts.windows.net/TENANT/`, version 2.0 of `login.microsoftonline.com/TENANT/v2.0`. The `sub` of an application is its
 * object id; a user's is opaque. Tenants can add claims of their own.
 */
export const AZURE: Provider = {
  name: 'Microsoft Entra',
  issuer: grammar(
    `https://login\\.(?:microsoftonline\\.(?:com|us)|partner\\.microsoftonline\\.cn)/${UUID}/v2\\.0|https://sts\\.(?:windows\\.net|chinacloudapi\\.cn)/${UUID}/`,
  ),
  issuers: [],
  mendIssuer: (text) => {
    const [, host, tenant] =
      new RegExp(`^https://(login\\.microsoft(?:online)?\\.com|sts\\.windows\\.net)/(${TENANT})(?:/.*)?$`, 'i').exec(
        text,
      ) ?? [];
    // Tokens name their tenant by its id, whatever was asked for.
    if (/^https:\/\/login\.microsoftonline\.com(?:\/.*)?$/i.test(text) && tenant === undefined)
      return 'https://login.microsoftonline.com/TENANT-ID/v2.0';
    if (host === undefined || tenant === undefined) return undefined;
    const of = tenant.toLowerCase();
    return host.toLowerCase() === 'sts.windows.net'
      ? `https://sts.windows.net/${of}/`
      : `https://login.microsoftonline.com/${of}/v2.0`;
  },
  /** An object id, or for a user 43 characters that mean nothing. */
  subject: grammar(`${UUID}|[A-Za-z0-9_-]{40,}`),
  subjectExample: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
  mendSubject: (text) => [value(text.toLowerCase().replace(/^.*[:/=]/, ''))],
  subjectAdvice: () =>
    'Write the object id of the managed identity or of the service principal (not of the application).',
  claims: claimTable({
    [ANY]: [
      'acct',
      'acr',
      'acrs',
      'aio',
      'amr',
      'app_displayname',
      'appidacr',
      'auth_time',
      'azpacr',
      'ctry',
      'email',
      'family_name',
      'given_name',
      'groups',
      'hasgroups',
      'idp',
      'idtyp',
      'in_corp',
      'ipaddr',
      'login_hint',
      'name',
      'nonce',
      'onprem_sid',
      'platf',
      'preferred_username',
      'puid',
      'pwd_exp',
      'pwd_url',
      'rh',
      'roles',
      'scp',
      'sid',
      'tenant_ctry',
      'tenant_region_scope',
      'unique_name',
      'upn',
      'uti',
      'verified_primary_email',
      'verified_secondary_email',
      'wids',
      'xms_az_rid',
      'xms_cc',
      'xms_mirid',
      'xms_pdl',
      'xms_tpl',
      'xms_ftd',
      'xms_idrel',
    ],
    [UUID]: ['appid', 'azp', 'oid', 'tid'],
    '[12]\\.0': ['ver'],
  }),
  claimAliases: new Map([
    ['tenant', 'tid'],
    ['tenant_id', 'tid'],
    ['object_id', 'oid'],
    ['principal_id', 'oid'],
    ['client_id', 'azp'],
  ]),
  claimsAreComplete: false,
  mendClaim: (_, text) => [text.toLowerCase()],
};
