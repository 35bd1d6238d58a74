import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { actionsPolicy, eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';
import { generateSigningKey, signToken } from '../support/signing-key.ts';

const FOLDER = '.github/chainguard';
const INSTALLATION = 'apps/get-user-installation';
const TOKEN = 'apps/create-installation-access-token';
const REVOCATION = 'apps/revoke-installation-access-token';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

beforeEach(() => {
  stack.resetCounters();
});

afterEach(() => {
  stack.emulator.faults.clear();
});

function operations(): readonly string[] {
  return stack.emulator.requests.map(({ operation }) => operation).filter((one) => one !== REVOCATION);
}

function refusal({ status, json }: Answer): readonly unknown[] {
  return [status, json.error];
}

describe('what an exchange costs', () => {
  it('costs four GitHub requests and two issuer requests where nothing is cached', async () => {
    await stack.restart();
    const answer = await stack.exchange();
    expect(answer.status).toBe(200);
    expect(operations()).toEqual([INSTALLATION, TOKEN, 'graphql', TOKEN]);
    expect(stack.issuerRequests()).toBe(2);
  });

  it('revokes its read token once the answer is out', async () => {
    await stack.restart();
    const before = new Set(stack.emulator.tokens.all());
    const answer = await stack.exchange();
    const [readToken, granted, ...others] = stack.emulator.tokens.all().filter((one) => !before.has(one));
    expect(others).toEqual([]);
    await eventually(() => readToken?.revoked === true);
    expect(readToken?.permissions).toEqual({ contents: 'read', metadata: 'read' });
    expect(granted).toMatchObject({ revoked: false, value: answer.json.token });
  });

  it('costs one request once it is warm: the mint', async () => {
    await stack.exchange();
    stack.resetCounters();
    for (let round = 0; round < 5; round++) expect((await stack.exchange()).status).toBe(200);
    expect(operations()).toEqual([TOKEN, TOKEN, TOKEN, TOKEN, TOKEN]);
    expect(stack.issuerRequests()).toBe(0);
  });

  it('costs three requests in another repository of the same owner', async () => {
    await stack.exchange();
    stack.resetCounters();
    const token = stack.actionsToken({ eventName: 'pull_request' });
    expect((await stack.exchangeFor('acme/infra', 'plan', token)).status).toBe(200);
    expect(operations()).toEqual([TOKEN, 'graphql', TOKEN]);
    expect(stack.issuerRequests()).toBe(0);
  });

  it('costs nothing for names that do not exist, in a repository that was read', async () => {
    await stack.exchange();
    stack.resetCounters();
    for (const identity of ['one', 'two', 'three', 'deploy.sts.yaml', 'DEPLOY']) {
      expect(refusal(await stack.exchangeFor('acme/app', identity))).toEqual([404, 'policy_not_found']);
    }
    expect(operations()).toEqual([]);
  });

  it('costs nothing for an owner without installation, the second time', async () => {
    expect(refusal(await stack.exchangeFor('not-installed/app', 'ci'))).toEqual([404, 'installation_not_found']);
    expect(operations()).toEqual([INSTALLATION, 'apps/get-org-installation']);
    stack.resetCounters();
    expect(refusal(await stack.exchangeFor('Not-Installed/other', 'ci'))).toEqual([404, 'installation_not_found']);
    expect(operations()).toEqual([]);
  });

  it('costs one request more where GitHub refuses the pair of repositories, and remembers that', async () => {
    const policy = { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(stack.emulator.actionsIssuer.issuer) };
    const installation = stack.addOwner('without-list', { repositories: { one: policy, two: policy } });
    stack.emulator.world.removeFromInstallation(installation!, 'without-list/.github');
    expect((await stack.exchangeFor('without-list/one', 'ci')).status).toBe(200);
    expect(operations()).toEqual([INSTALLATION, TOKEN, TOKEN, 'graphql', TOKEN]);
    stack.resetCounters();
    expect((await stack.exchangeFor('without-list/two', 'ci')).status).toBe(200);
    expect(operations()).toEqual([TOKEN, 'graphql', TOKEN]);
    stack.resetCounters();
    expect((await stack.exchangeFor('without-list/one', 'ci')).status).toBe(200);
    expect(operations()).toEqual([TOKEN]);
  });

  it('does not take a repository that is missing for a refused pair', async () => {
    stack.addOwner('with-list', {
      repositories: { one: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(stack.emulator.actionsIssuer.issuer) } },
      policyFiles: { [`${FOLDER}/trusted-token-issuers.yaml`]: 'issuers: [https://issuer.example.com]\n' },
    });
    expect((await stack.exchangeFor('with-list/missing', 'ci')).status).toBe(403);
    expect(refusal(await stack.exchangeFor('with-list/one', 'ci'))).toEqual([403, 'issuer_not_allowed']);
  });

  it('reads a folder of more than 1 MiB file by file, and each file once', async () => {
    const filler = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`${FOLDER}/filler-${index}.sts.yaml`, `# ${'x'.repeat(60_000)}\n`]),
    );
    const policy = actionsPolicy(stack.emulator.actionsIssuer.issuer);
    stack.addOwner('bulky', { repositories: { app: { ...filler, [`${FOLDER}/ci.sts.yaml`]: policy } } });
    expect((await stack.exchangeFor('bulky/app', 'ci')).status).toBe(200);
    stack.resetCounters();
    for (let round = 0; round < 3; round++) expect((await stack.exchangeFor('bulky/app', 'ci')).status).toBe(200);
    expect(operations()).toEqual([TOKEN, TOKEN, TOKEN]);
    stack.resetCounters();
    expect(refusal(await stack.exchangeFor('bulky/app', 'missing'))).toEqual([404, 'policy_not_found']);
    expect(operations()).toEqual([]);
  });
});

describe('another isolate', () => {
  let kvPath: string;

  beforeAll(async () => {
    kvPath = mkdtempSync(join(tmpdir(), 'octo-sts-kv-'));
    await stack.restart({ worker: { kvPath } });
  });

  afterAll(async () => {
    await stack.restart();
    rmSync(kvPath, { recursive: true, force: true });
  });

  it('finds in KV what the first one learnt, and pays for the mint alone', async () => {
    await stack.exchange();
    await eventually(async () => (await stack.worker.kvEntries()).size >= 4);
    await stack.restart({ worker: { kvPath } });
    stack.resetCounters();
    expect((await stack.exchange()).status).toBe(200);
    expect(operations()).toEqual([TOKEN]);
    expect(stack.issuerRequests()).toBe(0);
  });

  it('writes nothing to KV where nothing has changed', async () => {
    const before = await stack.worker.kvEntries();
    for (let round = 0; round < 5; round++) await stack.exchange();
    expect(await stack.worker.kvEntries()).toEqual(before);
  });

  it('takes entries that it can’t read for missing ones', async () => {
    const damages = [
      '',
      'not JSON',
      'null',
      '{"v":1}',
      '{"v":99,"readAt":1,"freshForMs":1,"value":{}}',
      '{"v":1,"readAt":9e15,"freshForMs":9e15,"value":{"keys":7}}',
    ];
    for (const damage of damages) {
      for (const key of (await stack.worker.kvEntries()).keys()) await stack.worker.putKv(key, damage);
      await stack.restart({ worker: { kvPath } });
      expect([damage, (await stack.exchange()).status]).toEqual([damage, 200]);
    }
  });
});

describe('names that change hands', () => {
  it('serves nothing of the former account to the one that took its name', async () => {
    const { world, actionsIssuer } = stack.emulator;
    stack.addOwner('reused', {
      repositories: { app: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actionsIssuer.issuer) } },
    });
    expect((await stack.exchangeFor('reused/app', 'ci')).status).toBe(200);
    world.deleteAccount('reused');
    stack.addOwner('reused', { repositories: { app: {} } });
    expect(refusal(await stack.exchangeFor('reused/app', 'ci'))).toEqual([404, 'installation_not_found']);
    expect(refusal(await stack.exchangeFor('reused/app', 'ci'))).toEqual([404, 'policy_not_found']);
  });

  it('looks an installation up once more that was made anew', async () => {
    const { world, actionsIssuer } = stack.emulator;
    const installation = stack.addOwner('again', {
      repositories: { app: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actionsIssuer.issuer) } },
    });
    expect((await stack.exchangeFor('again/app', 'ci')).status).toBe(200);
    world.uninstall(installation!);
    world.install(stack.seed.app, 'again');
    stack.resetCounters();
    expect((await stack.exchangeFor('again/app', 'ci')).status).toBe(200);
    expect(operations()).toEqual([TOKEN, INSTALLATION, TOKEN]);
  });

  it('does not follow a repository that was renamed', async () => {
    const { world, actionsIssuer } = stack.emulator;
    stack.addOwner('renaming', {
      repositories: { before: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actionsIssuer.issuer) } },
    });
    world.renameRepository('renaming/before', 'after');
    expect(refusal(await stack.exchangeFor('renaming/before', 'ci'))).toEqual([404, 'policy_not_found']);
    expect((await stack.exchangeFor('renaming/after', 'ci')).status).toBe(200);
  });
});

describe('strangers', () => {
  it('gets nothing from GitHub, and nothing into KV, for 500 forged tokens of the server’s own issuer', async () => {
    await stack.restart();
    const stranger = generateSigningKey();
    const published = stack.emulator.actionsIssuer.key.kid ?? '';
    const claims = stack.emulator.actionsIssuer.claims({ repository: 'acme/infra', audience: STS_DOMAIN });
    const forged = (index: number): string =>
      signToken(
        stranger,
        { ...claims, jti: String(index) },
        { kid: index % 2 === 0 ? published : `invented-${index}` },
      );
    const statuses = new Set<number>();
    for (let batch = 0; batch < 20; batch++) {
      const tokens = Array.from({ length: 25 }, (_, index) => forged(batch * 25 + index));
      const answers = await Promise.all(
        tokens.map((token) => stack.exchangeFor(`owner-${batch}/app`, 'deploy', token)),
      );
      for (const { status } of answers) statuses.add(status);
    }
    expect([...statuses]).toEqual([401]);
    expect(stack.githubRequests()).toBe(0);
    expect(await stack.worker.kvEntries()).toEqual(new Map());
    // The keys once, and once more for the first key that was not among them.
    expect(stack.issuerRequests()).toBeLessThanOrEqual(4);
  });

  it('never contacts an issuer that nobody named', async () => {
    const unnamed = await OidcIssuer.start();
    try {
      for (const scope of ['acme/app', 'acme', 'octocat/hello-world', 'not-installed/app']) {
        const token = unnamed.sign({ sub: 'repo:acme/infra:ref:refs/heads/trunk', aud: STS_DOMAIN });
        expect(refusal(await stack.exchangeFor(scope, 'deploy', token))).toEqual([403, 'issuer_not_allowed']);
      }
      expect(unnamed.hits).toEqual({ discovery: 0, jwks: 0 });
    } finally {
      await unnamed.close();
    }
  });

  it('learns nothing from a refusal: all of them are alike but for the request id', async () => {
    await stack.restart();
    const actions = stack.emulator.actionsIssuer.issuer;
    const list = (text: string): Record<string, string> => ({ [`${FOLDER}/trusted-token-issuers.yaml`]: text });
    stack.addOwner('strict', {
      repositories: { app: {} },
      policyFiles: list('issuers: [https://issuer.example.com]\n'),
    });
    stack.addOwner('damaged', { repositories: { app: {} }, policyFiles: list('nothing: good\n') });
    stack.emulator.world.commit('acme/app', { [`${FOLDER}/broken.sts.yaml`]: `issuer: ${actions}\n` });
    const cases = [
      ['acme/app', 'deploy'],
      ['acme/app', 'missing'],
      ['acme/app', 'broken'],
      ['acme/missing', 'deploy'],
      ['strict/app', 'ci'],
      ['damaged/app', 'ci'],
      ['nobody-at-all/app', 'ci'],
    ] as const;
    // A proven caller first, so that the few requests of strangers suffice.
    for (const [scope, identity] of cases) await stack.exchangeFor(scope, identity);
    const stranger = await OidcIssuer.start();
    const token = stranger.sign({ sub: 'x', aud: STS_DOMAIN });
    await stranger.close();
    const seen = new Set<string>();
    for (const [scope, identity] of cases) {
      const answer = await stack.exchangeFor(scope, identity, token);
      const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
      seen.add(JSON.stringify([answer.status, headers, { ...answer.json, request_id: '' }]));
    }
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain('issuer_not_allowed');
    expect(stack.emulator.count({ method: 'DELETE' })).toBeGreaterThan(0);
  });

  it('writes nothing to KV on behalf of the unproven', async () => {
    await stack.restart();
    const liveBefore = stack.emulator.tokens.live().length;
    const key = generateSigningKey();
    const claims = {
      iss: 'https://stranger.example.com',
      sub: 'x',
      aud: STS_DOMAIN,
      exp: Math.floor(Date.now() / 1000) + 300,
    };
    expect(refusal(await stack.exchangeFor('acme/app', 'deploy', signToken(key, claims)))).toEqual([
      403,
      'issuer_not_allowed',
    ]);
    await eventually(() => stack.emulator.tokens.live().length <= liveBefore);
    expect(await stack.worker.kvEntries()).toEqual(new Map());
  });

  it('may cause 30 GitHub requests a minute, all of them together, while others go on', async () => {
    await stack.restart();
    await stack.exchange();
    stack.resetCounters();
    const key = generateSigningKey();
    const claims = {
      iss: 'https://stranger.example.com',
      sub: 'x',
      aud: STS_DOMAIN,
      exp: Math.floor(Date.now() / 1000) + 300,
    };
    const token = signToken(key, claims);
    const answers: Answer[] = [];
    for (let index = 0; index < 20; index++) answers.push(await stack.exchangeFor(`unknown-${index}/app`, 'ci', token));
    expect(stack.githubRequests()).toBe(30);
    expect(answers.slice(0, 15).map(({ status }) => status)).toEqual(Array(15).fill(403));
    for (const answer of answers.slice(15)) {
      expect(refusal(answer)).toEqual([429, 'rate_limited']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    expect((await stack.exchange()).status).toBe(200);
  });
});

describe('proven callers of other owners', () => {
  it('share 60 GitHub requests a minute that end in an absence, while insiders and matching callers go on', async () => {
    await stack.restart();
    const outsider = (): string => stack.actionsToken({ repository: 'octocat/hello-world' });
    const farm = (): string => stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
    expect((await stack.exchangeFor('acme/app', 'build-farm', farm())).status).toBe(200);
    stack.resetCounters();
    let limited: Answer | undefined;
    let absences = 0;
    while (limited === undefined && absences < 100) {
      const answer = await stack.exchangeFor(`absent-${absences}/app`, 'ci', outsider());
      if (answer.status === 429) limited = answer;
      else expect(refusal(answer)).toEqual([404, 'installation_not_found']);
      absences += 1;
    }
    expect(stack.githubRequests()).toBe(60);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await stack.exchange()).status).toBe(200);
    expect(refusal(await stack.exchangeFor('acme/another', 'ci'))).toEqual([404, 'policy_not_found']);
    expect((await stack.exchangeFor('acme/app', 'build-farm', farm())).status).toBe(200);
  });
});
