import { describe, expect, it } from '@jest/globals';
import { Caller, type ProvenBy } from '../../../src/domain/caller.ts';
import { Claims, type RawClaims } from '../../../src/domain/claims.ts';

const ACCOUNT_ID = 100;

/** A workflow of acme/infra, whose account has the id 100, unless claimed otherwise. */
function caller(changes: RawClaims = {}, provenBy: ProvenBy = 'issuer', isOfActionsIssuer = true): Caller {
  const claims = new Claims({
    iss: 'https://token.actions.githubusercontent.com',
    repository: 'acme/infra',
    repository_id: '2',
    repository_owner: 'acme',
    repository_owner_id: '100',
    ...changes,
  });
  return new Caller(claims, provenBy, isOfActionsIssuer);
}

describe('a caller', () => {
  it.each<[who: string, provenBy: ProvenBy, isOfActionsIssuer: boolean, speaks: boolean]>([
    ['proven by the keys of the server’s Actions issuer', 'issuer', true, true],
    ['proven by the keys of another issuer', 'issuer', false, false],
    // The issuer is the right one here, so that whose keys they were stands in the way alone.
    ['proven by a policy’s own keys, as that issuer', 'inline', true, false],
    ['proven by a policy’s own keys', 'inline', false, false],
  ])('%s', (_who, provenBy, isOfActionsIssuer, speaks) => {
    const one = caller({}, provenBy, isOfActionsIssuer);
    expect(one.speaksForGitHub).toBe(speaks);
    expect(one.belongsTo(ACCOUNT_ID)).toBe(speaks);
    expect(one.namesOwner('acme')).toBe(speaks);
    expect(one.repositoryOf(ACCOUNT_ID)).toEqual(speaks ? { id: 2, name: 'infra' } : undefined);
  });

  it.each<[what: string, changes: RawClaims]>([
    ['another account’s id', { repository_owner_id: '7' }],
    ['its id as a number, which GitHub never writes', { repository_owner_id: ACCOUNT_ID }],
    ['its id in another notation', { repository_owner_id: '0100' }],
    ['its id in a list', { repository_owner_id: ['100'] }],
    ['no id', { repository_owner_id: '' }],
  ])('with %s does not belong to the account, whatever the names say', (_what, changes) => {
    expect(caller(changes).belongsTo(ACCOUNT_ID)).toBe(false);
    expect(caller(changes).repositoryOf(ACCOUNT_ID)).toBeUndefined();
  });

  it('belongs to its account whatever that is called now', () => {
    expect(caller({ repository_owner: 'renamed' }).belongsTo(ACCOUNT_ID)).toBe(true);
  });

  it('names its owner in any case, and nobody where its token does not say', () => {
    expect(caller({ repository_owner: 'Acme' }).namesOwner('aCME')).toBe(true);
    expect(caller().namesOwner('acme2')).toBe(false);
    expect(caller({ repository_owner: ['acme'] }).namesOwner('acme')).toBe(false);
    expect(caller({ repository_owner: 1 }).namesOwner('1')).toBe(false);
  });

  it.each<[what: string, changes: RawClaims]>([
    ['no id', { repository_id: '' }],
    ['an id that is no number', { repository_id: 'two' }],
    ['an id that is a number and no text', { repository_id: 2 }],
    ['an id of zero', { repository_id: '0' }],
    ['an id below one', { repository_id: '-2' }],
    ['a broken id', { repository_id: '1.5' }],
    ['an id that has lost digits', { repository_id: '9007199254740993' }],
    ['no name', { repository: 'infra' }],
    ['a name that is no text', { repository: 5 }],
  ])('has no repository where its token names one with %s', (_what, changes) => {
    expect(caller(changes).repositoryOf(ACCOUNT_ID)).toBeUndefined();
  });

  it('tells of its job where GitHub itself says so, and not where a policy’s own keys could say anything', () => {
    const claims = { run_id: '7', actor: 'octocat' };
    expect(caller(claims).workflowRun).toMatchObject({ runId: '7', actor: 'octocat', repository: 'acme/infra' });
    expect(new Caller(new Claims(claims), 'inline', true).workflowRun).toBeUndefined();
    expect(new Caller(new Claims(claims), 'issuer', false).workflowRun).toBeUndefined();
  });
});

describe('a caller of the operator’s own issuers', () => {
  const ISSUER = 'https://oidc.acme.dev';

  it.each<[who: string, iss: string, provenBy: ProvenBy, issuers: readonly string[], isOne: boolean]>([
    ['is one by the issuer’s own keys', ISSUER, 'issuer', ['https://x.example', ISSUER], true],
    ['is none by the keys of a policy', ISSUER, 'inline', [ISSUER], false],
    ['is none by another issuer', 'https://x.example', 'issuer', [ISSUER], false],
    ['is none by a slash more', `${ISSUER}/`, 'issuer', [ISSUER], false],
    ['is none by a slash less', ISSUER, 'issuer', [`${ISSUER}/`], false],
    ['is none by other letters', 'https://OIDC.acme.dev', 'issuer', [ISSUER], false],
    ['is none by a path below', `${ISSUER}/x`, 'issuer', [ISSUER], false],
    ['is none where there are none', ISSUER, 'issuer', [], false],
  ])('%s', (_who, iss, provenBy, issuers, isOne) => {
    expect(caller({ iss }, provenBy, false).isIssuedBy(new Set(issuers))).toBe(isOne);
  });
});
