import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { symlink, type FileContent } from '../../support/github/git-objects.ts';
import type { Ask } from '../../support/local-stack.ts';
import { Arena } from './arena.ts';
import { DENIED, INVALID_POLICY, UNVERIFIED, type Outcome } from './attack.ts';

const FOLDER = '.github/chainguard';
const UNUSABLE: Outcome = [403, 'guardrails_invalid'];
const GITHUB_ODD: Outcome = [502, 'upstream_error'];
const LIFE = 600;

let arena: Arena;
let owners = 0;

beforeAll(async () => {
  arena = await Arena.start();
});
afterAll(() => arena.close());

function policy(permissions = 'contents: write', subject = 'subject: build'): string {
  return `issuer: ${arena.stack.emulator.actionsIssuer.issuer}\n${subject}\npermissions: { ${permissions} }\n`;
}

/** An organization whose policy repository holds these files, with these policies in a repository. */
function organization(
  files: Readonly<Record<string, FileContent>>,
  policies: Readonly<Record<string, string>> = { p: policy() },
): string {
  const name = `forms-${(owners += 1)}`;
  const inFolder = Object.entries(policies).map(
    ([identity, text]) => [`${FOLDER}/${identity}.sts.yaml`, text] as const,
  );
  arena.stack.addOwner(name, { policyFiles: files, repositories: { app: Object.fromEntries(inFolder) } });
  return name;
}

const guarded = (text: FileContent, policies?: Readonly<Record<string, string>>): string =>
  organization({ [`${FOLDER}/guardrails.yaml`]: text }, policies);

function asked(owner: string, identity = 'p', claims: Readonly<Record<string, unknown>> = {}, seconds = LIFE): Ask {
  const own = { sub: 'build', ...claims } as Record<string, string>;
  const token = arena.stack.actionsToken({ repository: `${owner}/app`, claims: own, expiresInSeconds: seconds });
  return { path: '/sts/exchange', query: { scope: `${owner}/app`, identity }, token };
}

const now = (): number => Math.floor(Date.now() / 1000);

describe('a restraint holds in whatever form YAML lets it be written', () => {
  it.each([
    ['JSON', '{"repository_policies":{"permissions":{"contents":"read"}}}'],
    ['a byte order mark', '\ufeffrepository_policies: { permissions: { contents: read } }\n'],
    ['CRLF', 'repository_policies:\r\n  permissions:\r\n    contents: read\r\n'],
    ['an anchor', 'repository_policies:\n  permissions: &p\n    contents: read\n'],
    ['an escaped key', '"repository_policies": { "permissions": { "conten\\x74s": read } }\n'],
    ['document marks', '---\nrepository_policies: { permissions: { contents: read } }\n...\n'],
    ['explicit keys', '? repository_policies\n: ? permissions\n  : ? contents\n    : read\n'],
    ['a tag of text', 'repository_policies: { permissions: { contents: !!str read } }\n'],
    ['a folded text', 'repository_policies:\n  permissions:\n    contents: >-\n      read\n'],
  ])('%s', async (_, text) => {
    await arena.refuses(asked(guarded(text)), INVALID_POLICY);
  });

  it.each([
    ['a text with a line break', 'repository_policies:\n  permissions:\n    contents: |\n      read\n'],
    ['permissions that are an empty text', "repository_policies: { permissions: '' }\ndeny: [pattern-open]\n"],
    ['issuers that are an empty text', "repository_policies: { issuers: '', permissions: { contents: write } }\n"],
    ['a flag that is an empty text', "repository_policies: { same_owner_only: '' }\ndeny: [pattern-open]\n"],
  ])('or nobody gets anything: %s', async (_, text) => {
    await arena.refuses(asked(guarded(text)), UNUSABLE);
  });
});

describe('a folder of the policy repository', () => {
  it.each<[string, Readonly<Record<string, FileContent>>, Outcome]>([
    ['is a link', { [FOLDER]: symlink('elsewhere') }, GITHUB_ODD],
    ['is a file', { [FOLDER]: 'text' }, GITHUB_ODD],
    ['has a folder in place of guardrails', { [`${FOLDER}/guardrails.yaml/x`]: 'x' }, UNUSABLE],
  ])('that %s opens nothing', async (_, files, expected) => {
    await arena.refuses(asked(organization(files)), expected);
  });
});

describe('the life of a token', () => {
  it.each<[string, Readonly<Record<string, unknown>>, number, Outcome | undefined]>([
    ['is as long as is allowed', {}, LIFE, undefined],
    ['is a second longer', {}, LIFE + 1, DENIED],
    ['counts from now without iat', { iat: undefined }, LIFE - 100, undefined],
    ['counts from now without iat, and is too long', { iat: undefined }, LIFE + 100, DENIED],
    ['counts to the end, wherever iat stands', { iat: now() - 200 }, LIFE - 100, DENIED],
    ['has no iat that is a number', { iat: '1' }, 100, UNVERIFIED],
    ['has null for iat', { iat: null }, 100, UNVERIFIED],
    ['began before there were computers', { iat: -1e15 }, 100, UNVERIFIED],
  ])('%s', async (_, claims, seconds, expected) => {
    const ask = asked(guarded(`max_token_lifetime_seconds: ${LIFE}\n`), 'p', claims, seconds);
    if (expected === undefined) await arena.grants(ask);
    else await arena.refuses(ask, expected);
  });
});

describe('a permission of the organization, in a repository’s policy', () => {
  const listing = (level: string): string => `repository_policies: { permissions: { members: ${level} } }\n`;

  it.each([
    ['asks for write where guardrails audit', `mode: audit\n${listing('write')}`, 'members: write'],
    ['asks for write where they list read', listing('read'), 'members: write'],
    ['asks for write where they say nothing of it', 'deny: [pattern-open]\n', 'members: write'],
    ['asks for more than they list', listing('write'), 'members: admin'],
    ['is another one than they list', listing('write'), 'organization_secrets: write'],
  ])('%s: refused', async (_, guardrails, permissions) => {
    await arena.refuses(asked(guarded(guardrails, { p: policy(permissions) })), INVALID_POLICY);
  });
});

describe('a reserved name', () => {
  it('is a name as a whole, letter by letter unless its pattern says otherwise', async () => {
    const policies = Object.fromEntries(['release', 'Release', 'release-x'].map((name) => [name, policy()]));
    const exact = guarded("organization_only: ['release']\n", policies);
    await arena.refuses(asked(exact, 'release'), INVALID_POLICY);
    for (const identity of ['Release', 'release-x']) await arena.grants(asked(exact, identity));
    const folded = guarded("organization_only: ['(?i)release']\n", policies);
    for (const identity of ['release', 'Release']) await arena.refuses(asked(folded, identity), INVALID_POLICY);
  });
});

describe('a tenant without guardrails', () => {
  it('can’t make the policy of another invalid, with files that look like what an isolate keeps of it', async () => {
    const victims = policy('contents: read');
    const victim = guarded('repository_policies: { permissions: { contents: read } }\n', { p: victims });
    const planted = Array.from({ length: 40 }, (_, n) => [`x${n}`, `${n}\napp\np\n${victims}`] as const);
    const thief = organization({}, Object.fromEntries(planted));
    for (const [identity] of planted) await arena.refuses(asked(thief, identity), INVALID_POLICY);
    await arena.grants(asked(victim));
  });
});
