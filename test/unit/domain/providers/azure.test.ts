import { describe, expect, it } from '@jest/globals';
import { AZURE } from '../../../../src/domain/providers/azure.ts';
import { ALONE, claimMeant, mended, strangers, type Sample } from './tokens.ts';

const TENANT = '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a';
const ISSUER = `https://login.microsoftonline.com/${TENANT}/v2.0`;
/** "Access token claims reference", "ID token claims reference" and "Optional claims reference". */
const OPTIONAL_CLAIMS =
  `acct acr acrs aio amr app_displayname appidacr auth_time azpacr ctry email family_name given_name groups
  hasgroups idp idtyp in_corp ipaddr login_hint name nonce onprem_sid platf preferred_username puid pwd_exp pwd_url rh roles scp
  sid tenant_ctry tenant_region_scope unique_name upn uti verified_primary_email verified_secondary_email wids xms_az_rid xms_cc
  xms_mirid xms_pdl xms_tpl xms_ftd xms_idrel`.split(/\s+/);

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://login.microsoftonline.com/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/v2.0',
    sub: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
    aud: 'api://sts',
    azp: '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    oid: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
    tid: '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    ver: '2.0',
  },
  {
    iss: 'https://sts.windows.net/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/',
    sub: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
    appid: '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    idp: 'https://sts.windows.net/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/',
    ver: '1.0',
  },
];

describe('tokens of Microsoft Entra', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(AZURE, token)).toEqual([]));

  it.each([
    `https://login.microsoftonline.us/${TENANT}/v2.0`,
    `https://login.partner.microsoftonline.cn/${TENANT}/v2.0`,
    `https://sts.chinacloudapi.cn/${TENANT}/`,
  ])('come from national clouds too: %s', (issuer) => expect(AZURE.issuer.holds(issuer)).toBe(true));

  it.each([`https://sts.windows.net/${TENANT}`, ISSUER.replace('/v2.0', ''), ISSUER.replace(TENANT, 'common')])(
    'do not come from %s',
    (issuer) => expect(AZURE.issuer.holds(issuer)).toBe(false),
  );

  it('can have every optional claim, of which nobody can tell the form', () => {
    const token = Object.fromEntries(OPTIONAL_CLAIMS.map((name) => [name, 'any: text']));
    expect(strangers(AZURE, { iss: ISSUER, sub: 'x'.repeat(43), ...token })).toEqual([]);
    expect([AZURE.name, AZURE.claimsAreComplete, AZURE.issuers]).toEqual(['Microsoft Entra', false, []]);
  });

  it.each([
    [`https://login.microsoftonline.com/${TENANT}`, ISSUER],
    [`https://login.microsoftonline.com/${TENANT.toUpperCase()}/oauth2/v2.0/token`, ISSUER],
    [`https://login.microsoft.com/${TENANT}/v2.0`, ISSUER],
    [`https://STS.Windows.net/${TENANT.toUpperCase()}`, `https://sts.windows.net/${TENANT}/`],
    ['https://login.microsoftonline.com', 'https://login.microsoftonline.com/TENANT-ID/v2.0'],
    ['https://login.microsoftonline.com/organizations/v2.0', 'https://login.microsoftonline.com/TENANT-ID/v2.0'],
    ['https://login.microsoftonline.com.example', undefined],
    [`x https://login.microsoftonline.com/${TENANT}`, undefined],
    ['x https://login.microsoftonline.com', undefined],
    ['https://sts.windows.net/common/', undefined],
  ])('are meant by the issuer %s: %s', (text, meant) => expect(AZURE.mendIssuer?.(text)).toBe(meant));

  it.each([
    ['tenant', 'tid'],
    ['tenant_id', 'tid'],
    ['object_id', 'oid'],
    ['principal_id', 'oid'],
    ['client_id', 'azp'],
    ['app_id', 'appid'],
  ])('are told for %s, which no token has: %s', (name, meant) => expect(claimMeant(ISSUER, name)).toBe(meant));

  it('have ids in small letters, and a version', () => {
    expect(AZURE.mendClaim?.('oid', TENANT.toUpperCase(), ALONE)).toEqual([TENANT]);
    expect(['1.0', '2.0', '3.0', '2x0'].map((one) => AZURE.claims.get('ver')?.holds(one))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(AZURE.subject.holds(AZURE.subjectExample)).toBe(true);
    expect(AZURE.subjectAdvice?.('x')).toBe(
      'Write the object id of the managed identity or of the service principal (not of the application).',
    );
  });

  it.each(['deployer@acme.example', '/subscriptions/1/resourceGroups/x', 'system:serviceaccount:a:b'])(
    'never have the subject %j',
    (subject) => expect(AZURE.subject.holds(subject)).toBe(false),
  );

  it.each<[string, string | undefined]>([
    ['deployer@acme.example', undefined],
    [TENANT.toUpperCase(), TENANT],
    [`oid=${TENANT}`, TENANT],
    [`https://x.example/${TENANT}`, TENANT],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(AZURE, text)).toBe(meant));
});
