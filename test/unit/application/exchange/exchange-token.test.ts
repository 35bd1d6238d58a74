import { beforeEach, describe, expect, it } from '@jest/globals';
import { orderByRendezvous } from '../../../../src/domain/apps.ts';
import { PermissionSet, type PermissionEntry } from '../../../../src/domain/permission-set.ts';
import { generateSigningKey, publicJwk } from '../../../support/signing-key.ts';
import { ACME_ID, ACTIONS, MINUTE } from '../policies/policy-world.ts';
import { ExchangeWorld, GITLAB, type Outcome } from './exchange-world.ts';

const CI = `issuer: ${ACTIONS}\nsubject: repo:acme/infra:ref:refs/heads/main\npermissions: { contents: read, issues: write }\n`;
const PROJECT = `issuer: ${GITLAB}\nsubject: project\npermissions: { contents: read }\n`;
const UNLISTED = 'issuers: [https://issuer.example.com]\n';

const NOW_SECONDS = Date.parse('2026-11-02T08:00:00Z') / 1000;

let world: ExchangeWorld;

beforeEach(() => {
  world = new ExchangeWorld();
  world.put('app', { ci: CI, project: PROJECT, broken: 'issuer: [' });
});

function kindOf({ grant, refusal }: Outcome): string {
  return grant === undefined ? (refusal?.kind ?? 'nothing') : 'granted';
}

describe('a grant', () => {
  it('holds what the policy says, on the repository of the scope, by its id', async () => {
    const outcome = await world.exchange(world.actions());
    expect(world.askedOf(outcome)).toEqual({
      app: 'default',
      permissions: { contents: 'read', issues: 'write' },
      repositories: { kind: 'id', id: 1, name: 'app' },
    });
    expect(outcome.grant?.permissions).toEqual({ metadata: 'read', contents: 'read', issues: 'write' });
    expect(outcome.grant?.askedPermissions).toEqual({ contents: 'read', issues: 'write' });
  });

  it.each([
    ['acme', 'wide', { kind: 'all' }],
    ['acme/.github', 'wide', { kind: 'id', id: 3, name: '.github' }],
    ['acme', 'every', { kind: 'all' }],
    ['acme/.github', 'every', { kind: 'all' }],
    ['acme', 'named', { kind: 'names', names: ['app', 'infra'] }],
    ['acme/.github', 'named', { kind: 'names', names: ['app', 'infra'] }],
  ])('for the scope %s by the organization’s policy %s covers %j', async (scope, identity, repositories) => {
    world.put('.github', { wide: CI, every: `${CI}repositories: []\n`, named: `${CI}repositories: [app, infra]\n` });
    expect(world.askedOf(await world.exchange(world.actions(), scope, identity))?.repositories).toEqual(repositories);
  });

  it('is recorded with everything that was decided, and without the token', async () => {
    const { grant } = await world.exchange(world.actions(), 'acme/app', 'ci', {
      userAgent: 'curl',
      clientAddress: '::1',
    });
    expect(world.auditLog.events).toHaveLength(1);
    expect(world.auditLog.events[0]).toMatchObject({
      outcome: 'granted',
      requestId: 'a-request',
      scope: 'acme/app',
      identity: 'ci',
      userAgent: 'curl',
      clientAddress: '::1',
      proven: true,
      issuer: ACTIONS,
      subject: 'repo:acme/infra:ref:refs/heads/main',
      policyPath: '.github/chainguard/ci.sts.yaml',
      allowlist: 'absent',
      repositories: ['app'],
      permissions: { contents: 'read', issues: 'write', metadata: 'read' },
    });
    expect(JSON.stringify(world.auditLog.events)).not.toContain(grant?.secret);
  });
});

describe('narrowing', () => {
  const permissions = (...levels: [PermissionEntry, ...PermissionEntry[]]) => ({
    permissions: PermissionSet.of(...levels),
  });

  it('cuts permissions and repositories down to what was asked for', async () => {
    world.put('.github', { named: `${CI}repositories: [app, infra]\n` });
    const narrowing = { ...permissions(['issues', 'read']), repositories: ['Infra'] };
    const outcome = await world.exchange(world.actions(), 'acme', 'named', { narrowing });
    expect(world.askedOf(outcome)).toMatchObject({
      permissions: { issues: 'read' },
      repositories: { kind: 'names', names: ['Infra'] },
    });
  });

  it.each([
    ['a permission more', permissions(['contents', 'read'], ['checks', 'write'])],
    ['a level more', permissions(['contents', 'write'])],
    ['another repository', { repositories: ['infra'] }],
    ['a repository more', { repositories: ['app', 'infra'] }],
  ])('never widens: %s is refused', async (_what, narrowing) => {
    expect(kindOf(await world.exchange(world.actions(), 'acme/app', 'ci', { narrowing }))).toBe(
      'narrowing_not_granted',
    );
    expect(world.minter.live.size).toBe(0);
  });
});

describe('the order of checks', () => {
  it('refuses what no policy could admit before anything is looked up', async () => {
    for (const token of ['nonsense', world.actions({ iss: 'http://example.com' }), world.actions({ exp: 1 })]) {
      expect(['invalid_token', 'token_verification_failed']).toContain(kindOf(await world.exchange(token)));
    }
    expect([world.installations.lookups, world.policies.reads, world.verifier.contacted]).toEqual([0, 0, []]);
  });

  it('asks the operator’s list before the issuer', async () => {
    world.operatorSays({ allowedIssuers: new Set(['https://other.example.com']) });
    expect(kindOf(await world.exchange(world.actions()))).toBe('issuer_not_allowed');
    expect([world.installations.lookups, world.verifier.contacted]).toEqual([0, []]);
  });

  it.each([
    ['the server’s Actions issuer', ACTIONS, {}],
    ['an issuer of KNOWN_ISSUERS', GITLAB, { knownIssuers: new Set([GITLAB]) }],
    ['an issuer of the operator’s list', GITLAB, { allowedIssuers: new Set([GITLAB]) }],
  ])('proves a token of %s before anything is asked of GitHub', async (_who, iss, rules) => {
    world.operatorSays(rules);
    const forged = world.gitlab({ iss }, 'a stranger');
    expect(kindOf(await world.exchange(forged))).toBe('token_verification_failed');
    expect([world.installations.lookups, world.policies.reads, world.verifier.contacted]).toEqual([0, 0, [iss]]);
  });

  it('contacts another issuer only once the policy names it', async () => {
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'ci'))).toBe('issuer_not_allowed');
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'missing'))).toBe('issuer_not_allowed');
    expect(world.verifier.contacted).toEqual([]);
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project'))).toBe('granted');
    expect(world.verifier.contacted).toEqual([GITLAB]);
  });

  it('contacts no issuer that the organization does not list, whatever the policy says', async () => {
    world.list(UNLISTED);
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project'))).toBe('issuer_not_allowed');
    expect(world.verifier.contacted).toEqual([]);
  });

  it('judges the organization’s list before the policy', async () => {
    world.list(UNLISTED);
    for (const identity of ['ci', 'missing', 'broken']) {
      expect(kindOf(await world.exchange(world.actions(), 'acme/app', identity))).toBe('issuer_not_allowed');
    }
    world.list('nonsense: true\n');
    for (const identity of ['ci', 'missing', 'broken']) {
      expect(kindOf(await world.exchange(world.actions(), 'acme/app', identity))).toBe('issuer_allowlist_invalid');
    }
  });

  it('lets an auditing list pass, and records it', async () => {
    world.list(`mode: audit\n${UNLISTED}`);
    expect(kindOf(await world.exchange(world.actions()))).toBe('granted');
    expect(world.auditLog.events[0]?.allowlist).toBe('audit');
  });

  it('names every field that does not match, not only the first', async () => {
    const { refusal } = await world.exchange(world.actions({ sub: 'x', aud: 'y' }));
    expect(refusal?.kind).toBe('permission_denied');
    expect(world.auditLog.events[0]?.fields?.map(({ field, matched }) => [field, matched])).toEqual([
      ['issuer', true],
      ['subject', false],
      ['audience', false],
    ]);
  });
});

describe('an unproven caller', () => {
  it('is told one and the same, whatever the reason', async () => {
    world.list(`issuers: [${ACTIONS}, ${GITLAB}]\n`);
    const stranger = (): string => world.gitlab({ iss: 'https://stranger.example.com' });
    const cases: readonly [scope: string, identity: string, real: string][] = [
      ['acme/app', 'ci', 'issuer_not_allowed'],
      ['nobody/app', 'ci', 'installation_not_found'],
    ];
    const told = new Set<string>();
    for (const [scope, identity] of cases)
      told.add(JSON.stringify(toldTo(await world.exchange(stranger(), scope, identity))));
    world.list(`issuers: [https://stranger.example.com]\n`);
    for (const identity of ['ci', 'missing', 'broken']) {
      told.add(JSON.stringify(toldTo(await world.exchange(stranger(), 'acme/app', identity))));
    }
    world.list('nonsense: true\n');
    told.add(JSON.stringify(toldTo(await world.exchange(stranger()))));
    expect([...told]).toHaveLength(1);
    expect(world.verifier.contacted).toEqual([]);
    const real = world.auditLog.events.map(({ refusal }) => refusal?.kind);
    expect(new Set(real)).toEqual(
      new Set([
        'issuer_not_allowed',
        'installation_not_found',
        'policy_not_found',
        'policy_invalid',
        'issuer_allowlist_invalid',
      ]),
    );
  });

  it('learns nothing of a policy from a bad signature, where the policy alone names the issuer', async () => {
    const forged = (): string => world.gitlab({}, 'a stranger');
    const missing = toldTo(await world.exchange(forged(), 'acme/app', 'missing'));
    expect(toldTo(await world.exchange(forged(), 'acme/app', 'project'))).toEqual(missing);
    expect(world.auditLog.events[1]?.refusal?.kind).toBe('token_verification_failed');
  });

  it('with a token that its issuer signed is told what is wrong with it', async () => {
    const future = world.gitlab({ nbf: NOW_SECONDS + 3600 });
    expect(kindOf(await world.exchange(future, 'acme/app', 'project'))).toBe('token_verification_failed');
  });

  it('is told of GitHub’s own failures as they are', async () => {
    world.policies.failure = { kind: 'unavailable', cause: 'down', detail: 'test' };
    expect(kindOf(await world.exchange(world.gitlab()))).toBe('unavailable');
  });

  it('stays unproven under cached keys that do not fit, for a policy may bring its own', async () => {
    await world.exchange(world.gitlab(), 'acme/app', 'project');
    expect(kindOf(await world.exchange(world.gitlab({}, 'a stranger'), 'acme/app', 'missing'))).toBe(
      'issuer_not_allowed',
    );
  });

  it('is proven by cached keys that fit, and then told what is so', async () => {
    await world.exchange(world.gitlab(), 'acme/app', 'project');
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'missing'))).toBe('policy_not_found');
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'ci'))).toBe('permission_denied');
  });

  function toldTo({ refusal }: Outcome): unknown {
    const { detail: _, ...details } = refusal?.details ?? {};
    return [refusal?.kind, refusal?.message, details];
  }
});

describe('an exchange', () => {
  it('has 15 seconds in all, from when it began', async () => {
    await world.exchange(world.actions());
    expect(world.deadline?.leftMs).toBe(15_000);
    world.clock.advance(14_000);
    expect(world.deadline?.leftMs).toBe(1000);
  });

  it('that a bug ends passes it on, and is recorded as far as it came', async () => {
    const bug = new TypeError('a bug');
    world.operatorSays({
      isActionsIssuer: () => {
        throw bug;
      },
    });
    await expect(world.exchange(world.actions())).rejects.toBe(bug);
    expect(world.auditLog.events).toMatchObject([
      { outcome: 'refused', issuer: ACTIONS, refusal: { kind: 'internal_error' } },
    ]);
  });
});

describe('the bounds', () => {
  const stranger = (): string => world.gitlab({ iss: 'https://stranger.example.com' });
  const outsider = (): string => world.actions({ repository_owner: 'other', repository_owner_id: '7' });

  it('let the unproven cause 30 requests a minute, all together', async () => {
    world.costs = 3;
    for (let count = 0; count < 10; count++)
      expect(kindOf(await world.exchange(stranger()))).toBe('issuer_not_allowed');
    const { refusal } = await world.exchange(stranger(), 'other/app');
    expect([refusal?.kind, refusal?.details.retryAfterSeconds]).toEqual(['rate_limited', 60]);
    expect(kindOf(await world.exchange(world.actions()))).toBe('granted');
    world.clock.advance(59_000);
    expect(kindOf(await world.exchange(stranger()))).toBe('rate_limited');
    world.clock.advance(1000);
    expect(kindOf(await world.exchange(stranger()))).toBe('issuer_not_allowed');
  });

  it('let proven outsiders cause 60 requests a minute that end in an absence', async () => {
    world.costs = 4;
    for (let count = 0; count < 15; count++) {
      expect(kindOf(await world.exchange(outsider(), 'acme/app', `missing-${count}`))).toBe('policy_not_found');
    }
    expect(kindOf(await world.exchange(outsider(), 'acme/app', 'missing'))).toBe('rate_limited');
    expect(kindOf(await world.exchange(outsider(), 'nobody/app', 'ci'))).toBe('rate_limited');
    world.clock.advance(60_000);
    expect(kindOf(await world.exchange(outsider(), 'acme/app', 'missing'))).toBe('policy_not_found');
  });

  it('do not count what does not end in an absence', async () => {
    world.costs = 4;
    for (let count = 0; count < 40; count++) {
      expect(kindOf(await world.exchange(outsider()))).toBe('granted');
      expect(kindOf(await world.exchange(world.actions({ sub: 'x', repository_owner_id: '7' })))).toBe(
        'permission_denied',
      );
    }
  });

  it('hold for insiders of each owner on its own', async () => {
    world.costs = 4;
    for (let count = 0; count < 15; count++) {
      expect(kindOf(await world.exchange(world.actions(), 'acme/app', 'missing'))).toBe('policy_not_found');
    }
    expect(kindOf(await world.exchange(world.actions(), 'acme/app', 'missing'))).toBe('rate_limited');
    const other = world.actions({ repository_owner: 'other', repository_owner_id: '7' });
    expect(kindOf(await world.exchange(other, 'other/app', 'missing'))).toBe('installation_not_found');
    world.clock.advance(60_000);
    expect(kindOf(await world.exchange(world.actions(), 'acme/app', 'missing'))).toBe('policy_not_found');
  });

  it('let no crowd of insiders past them, whose lookups have not ended yet', async () => {
    world.costs = 4;
    const crowd = Array.from({ length: 40 }, () => world.exchange(world.actions(), 'acme/app', 'missing'));
    const kinds = (await Promise.all(crowd)).map(kindOf);
    expect(kinds.filter((kind) => kind === 'policy_not_found')).toHaveLength(15);
    expect(kinds.filter((kind) => kind === 'rate_limited')).toHaveLength(25);
  });

  it('refuse none of a crowd of insiders whose lookups end well: some wait', async () => {
    world.costs = 4;
    const crowd = Array.from({ length: 60 }, () => world.exchange(world.actions()));
    expect((await Promise.all(crowd)).map(kindOf)).toEqual(Array(60).fill('granted'));
  });

  it('give an outsider back what GitHub’s own limit ended, and not what ours ended', async () => {
    world.costs = 4;
    world.policies.failure = { kind: 'unavailable', cause: 'limited', detail: 'test' };
    for (let count = 0; count < 20; count++) expect(kindOf(await world.exchange(outsider()))).toBe('rate_limited');
    world.policies.failure = undefined;
    expect(kindOf(await world.exchange(outsider()))).toBe('granted');
    for (let count = 0; count < 16; count++) await world.exchange(outsider(), 'acme/app', 'missing');
    expect(kindOf(await world.exchange(outsider()))).toBe('rate_limited');
  });

  it('let a caller in whose issuer’s keys are old, while strangers flood', async () => {
    world.costs = 2;
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project'))).toBe('granted');
    world.verifier.old.add(GITLAB);
    for (let count = 0; count < 15; count++) await world.exchange(stranger(), `invented-${count}/app`);
    expect(kindOf(await world.exchange(stranger()))).toBe('rate_limited');
    expect(kindOf(await world.exchange(world.gitlab({}, 'forged'), 'acme/app', 'project'))).toBe('rate_limited');
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project'))).toBe('granted');
    expect(world.verifier.contacted).toEqual([GITLAB, GITLAB]);
  });

  it('take old keys for a budget and for nothing else', async () => {
    await world.exchange(world.gitlab(), 'acme/app', 'project');
    world.verifier.old.add(GITLAB);
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'missing'))).toBe('issuer_not_allowed');
    world.verifier.down.set(GITLAB, { kind: 'unavailable', cause: 'down', detail: 'test' });
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project'))).toBe('upstream_error');
  });

  it('leave room for a second client, once one is known, that keys nowhere cached can prove', async () => {
    world.costs = 4;
    const flood = { clientAddress: '198.51.100.7' };
    const honest = { clientAddress: '203.0.113.9' };
    expect(kindOf(await world.exchange(stranger(), 'acme/app', 'ci', honest))).toBe('issuer_not_allowed');
    world.clock.advance(60_000);
    for (let count = 0; count < 20; count++) await world.exchange(stranger(), `invented-${count}/app`, 'ci', flood);
    expect(kindOf(await world.exchange(stranger(), 'acme/app', 'ci', flood))).toBe('rate_limited');
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project', honest))).toBe('granted');
  });

  it('do not count as unproven what a caller caused who could prove itself in the end', async () => {
    world.costs = 5;
    for (let count = 0; count < 10; count++) {
      world.verifier.forget();
      expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'project'))).toBe('granted');
    }
  });

  it('keep keys where all isolates see them, but those of an issuer that a pattern names', async () => {
    world.put('app', {
      exact: `issuer: ${GITLAB}\nsubject: project\npermissions: { contents: read }\n`,
      pattern: 'issuer_pattern: https://[a-z]+\\.example\\.com\nsubject: project\npermissions: { contents: read }\n',
    });
    expect(kindOf(await world.exchange(world.gitlab(), 'acme/app', 'exact'))).toBe('granted');
    const iss = 'https://other.example.com';
    expect(kindOf(await world.exchange(world.gitlab({ iss }), 'acme/app', 'pattern'))).toBe('granted');
    expect([...world.verifier.keptHere]).toEqual([iss]);
  });
});

describe('who is told why', () => {
  const mismatch = { sub: 'repo:acme/infra:ref:refs/heads/other' };

  it('is a caller of the owner, by the owner’s id', async () => {
    const { refusal } = await world.exchange(world.actions(mismatch));
    expect(refusal?.details.explanation).toMatchObject({
      policy: '.github/chainguard/ci.sts.yaml',
      fields: [
        { field: 'issuer', matched: true },
        { field: 'subject', matched: false },
        { field: 'audience', matched: true },
      ],
    });
  });

  it.each<[string, () => string]>([
    ['of another owner', () => world.actions({ ...mismatch, repository_owner: 'other', repository_owner_id: '7' })],
    ['of an owner whose name alone is the same', () => world.actions({ ...mismatch, repository_owner_id: '7' })],
    ['of an owner whose id is no text', () => world.actions({ ...mismatch, repository_owner_id: ACME_ID })],
    [
      'of another issuer with the same claims',
      () => world.gitlab({ repository_owner: 'acme', repository_owner_id: String(ACME_ID) }),
    ],
  ])('is no caller %s', async (_who, token) => {
    world.operatorSays({ knownIssuers: new Set([GITLAB]) });
    const { refusal } = await world.exchange(token());
    expect(refusal?.kind).toBe('permission_denied');
    expect(refusal?.details.explanation).toBeUndefined();
  });

  it('is nobody or everybody where the operator says so, but never the unproven', async () => {
    world.operatorSays({ explainTo: 'nobody' });
    expect((await world.exchange(world.actions(mismatch))).refusal?.details.explanation).toBeUndefined();
    world.operatorSays({ explainTo: 'everybody' });
    const outsider = world.actions({ ...mismatch, repository_owner_id: '7' });
    expect((await world.exchange(outsider)).refusal?.details.explanation).toBeDefined();
    expect((await world.exchange(world.gitlab(), 'acme/app', 'broken')).refusal?.details.explanation).toBeUndefined();
  });

  it('hears GitHub’s own words on a refused mint', async () => {
    world.minter.next.push({ kind: 'refused', reason: 'The permissions requested are not granted.' });
    const { refusal } = await world.exchange(world.actions());
    expect(refusal?.details.explanation?.notes).toEqual(['GitHub: The permissions requested are not granted.']);
    expect(refusal?.message).not.toContain('requested');
  });
});

describe('caller_repository_only', () => {
  const POLICY = `issuer: ${ACTIONS}\nsubject_pattern: .*\npermissions: { contents: read }\ncaller_repository_only: true\n`;

  it('covers the repository that the caller’s token names, by its id', async () => {
    world.put('.github', { own: POLICY });
    expect(world.askedOf(await world.exchange(world.actions(), 'acme', 'own'))?.repositories).toEqual({
      kind: 'id',
      id: 2,
      name: 'infra',
    });
  });

  it('stays among the policy’s repositories where it names some', async () => {
    world.put('.github', { own: `${POLICY}repositories: [app]\n`, both: `${POLICY}repositories: [APP, INFRA]\n` });
    expect(kindOf(await world.exchange(world.actions(), 'acme', 'own'))).toBe('permission_denied');
    expect(kindOf(await world.exchange(world.actions(), 'acme', 'both'))).toBe('granted');
  });

  it.each<[string, object]>([
    ['another owner’s', { repository_owner_id: '7' }],
    ['a number for an owner', { repository_owner_id: ACME_ID }],
    ['no repository id', { repository_id: '' }],
    ['a repository id that is no number', { repository_id: 'two' }],
    ['a repository id that is too large', { repository_id: '9'.repeat(20) }],
    ['a repository id below one', { repository_id: '-2' }],
  ])('refuses a token with %s', async (_what, claims) => {
    world.put('.github', { own: POLICY });
    expect(kindOf(await world.exchange(world.actions({ ...claims }), 'acme', 'own'))).toBe('permission_denied');
    expect(world.minter.live.size).toBe(0);
  });

  it('refuses a token of another issuer, whatever it claims', async () => {
    world.put('.github', { own: POLICY.replace(ACTIONS, GITLAB) });
    const token = world.gitlab({ repository: 'acme/infra', repository_id: '2', repository_owner_id: String(ACME_ID) });
    expect(kindOf(await world.exchange(token, 'acme', 'own'))).toBe('permission_denied');
  });
});

describe('a policy’s own keys', () => {
  const jwks = JSON.stringify({ keys: [publicJwk(generateSigningKey({ kid: 'policy' }))] });
  const POLICY = `${PROJECT}jwks: '${jwks}'\n`;

  it('prove a token of an issuer that is never contacted', async () => {
    world.put('app', { ci: POLICY });
    expect(kindOf(await world.exchange(world.gitlab({}, 'policy')))).toBe('granted');
    expect(world.verifier.contacted).toEqual([]);
  });

  it('replace the issuer’s: what those signed does not count', async () => {
    world.put('app', { ci: POLICY });
    world.operatorSays({ knownIssuers: new Set([GITLAB]) });
    expect(kindOf(await world.exchange(world.gitlab()))).toBe('token_verification_failed');
  });

  it('serve their policy alone', async () => {
    world.put('app', { ci: POLICY, other: PROJECT });
    await world.exchange(world.gitlab({}, 'policy'));
    expect(kindOf(await world.exchange(world.gitlab({}, 'policy'), 'acme/app', 'other'))).toBe('issuer_not_allowed');
    expect(world.auditLog.events[1]?.refusal?.kind).toBe('token_verification_failed');
  });

  it('are told apart from the issuer’s in the audit event', async () => {
    world.put('app', { ci: POLICY, other: PROJECT });
    await world.exchange(world.gitlab({}, 'policy'));
    await world.exchange(world.gitlab(), 'acme/app', 'other');
    expect(world.auditLog.events.map(({ provenBy }) => provenBy)).toEqual(['inline', 'issuer']);
  });

  it('do not serve under an enforcing list, but in the policy repository', async () => {
    world.list(`issuers: [${GITLAB}]\n`);
    world.put('app', { ci: POLICY });
    world.put('.github', { ci: POLICY });
    const { refusal } = await world.exchange(world.gitlab({}, 'policy'));
    expect(refusal?.kind).toBe('issuer_not_allowed');
    expect(world.auditLog.events[0]?.refusal?.kind).toBe('policy_invalid');
    expect(kindOf(await world.exchange(world.gitlab({}, 'policy'), 'acme', 'ci'))).toBe('granted');
    world.list(`mode: audit\nissuers: [${GITLAB}]\n`);
    expect(kindOf(await world.exchange(world.gitlab({}, 'policy')))).toBe('granted');
  });

  it('are invalid under an operator’s list, and for the server’s own Actions', async () => {
    world.operatorSays({ allowedIssuers: new Set([GITLAB]) });
    world.put('app', { ci: POLICY });
    expect(kindOf(await world.exchange(world.gitlab()))).toBe('policy_invalid');
    world.operatorSays({ allowedIssuers: undefined });
    world.put('app', { ci: `${CI}jwks: '${jwks}'\n` });
    expect(kindOf(await world.exchange(world.actions()))).toBe('policy_invalid');
  });
});

describe('GitHub not being available', () => {
  const failure = { kind: 'unavailable', cause: 'limited', retryAfterSeconds: 17, detail: 'test' } as const;

  it('is bridged with what was last confirmed, and logged', async () => {
    await world.exchange(world.actions());
    world.clock.advance(10 * MINUTE);
    world.policies.failure = failure;
    expect(kindOf(await world.exchange(world.actions()))).toBe('granted');
    expect(world.log.entries.map(({ event }) => event)).toEqual(['policies_stale']);
  });

  it('is told with GitHub’s wait where nothing recent is at hand', async () => {
    world.policies.failure = failure;
    const { refusal } = await world.exchange(world.actions());
    expect([refusal?.kind, refusal?.details.retryAfterSeconds]).toEqual(['rate_limited', 17]);
  });

  it('at the mint is told as it is', async () => {
    for (const [cause, kind] of [
      ['limited', 'rate_limited'],
      ['down', 'unavailable'],
      ['timeout', 'upstream_timeout'],
      ['unusable', 'upstream_error'],
      ['credentials', 'misconfigured'],
    ] as const) {
      world.minter.next.push({ kind: 'unavailable', cause, detail: 'test' });
      expect(kindOf(await world.exchange(world.actions()))).toBe(kind);
    }
  });

  it('never turns into an absence of the issuer allowlist', async () => {
    world.list(`issuers: [${ACTIONS}]\n`);
    expect(kindOf(await world.exchange(world.actions()))).toBe('granted');
    world.hidePolicyRepository();
    world.clock.advance(61 * MINUTE);
    expect(kindOf(await world.exchange(world.actions()))).toBe('unavailable');
    expect(world.log.entries.map(({ event }) => event)).not.toContain('issuer_allowlist_unreadable');
  });
});

describe('an allowlist that no App can read', () => {
  it('lets every issuer federate, with a warning, unless the operator says deny', async () => {
    world.hidePolicyRepository();
    expect(kindOf(await world.exchange(world.actions()))).toBe('granted');
    expect(world.log.entries.map(({ event }) => event)).toEqual([
      'issuer_allowlist_unreadable',
      'guardrails_unreadable',
    ]);
    expect(world.auditLog.events[0]?.allowlist).toBe('unreadable');
    world.operatorSays({ allowlistUnreadable: 'deny' });
    expect(kindOf(await world.exchange(world.actions()))).toBe('issuer_not_allowed');
  });
});

describe('the minted token', () => {
  it('is revoked and refused where GitHub granted more than was asked for', async () => {
    world.minter.next.push('too_much');
    expect(kindOf(await world.exchange(world.actions()))).toBe('upstream_error');
    expect(world.minter.revoked).toEqual(['ghs_memory1']);
    expect(world.minter.live.size).toBe(0);
  });

  it('comes from the installation as it is now, where the old one is gone', async () => {
    world.minter.next.push({ kind: 'installation_gone' });
    expect(kindOf(await world.exchange(world.actions()))).toBe('granted');
    expect(world.installations.lookups).toBe(2);
  });

  it('is not minted for the account that took the name', async () => {
    await world.exchange(world.actions());
    world.installations.install({ name: 'default', id: '9' }, 'acme', { id: 99, accountId: 1 });
    world.minter.next.push({ kind: 'installation_gone' });
    expect(kindOf(await world.exchange(world.actions()))).toBe('installation_not_found');
  });

  it('is tried once, not again and again, where the installation stays gone', async () => {
    world.minter.next.push({ kind: 'installation_gone' }, { kind: 'installation_gone' });
    expect(kindOf(await world.exchange(world.actions()))).toBe('installation_not_found');
    expect(world.minter.next).toEqual([]);
  });
});

describe('several Apps', () => {
  const pool = ['one', 'two', 'three'].map((name, index) => ({ name, id: String(index + 1) }));
  const CHECKS = CI.replace('issues: write', 'checks: write');

  beforeEach(() => {
    world = new ExchangeWorld(pool);
    world.put('app', { ci: CI, checks: CHECKS, pinned: `${CI}app: two\n`, nowhere: `${CI}app: four\n` });
  });

  it('stand in for one that is limited', async () => {
    world.minter.next.push({ kind: 'unavailable', cause: 'limited', detail: 'test' });
    expect(world.askedOf(await world.exchange(world.actions()))?.app).toBe('two');
  });

  it('mint by the one that the policy pins, and by none where there is no such one', async () => {
    expect(world.askedOf(await world.exchange(world.actions(), 'acme/app', 'pinned'))?.app).toBe('two');
    expect(kindOf(await world.exchange(world.actions(), 'acme/app', 'nowhere'))).toBe('installation_not_found');
  });

  it('give check runs always to the same one for scope, identity and subject', async () => {
    const subject = 'repo:acme/infra:ref:refs/heads/main';
    const [expected] = orderByRendezvous(pool, `acme/app\nchecks\n${subject}`);
    for (const scope of ['acme/app', 'ACME/App', 'acme/app']) {
      expect(world.askedOf(await world.exchange(world.actions(), scope, 'checks'))?.app).toBe(expected?.name);
    }
  });
});
