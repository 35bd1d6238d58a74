import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionsPolicy, STS_DOMAIN } from '../../support/local-stack.ts';
import type { Ask } from '../../support/local-stack.ts';
import { symlink, type FileContent } from '../../support/github/git-objects.ts';
import { publicJwk, signToken } from '../../support/signing-key.ts';
import { Arena } from './arena.ts';
import { DENIED, INVALID_POLICY, UNTRUSTED_ISSUER, type Outcome } from './attack.ts';
import { plantedKey } from './policy-files.ts';

const FOLDER = '.github/chainguard';
const UNUSABLE: Outcome = [403, 'guardrails_invalid'];

/** What `guarded` is held to. */
const GUARDRAILS = `organization_only: ['release', 'deploy-.*']
repository_policies:
  permissions: { contents: read, issues: write }
  issuers: ['ACTIONS', 'ISSUER']
  same_owner_only: true
deny: [subject-admits-pull-requests, pattern-matches-everything]
max_token_lifetime_seconds: 3600
`;

/** Files that hold no guardrails, whatever they mean to say. */
const HOSTILE: readonly (readonly [title: string, text: FileContent])[] = [
  ['is empty', ''],
  ['is a list', '- mode: audit\n'],
  ['is a text', 'audit\n'],
  ['has a mode alone', 'mode: audit\n'],
  ['has a mode in capitals', 'mode: AUDIT\ndeny: [subject-by-name]\n'],
  ['has a mode with a space', "mode: 'audit '\ndeny: [subject-by-name]\n"],
  ['has two modes', 'mode: enforce\nmode: audit\ndeny: [subject-by-name]\n'],
  ['has a list of modes', 'mode: [audit]\ndeny: [subject-by-name]\n'],
  ['has a mode of another case', 'Mode: audit\ndeny: [subject-by-name]\n'],
  ['has another mode', 'mode: off\ndeny: [subject-by-name]\n'],
  ['has an unknown key', 'deny: [subject-by-name]\nexcept: [app]\n'],
  ['has an unknown key within', 'repository_policies: { same_owner_only: true, except: [app] }\n'],
  ['has a flag that is a text', "repository_policies: { same_owner_only: 'true' }\n"],
  ['has a flag of YAML 1.1', 'repository_policies: { same_owner_only: yes }\n'],
  ['has everything empty', 'organization_only: []\ndeny: []\nrepository_policies: {}\n'],
  ['has null for a bound', 'max_token_lifetime_seconds:\n'],
  ['has a negative bound', 'max_token_lifetime_seconds: -1\n'],
  ['has no bound', 'max_token_lifetime_seconds: .inf\n'],
  ['has a bound that is no number', 'max_token_lifetime_seconds: .nan\n'],
  ['has a bound of 20 digits', 'max_token_lifetime_seconds: 99999999999999999999\n'],
  ['denies what the linter does not find', 'deny: [subject-by-nam]\n'],
  ['names an unknown permission', 'repository_policies: { permissions: { content: read } }\n'],
  ['names a level that is none', 'repository_policies: { permissions: { contents: all } }\n'],
  ['has permissions as a list', 'repository_policies: { permissions: [contents] }\n'],
  ['has an issuer of plain http', "repository_policies: { issuers: ['http://a.example.com'] }\n"],
  ['has a pattern that does not compile', "organization_only: ['(']\n"],
  ['has a pattern that costs too much', "organization_only: ['(a?){1000}']\n"],
  ['has 65 patterns', `organization_only: [${Array.from({ length: 65 }, (_, n) => `p${n}`).join(', ')}]\n`],
  ['has a second document', 'deny: [subject-by-name]\n---\nmode: audit\n'],
  ['merges another map', '<<: { mode: audit }\ndeny: [subject-by-name]\n'],
  ['has a tag', 'deny: !!set { subject-by-name }\n'],
  ['refers to itself', 'deny: &a [*a]\n'],
  ['names a prototype', '__proto__: { mode: audit }\ndeny: [subject-by-name]\n'],
  ['holds a NUL', 'deny: [subject-by-name]\n# \u0000\n'],
  ['hides a line behind U+2028', 'deny: [subject-by-name]\n# \u2028mode: audit\n'],
  ['is larger than 64 KiB', `deny: [subject-by-name]\n# ${'x'.repeat(65_536)}\n`],
  ['is a symbolic link', symlink('other.yaml')],
];

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
  const { stack } = arena;
  const honest = placed(policy());
  HOSTILE.forEach(([, text], index) => {
    stack.addOwner(`hostile-${index}`, {
      policyFiles: { [`${FOLDER}/guardrails.yaml`]: text },
      repositories: { app: { [`${FOLDER}/p.sts.yaml`]: honest } },
    });
  });
  stack.addOwner('guarded', {
    policyFiles: {
      [`${FOLDER}/guardrails.yaml`]: placed(GUARDRAILS),
      [`${FOLDER}/release.sts.yaml`]: placed(policy('permissions: { contents: write }')),
      [`${FOLDER}/open.sts.yaml`]: placed(policy("subject_pattern: '.*'")),
    },
    repositories: {
      app: Object.fromEntries(
        Object.entries(POLICIES).map(([name, text]) => [`${FOLDER}/${name}.sts.yaml`, placed(text)]),
      ),
    },
  });
});

afterAll(() => arena.close());

function placed(text: string): string {
  const { emulator, issuer } = arena.stack;
  return text.replaceAll('ACTIONS', emulator.actionsIssuer.issuer).replaceAll('ISSUER', issuer.issuer);
}

/** Admits `mine()`, with lines in place of those of the same field. */
function policy(...lines: readonly string[]): string {
  const fields = ['issuer: ACTIONS', 'subject: build', 'permissions: { contents: read }'];
  const field = (line: string): string => (line.split(':')[0] ?? '').replace(/_patterns?$|s$/, '');
  const given = new Set(lines.map(field));
  return [...fields.filter((line) => !given.has(field(line))), ...lines, ''].join('\n');
}

const POLICIES: Readonly<Record<string, string>> = {
  honest: policy(),
  release: policy(),
  'deploy-app': policy(),
  more: policy('permissions: { contents: write }'),
  beside: policy('permissions: { contents: read, checks: write }'),
  members: policy('permissions: { members: read }'),
  'any-issuer': policy("issuer_pattern: '.*'"),
  'one-more-issuer': policy("issuer_pattern: 'ACTIONS(/x)?'"),
  'folded-issuer': policy("issuer_pattern: '(?i)ACTIONS'"),
  'other-issuer': policy('issuer: https://issuer.example.com'),
  slug: policy('issuer: ACTIONS/slug'),
  pulls: policy("subject_patterns: ['build', '.*']"),
  ofIssuer: policy('issuer: ISSUER', 'subject: x'),
  planted: policy('issuer: ISSUER', 'subject: x', `jwks: '${JSON.stringify({ keys: [publicJwk(plantedKey)] })}'`),
  pinned: policy('permissions: { contents: write }', "app_pattern: '.*'"),
};

/** A workflow of `guarded`. */
function mine(claims: Readonly<Record<string, unknown>> = {}, expiresInSeconds = 600): string {
  const own = { sub: 'build', ...claims } as Record<string, string>;
  return arena.stack.actionsToken({ repository: 'guarded/app', claims: own, expiresInSeconds });
}

function asked(identity: string, token = mine(), more: Readonly<Record<string, string>> = {}): Ask {
  return { path: '/sts/exchange', query: { scope: 'guarded/app', identity, ...more }, token };
}

describe('guardrails', () => {
  it.each(HOSTILE.map(([title], index) => ({ title, index })))(
    'restrain everybody where the file $title',
    async ({ index }) => {
      const token = arena.stack.actionsToken({
        repository: `hostile-${index}/app`,
        claims: { sub: 'build' },
      });
      const query = { scope: `hostile-${index}/app`, identity: 'p' };
      await arena.refuses({ path: '/sts/exchange', query, token }, UNUSABLE, { github: 4 });
    },
  );

  it('let what is within them pass', async () => {
    await arena.grants(asked('honest'));
    await arena.grants({ ...asked('release'), query: { scope: 'guarded', identity: 'release' } });
    await arena.grants({ ...asked('release'), query: { scope: 'Guarded/.GitHub', identity: 'release' } });
  });

  it.each([
    ['a name of the organization’s', 'release'],
    ['a name that a pattern reserves', 'deploy-app'],
    ['a higher level', 'more'],
    ['another permission beside a good one', 'beside'],
    ['an organization permission', 'members'],
    ['any issuer', 'any-issuer'],
    ['one issuer more', 'one-more-issuer'],
    ['an issuer in any case', 'folded-issuer'],
    ['an enterprise’s issuer that is not listed', 'slug'],
    ['what is denied, in a list', 'pulls'],
    ['a pinned App', 'pinned'],
  ])('refuse a policy with %s', async (_, identity) => {
    const { json } = await arena.refuses(asked(identity), INVALID_POLICY);
    expect(JSON.stringify(json.explanation)).toMatch(/\(guardrail-/);
  });

  it('refuse a policy with another issuer before that is contacted', async () => {
    await arena.refuses(asked('other-issuer'), INVALID_POLICY, { issuers: 0 });
  });

  it('refuse it though less is asked for, in any case and in the standard’s form', async () => {
    await arena.refuses(asked('more', mine(), { permissions: 'contents:read' }), INVALID_POLICY);
    await arena.refuses(asked('beside', mine(), { permissions: 'contents:read', repositories: 'app' }), INVALID_POLICY);
    const upper = { scope: 'GUARDED/APP', identity: 'more' };
    await arena.refuses({ path: '/sts/exchange', query: upper, token: mine() }, INVALID_POLICY);
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: mine(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${arena.stack.emulator.url}/guarded/app`,
      identity: 'more',
    };
    const answer = await arena.stack.send({ path: '/sts/exchange', form });
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_target']);
  });

  it('deny in the policy repository too', async () => {
    const ask = { ...asked('open'), query: { scope: 'guarded', identity: 'open' } };
    await arena.refuses(ask, INVALID_POLICY);
  });

  it.each([
    ['of another owner', { repository_owner_id: '1' }],
    ['whose owner is a number', { repository_owner_id: 1 }],
    ['without an owner', { repository_owner_id: undefined }],
    [
      'of another owner by a claim of the same name in another case',
      { Repository_Owner_Id: 'x', repository_owner_id: '1' },
    ],
  ])('refuse a token %s', async (_, claims) => {
    const { json } = await arena.refuses(asked('honest', mine(claims)), DENIED);
    expect(json.explanation).toBeUndefined();
  });

  it('refuse a token that lives longer, and tell its owner why', async () => {
    const { json } = await arena.refuses(asked('honest', mine({}, 3601)), DENIED);
    expect(JSON.stringify(json.explanation)).toContain('(guardrail-token-lifetime)');
  });

  it('refuse the token of another issuer that claims to be the owner’s, and one of planted keys', async () => {
    const account = arena.stack.emulator.world.account('guarded');
    const claims = { sub: 'x', aud: STS_DOMAIN, repository_owner_id: String(account?.id), repository_owner: 'guarded' };
    await arena.refuses(asked('ofIssuer', arena.stack.issuer.sign(claims)), DENIED);
    const forged = signToken(plantedKey, arena.stack.issuer.claims(claims));
    const answer = await arena.stack.send(asked('planted', forged));
    expect([401, 403]).toContain(answer.status);
  });

  it('are not told to whoever has proven nothing', async () => {
    const stranger = arena.stack.issuer;
    const forged = signToken(plantedKey, { ...stranger.claims({ sub: 'x' }), iss: 'https://stranger.example.com' });
    for (const identity of ['honest', 'more', 'release', 'missing']) {
      await arena.refuses(asked(identity, forged), UNTRUSTED_ISSUER);
    }
  });

  it('bind a repository that moves to their owner, and let go of one that leaves', async () => {
    const { stack } = arena;
    const { world } = stack.emulator;
    stack.addOwner('open', { repositories: { moved: { [`${FOLDER}/more.sts.yaml`]: placed(POLICIES.more ?? '') } } });
    const token = stack.actionsToken({ repository: 'guarded/app', claims: { sub: 'build' } });
    const moved = (owner: string): Ask => ({
      path: '/sts/exchange',
      query: { scope: `${owner}/moved`, identity: 'more' },
      token,
    });
    await arena.grants(moved('open'));
    world.transferRepository('open/moved', 'guarded');
    await arena.refuses(moved('guarded'), INVALID_POLICY);
  });

  it('hold on when the policy repository gets another name, and no one passes for want of them', async () => {
    const { stack } = arena;
    const files = { [`${FOLDER}/more.sts.yaml`]: placed(POLICIES.more ?? '') };
    stack.addOwner('renaming', {
      policyFiles: { [`${FOLDER}/guardrails.yaml`]: placed(GUARDRAILS) },
      repositories: { app: files, other: files },
    });
    const token = stack.actionsToken({ repository: 'renaming/app', claims: { sub: 'build' } });
    const ask = (repository: string): Ask => ({
      path: '/sts/exchange',
      query: { scope: `renaming/${repository}`, identity: 'more' },
      token,
    });
    await arena.refuses(ask('app'), INVALID_POLICY);
    stack.emulator.world.renameRepository('renaming/.github', 'old');
    await arena.refuses(ask('other'), INVALID_POLICY);
    await arena.refuses(ask('app'), INVALID_POLICY);
  });
});

describe('the honest counterpart', () => {
  it('of every refused policy is granted where nothing guards', async () => {
    const { stack } = arena;
    stack.addOwner('unguarded', {
      repositories: { app: { [`${FOLDER}/more.sts.yaml`]: actionsPolicy(stack.emulator.actionsIssuer.issuer) } },
    });
    const token = stack.actionsToken();
    await arena.grants({ path: '/sts/exchange', query: { scope: 'unguarded/app', identity: 'more' }, token });
  });
});
