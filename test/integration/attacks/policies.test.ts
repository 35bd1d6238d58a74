import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FileChanges } from '../../support/github/git-objects.ts';
import { OidcIssuer } from '../../support/issuer/oidc-issuer.ts';
import type { Json } from '../../support/json.ts';
import { actionsPolicy, STS_DOMAIN } from '../../support/local-stack.ts';
import type { Ask } from '../../support/local-stack.ts';
import { publicJwk, signToken } from '../../support/signing-key.ts';
import { ALLOWLISTS } from './allowlist.ts';
import { Arena } from './arena.ts';
import { DENIED, INVALID_POLICY, INVALID_REQUEST, NO_POLICY, UNTRUSTED_ISSUER, UNVERIFIED } from './attack.ts';
import type { Outcome } from './attack.ts';
import { plantedKey, POLICY_KEYS, POLICY_PERMISSIONS, POLICY_YAML, withKeys } from './policy-files.ts';
import type { FileAttack } from './policy-files.ts';
import { ISSUER_MATCHING, POLICY_MATCHING } from './policy-matching.ts';
import type { MatchingAttack } from './policy-matching.ts';

const FOLDER = '.github/chainguard';
const FILES: readonly (readonly [prefix: string, rows: readonly FileAttack[]])[] = [
  ['yaml', POLICY_YAML],
  ['permissions', POLICY_PERMISSIONS],
  ['keys', POLICY_KEYS],
];

let arena: Arena;
/** Whose keys a policy's inline ones stand in for; known to nobody but the policies. */
let impersonated: OidcIssuer;

beforeAll(async () => {
  impersonated = await OidcIssuer.start();
  arena = await Arena.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
  const { emulator, issuer, seed } = arena.stack;
  const actions = emulator.actionsIssuer.issuer;
  const placed = (text: string): string => text.replaceAll('ISSUER', issuer.issuer).replaceAll('ACTIONS', actions);
  const policies = (entries: readonly (readonly [string, FileAttack['file']])[]): FileChanges =>
    Object.fromEntries(
      entries.map(([name, file]) => [`${FOLDER}/${name}.sts.yaml`, typeof file === 'string' ? placed(file) : file]),
    );
  const honest = `issuer: ISSUER\nsubject: 'x'\npermissions: { contents: read }\n`;
  for (const [prefix, rows] of FILES) {
    const files = policies([['honest', honest], ...rows.map(({ file }, index) => [String(index), file] as const)]);
    emulator.world.addRepository({ owner: seed.organization, name: prefix, files });
  }
  emulator.world.addRepository({
    owner: seed.organization,
    name: 'matching',
    files: policies([
      ...POLICY_MATCHING.map((row, index) => [String(index), policyText(row)] as const),
      ...ISSUER_MATCHING.map((row, index) => [`issuer-${index}`, policyText(row)] as const),
    ]),
  });
  const inline = (change: (text: string) => string = (text) => text): string =>
    change(withKeys(publicJwk(plantedKey))).replace('ISSUER', impersonated.issuer);
  emulator.world.addRepository({
    owner: seed.organization,
    name: 'inline',
    files: policies([
      ['mine', inline()],
      ['same-issuer', inline((text) => text.replace(/jwks.*\n/, ''))],
      ['known', withKeys(publicJwk(plantedKey))],
      ['write', inline((text) => text.replace('contents: read', 'contents: write'))],
    ]),
  });
  emulator.world.commit('acme/.github', {
    [`${FOLDER}/mine-only.sts.yaml`]: actionsPolicy(actions, [
      'permissions: { contents: read }',
      'caller_repository_only: true',
    ]).replace(/subject:.*/, "subject_pattern: 'repo:.*'"),
    [`${FOLDER}/mine-of-app.sts.yaml`]: actionsPolicy(actions, [
      'permissions: { contents: read }',
      'caller_repository_only: true',
      'repositories: [app]',
    ]),
    [`${FOLDER}/mine-elsewhere.sts.yaml`]: placed(`${honest}caller_repository_only: true\n`),
    [`${FOLDER}/mine-planted.sts.yaml`]: inline((text) => `${text}caller_repository_only: true\n`),
  });
  const hostPattern = new URL(issuer.issuer).host.replaceAll('.', '\\.');
  ALLOWLISTS.forEach(({ list }, index) => {
    addListed(`list-${index}`, list.replaceAll('PATTERN', 'http://HOST').replaceAll('HOST', hostPattern));
  });
  addListed('listed', `issuers: ['ISSUER']\n`);
  addListed('patterned', `issuer_patterns: ['http://127\\.0\\.0\\.1:[0-9]+']\n`);
  addListed('planted', `issuers: ['${impersonated.issuer}']\n`, inline());

  function addListed(owner: string, list: string, policy = honest): void {
    arena.stack.addOwner(owner, {
      policyFiles: { [`${FOLDER}/trusted-token-issuers.yaml`]: placed(list) },
      repositories: { app: policies([['any', policy]]) },
    });
  }
});

afterAll(async () => {
  const { hits } = impersonated;
  await impersonated.close();
  await arena.close();
  // Asked by the one policy that names it and brings no keys.
  expect(hits.jwks).toBeLessThanOrEqual(2);
});

function policyText({ policy }: MatchingAttack): string {
  const lines = policy.some((line) => line.startsWith('issuer')) ? policy : ['issuer: ISSUER', ...policy];
  return [...lines, 'permissions: { contents: read }', ''].join('\n');
}

function asked(scope: string, identity: string, token: string): Ask {
  return { path: '/sts/exchange', query: { scope, identity }, token };
}

function ofIssuer(claims: Readonly<Record<string, Json>> = {}): string {
  return arena.stack.issuer.sign({ sub: 'x', aud: STS_DOMAIN, ...claims });
}

/** By an author's own key, in the name of an issuer. */
function planted(claims: Readonly<Record<string, Json>> = {}): string {
  return signToken(plantedKey, impersonated.claims({ sub: 'x', aud: STS_DOMAIN, ...claims }));
}

describe('a policy', () => {
  const matching = POLICY_MATCHING.map((row, index) => ({ ...row, index }));

  it.each(matching)('does not take $title ($source)', async ({ index, claims, expected }) => {
    await arena.refuses(asked('acme/matching', String(index), ofIssuer(claims)), expected);
  });

  it.each(ISSUER_MATCHING.map((row, index) => ({ ...row, index })))(
    'does not take $title ($source)',
    async ({ index, claims, expected }) => {
      await arena.refuses(asked('acme/matching', `issuer-${index}`, ofIssuer(claims)), expected);
    },
  );

  it.each<readonly [pattern: string, team: Json]>([
    ['ops|dev', 'ops'],
    ['ops|dev', 'dev'],
    ['ops|dev', ['x', 'dev']],
    ['ops|', ''],
    ['^ops$|^dev$', 'dev'],
    ['(?m)^ops$', 'ops'],
    ['(?i)ops', 'oPS'],
    ['\\Qops|dev\\E', 'ops|dev'],
    ['[a-z]+', 'ops'],
    ['(a+)+b', `${'a'.repeat(300)}b`],
    ['9007199254740993', '9007199254740993'],
    ['\\d+', 12],
  ])('takes for %s what it means: %j', async (pattern, team) => {
    const { index } = matching.find(({ policy }) => policy[1] === `claim_pattern: { team: '${pattern}' }`)!;
    await arena.grants(asked('acme/matching', String(index), ofIssuer({ team })));
  });
});

describe.each(FILES)('a file (%s)', (repository, rows) => {
  it('is a policy where nothing is wrong with it', async () => {
    await arena.grants(asked(`acme/${repository}`, 'honest', ofIssuer()));
  });

  it.each(rows.map((row, index) => ({ ...row, index })))('is no policy: $title ($source)', async ({ index, file }) => {
    const isLink = typeof file !== 'string';
    const answer = await arena.stack.send(asked(`acme/${repository}`, String(index), ofIssuer()));
    expect([answer.status, answer.json.error]).toEqual(isLink ? [404, expect.any(String)] : INVALID_POLICY);
    if (repository !== 'keys' || isLink) return;
    // What its author planted proves nothing either, in whosever name.
    const named = /^issuer: (\S+)$/m.exec(file)?.[1] ?? 'ISSUER';
    await arena.refuses(asked('acme/keys', String(index), signToken(plantedKey, claimsOf(named))), UNVERIFIED);
  });

  function claimsOf(named: string) {
    const { issuer, emulator } = arena.stack;
    const iss = named.replace('ISSUER', issuer.issuer).replace('ACTIONS', emulator.actionsIssuer.issuer);
    return issuer.claims({ sub: 'x', aud: STS_DOMAIN, iss });
  }
});

describe('a narrowing (spec, narrowing; RFC 8693 §2.1)', () => {
  const narrowed = (query: string): Ask => ({
    path: '/sts/exchange',
    query: `scope=acme/app&identity=deploy&${query}`,
    token: arena.stack.actionsToken(),
  });

  it.each(['permissions=contents:read', 'repositories=app', 'repositories=APP', 'permissions=deployments:read'])(
    'is granted: %s',
    async (query) => {
      await arena.grants(narrowed(query));
    },
  );

  it.each<readonly [query: string, expected: Outcome]>([
    ['permissions=', INVALID_REQUEST],
    ['permissions=,', INVALID_REQUEST],
    ['permissions=%20', INVALID_REQUEST],
    ['permissions={}', INVALID_REQUEST],
    ['permissions=contents', INVALID_REQUEST],
    ['permissions=contents:', INVALID_REQUEST],
    ['permissions=:read', INVALID_REQUEST],
    ['permissions=contents:none', INVALID_REQUEST],
    ['permissions=contents:READ', INVALID_REQUEST],
    ['permissions=Contents:read', INVALID_REQUEST],
    ['permissions=contents:read:write', INVALID_REQUEST],
    ['permissions=contents:read;issues:read', INVALID_REQUEST],
    ['permissions=contents:read,,', INVALID_REQUEST],
    ['permissions=contents:read,contents:write', INVALID_REQUEST],
    ['permissions=__proto__:read', INVALID_REQUEST],
    ['permissions=*:read', INVALID_REQUEST],
    [`permissions=${'a'.repeat(200)}:read`, INVALID_REQUEST],
    ['permissions=constructor:read', DENIED],
    ['permissions=contents:write', DENIED],
    ['permissions=contents:admin', DENIED],
    ['permissions=deployments:admin', DENIED],
    ['permissions=contents:read,issues:read', DENIED],
    ['permissions=metadata:read', DENIED],
    ['permissions=metadata:write', DENIED],
    ['permissions=administration:read', DENIED],
    ['permissions=members:read', DENIED],
    ['permissions=emails:read', DENIED],
    ['permissions=everything:read', DENIED],
    ['repositories=', INVALID_REQUEST],
    ['repositories=,', INVALID_REQUEST],
    ['repositories=app,', INVALID_REQUEST],
    ['repositories=*', INVALID_REQUEST],
    ['repositories=..', INVALID_REQUEST],
    ['repositories=app/..', INVALID_REQUEST],
    ['repositories=acme/app', INVALID_REQUEST],
    ['repositories=octocat/hello-world', INVALID_REQUEST],
    ['repositories=app%00', INVALID_REQUEST],
    ['repositories=app%0Ainfra', INVALID_REQUEST],
    ['repositories=%E2%84%AAit', INVALID_REQUEST],
    ['repositories=7002', DENIED],
    ['repositories=infra', DENIED],
    ['repositories=app,infra', DENIED],
    ['repositories=infra,app', DENIED],
    ['repositories=APP,INFRA', DENIED],
    ['repositories=.github', DENIED],
    ['repositories=hello-world', DENIED],
    [`repositories=${Array.from({ length: 501 }, (_, index) => `r${index}`).join(',')}`, INVALID_REQUEST],
  ])('never widens a policy: %s', async (query, expected) => {
    const { emulator } = arena.stack;
    await arena.refuses(narrowed(query), expected);
    expect(emulator.count({ operation: 'apps/create-installation-access-token' })).toBe(0);
  });

  it.each<readonly [query: string, expected: Outcome]>([
    ['repositories=.github', DENIED],
    ['repositories=app,.github', DENIED],
    ['permissions=issues:read', DENIED],
    ['permissions=contents:admin&repositories=app', DENIED],
    ['permissions=contents:write&repositories=keys', DENIED],
  ])('never widens an organization’s policy: %s', async (query, expected) => {
    const token = arena.stack.actionsToken();
    await arena.refuses({ path: '/sts/exchange', query: `scope=acme&identity=release&${query}`, token }, expected);
  });

  it.each(['repositories=app', 'repositories=app,infra', 'permissions=contents:read&repositories=INFRA'])(
    'is granted by an organization’s policy: %s',
    async (query) => {
      const token = arena.stack.actionsToken();
      await arena.grants({ path: '/sts/exchange', query: `scope=acme&identity=release&${query}`, token });
    },
  );
});

describe('keys that a policy brings along (spec, jwks)', () => {
  it('prove a token for that policy', async () => {
    await arena.grants(asked('acme/inline', 'mine', planted()));
  });

  it.each<readonly [title: string, ask: () => Ask, expected: Outcome]>([
    ['another policy of the same issuer', () => asked('acme/inline', 'same-issuer', planted()), UNTRUSTED_ISSUER],
    ['another subject', () => asked('acme/inline', 'mine', planted({ sub: 'y' })), DENIED],
    ['another audience', () => asked('acme/inline', 'mine', planted({ aud: 'y' })), DENIED],
    ['a token that has expired', () => asked('acme/inline', 'mine', planted({ exp: 1 })), UNVERIFIED],
    [
      'a token of the real issuer',
      () => asked('acme/inline', 'mine', impersonated.sign({ sub: 'x', aud: STS_DOMAIN })),
      UNVERIFIED,
    ],
    ['a known issuer’s own token', () => asked('acme/inline', 'known', ofIssuer()), UNVERIFIED],
    [
      'a forged token of a known issuer',
      () => asked('acme/inline', 'known', planted({ iss: arena.stack.issuer.issuer })),
      UNVERIFIED,
    ],
    ['a repository under an enforcing list', () => asked('planted/app', 'any', planted()), UNTRUSTED_ISSUER],
    [
      'a caller’s repository',
      () =>
        asked(
          'acme',
          'mine-planted',
          planted({ repository: 'acme/infra', repository_id: '7002', repository_owner_id: '9919001' }),
        ),
      DENIED,
    ],
  ])('do not serve for %s', async (_, ask, expected) => {
    await arena.refuses(ask(), expected);
  });

  it('make nobody an insider: they explain the policy that brings them, and nothing beside it', async () => {
    const claims = { sub: 'y', repository_owner: 'acme', repository_owner_id: '9919001' };
    const answer = await arena.refuses(asked('acme/inline', 'mine', planted(claims)), DENIED);
    expect(answer.json.explanation).toMatchObject({ policy: '.github/chainguard/mine.sts.yaml', notes: [] });
    const elsewhere = await arena.refuses(asked('acme/inline', 'mien', planted(claims)), UNTRUSTED_ISSUER);
    expect(elsewhere.json).not.toHaveProperty('explanation');
  });

  it('do not reach KV', async () => {
    const entries = [...(await arena.stack.worker.kvEntries()).entries()];
    expect(entries.filter(([key]) => key.includes(impersonated.issuer))).toEqual([]);
    expect(entries.filter(([key, value]) => key.startsWith('keys|') && value.includes(plantedKey.kid ?? '?'))).toEqual(
      [],
    );
  });
});

describe('a policy for the caller’s own repository alone (spec, caller_repository_only)', () => {
  const exchange = (identity: string, token: string, query = {}): Ask => ({
    path: '/sts/exchange',
    query: { scope: 'acme', identity, ...query },
    token,
  });

  it('covers that one', async () => {
    const answer = await arena.grants(exchange('mine-only', arena.stack.actionsToken()));
    const minted = arena.stack.emulator.tokens.findLive(String(answer.json.token));
    expect(minted?.repositoryIds).toEqual(new Set([7002]));
  });

  it.each<readonly [title: string, ask: () => Ask]>([
    [
      'a repository of another owner',
      () => exchange('mine-only', arena.stack.actionsToken({ repository: 'octocat/hello-world' })),
    ],
    [
      'an owner of another id',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_owner_id: '1' } })),
    ],
    [
      'an owner by a number',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_owner_id: 9919001 } })),
    ],
    [
      'an owner by name alone',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_owner_id: undefined } })),
    ],
    [
      'no repository’s id',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_id: undefined } })),
    ],
    ['an id of zero', () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_id: '0' } }))],
    ['a negative id', () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_id: '-7002' } }))],
    [
      'an id that is a list',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_id: ['7002'] } })),
    ],
    [
      'an id that is beyond counting',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_id: '1e400' } })),
    ],
    [
      'an id that is a fraction',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository_id: '7002.5' } })),
    ],
    [
      'a repository without a name',
      () => exchange('mine-only', arena.stack.actionsToken({ claims: { repository: 'acme' } })),
    ],
    ['a repository that is not on the policy’s list', () => exchange('mine-of-app', arena.stack.actionsToken())],
    [
      'a narrowing to another repository',
      () => exchange('mine-only', arena.stack.actionsToken(), { repositories: 'app' }),
    ],
    [
      'a narrowing to one repository more',
      () => exchange('mine-only', arena.stack.actionsToken(), { repositories: 'infra,app' }),
    ],
    [
      'a token of another issuer with the same claims',
      () =>
        exchange(
          'mine-elsewhere',
          ofIssuer({ repository: 'acme/infra', repository_id: '7002', repository_owner_id: '9919001' }),
        ),
    ],
  ])('refuses %s', async (_, ask) => {
    await arena.refuses(ask(), DENIED);
  });
});

describe('an organization’s list of issuers', () => {
  it.each(['listed', 'patterned'])('admits whom it names (%s)', async (owner) => {
    await arena.grants(asked(`${owner}/app`, 'any', ofIssuer()));
  });

  it.each(ALLOWLISTS.map((row, index) => ({ ...row, index })))(
    'admits nobody whom it does not name: it $title ($source)',
    async ({ index, expected }) => {
      await arena.refuses(asked(`list-${index}/app`, 'any', ofIssuer()), expected);
    },
  );

  it('does not tell whether a policy exists to those whom it refuses', async () => {
    await arena.refuses(asked('list-0/app', 'nothing', ofIssuer()), UNTRUSTED_ISSUER);
    await arena.refuses(asked('listed/app', 'nothing', ofIssuer()), NO_POLICY);
  });
});
