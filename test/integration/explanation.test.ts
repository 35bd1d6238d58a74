import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/local-stack.ts';
import { generateSigningKey, publicJwk, signToken, type Claims, type SigningKey } from '../support/signing-key.ts';
import { actionsPolicy, eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';

const FOLDER = '.github/chainguard';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
  const actions = stack.emulator.actionsIssuer.issuer;
  stack.emulator.world.commit('acme/app', {
    [`${FOLDER}/glob.sts.yaml`]: `issuer: ${actions}\nsubject_pattern: 'repo:acme/*'\npermissions: { contents: read }\n`,
    [`${FOLDER}/broken.sts.yaml`]: `issuer: ${actions}\nsubject: x\npermisions: { contents: read }\n`,
    [`${FOLDER}/too-much.sts.yaml`]: actionsPolicy(actions, ['permissions: { administration: write }']),
    [`${FOLDER}/short.sts.yml`]: actionsPolicy(actions),
    [`${FOLDER}/Shouted.sts.yaml`]: actionsPolicy(actions),
  });
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

interface Explanation {
  readonly policy: string;
  readonly fields: readonly {
    readonly field: string;
    readonly expected: string;
    readonly actual?: string;
    readonly matched: boolean;
    readonly hint?: string;
  }[];
  readonly notes: readonly string[];
}

function explanationOf(answer: Answer): Explanation | undefined {
  return answer.json.explanation as Explanation | undefined;
}

const outsider = (): string => stack.actionsToken({ repository: 'octocat/hello-world' });

/** But for what names the one request. */
function withoutRequestId({ status, text }: Answer): unknown {
  return { status, text: text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'ID') };
}

describe('a caller of the same owner', () => {
  it('is told field by field what was expected and what the token says', async () => {
    const answer = await stack.exchange({ token: stack.actionsToken({ ref: 'refs/heads/feature' }) });
    expect(answer.status).toBe(403);
    expect(explanationOf(answer)).toMatchObject({
      policy: `${FOLDER}/deploy.sts.yaml`,
      fields: [
        { field: 'issuer', matched: true },
        {
          field: 'subject',
          expected: 'repo:acme/infra:ref:refs/heads/trunk',
          actual: 'repo:acme/infra:ref:refs/heads/feature',
          matched: false,
        },
        { field: 'audience', expected: STS_DOMAIN, actual: STS_DOMAIN, matched: true },
      ],
    });
  });

  it('is given the exact line to write where its subject is in the immutable form', async () => {
    const answer = await stack.exchange({ token: stack.actionsToken({ immutableSubject: true }) });
    const hint = explanationOf(answer)?.fields.find(({ field }) => field === 'subject')?.hint;
    expect(hint).toContain('subject: repo:acme@9919001/infra@7002:ref:refs/heads/trunk');
  });

  it('is shown the audience to request', async () => {
    const answer = await stack.exchange({ token: stack.actionsToken({ audience: 'sigstore' }) });
    const hint = explanationOf(answer)?.fields.find(({ field }) => field === 'audience')?.hint;
    expect(hint).toContain(STS_DOMAIN);
  });

  it('is told that a glob is no regular expression', async () => {
    const answer = await stack.exchangeFor('acme/app', 'glob');
    const field = explanationOf(answer)?.fields.find(({ field }) => field === 'subject_pattern');
    expect(field).toMatchObject({ expected: 'repo:acme/*', matched: false, hint: expect.any(String) });
  });

  it('is told that its pull request is not the branch that the policy names', async () => {
    const answer = await stack.exchange({ token: stack.actionsToken({ eventName: 'pull_request' }) });
    expect(explanationOf(answer)?.fields.find(({ field }) => field === 'subject')?.hint).toMatch(/pull request/);
  });

  it('is told where the file is at fault', async () => {
    const answer = await stack.exchangeFor('acme/app', 'broken');
    expect([answer.status, answer.json.error]).toEqual([404, 'policy_invalid']);
    expect(explanationOf(answer)?.notes.join(' ')).toMatch(/line 3, column 1: .*permisions/);
  });

  it('reads the words with which GitHub refused the permissions', async () => {
    const answer = await stack.exchangeFor('acme/app', 'too-much');
    expect([answer.status, answer.json.error]).toEqual([403, 'permission_denied']);
    const page = `${stack.emulator.url}/organizations/acme/settings/installations/8001`;
    expect(explanationOf(answer)?.notes).toEqual([
      expect.stringMatching(/^GitHub: .+/),
      `permission-not-installed: the App's installation lacks administration: write (accepted: none), when GitHub was last asked. The App must ask for it, and an owner of the account accepts it at ${page}.`,
    ]);
    const id = answer.headers.get('x-request-id');
    const line = () => stack.worker.logged('exchange').find((one) => one.request_id === id);
    await eventually(() => line() !== undefined);
    expect(line()?.refusal).toMatchObject({
      detail: expect.stringContaining('permission-not-installed: administration: write (accepted: none)'),
    });
  });

  it('gets the permission that an owner has accepted a moment ago, whatever was looked up before', async () => {
    const { organization } = stack.seed.installations;
    const before = organization.permissions;
    expect((await stack.exchangeFor('acme/app', 'too-much')).status).toBe(403);
    stack.emulator.world.acceptPermissions(organization, { ...before, administration: 'write' });
    stack.resetCounters();
    expect((await stack.exchangeFor('acme/app', 'too-much')).status).toBe(200);
    expect(stack.githubRequests()).toBe(1);
    stack.emulator.world.acceptPermissions(organization, before);
  });

  it('is told nothing of the installation where an outsider asks', async () => {
    const answer = await stack.exchangeFor('acme/app', 'too-much', outsider());
    expect(answer.text).not.toContain('installations/');
  });

  it.each([
    ['ends in .yml', 'short', 'short.sts.yml'],
    ['is written in other letters', 'shouted', 'Shouted.sts.yaml'],
  ])('is told of the file that %s', async (_, identity, name) => {
    const answer = await stack.exchangeFor('acme/app', identity);
    expect(answer.json.error).toBe('policy_not_found');
    expect(explanationOf(answer)?.notes.join(' ')).toContain(name);
  });

  describe('whose policy stands on another branch, as a push told', () => {
    beforeAll(async () => {
      const { world, webhooks, actionsIssuer } = stack.emulator;
      const files = { [`${FOLDER}/not-merged.sts.yaml`]: actionsPolicy(actionsIssuer.issuer) };
      stack.seed.app.webhookUrl = `${stack.worker.url}/webhook`;
      world.commit('acme/app', files, { branch: 'feature/new-policy' });
      await webhooks.settled();
      stack.seed.app.webhookUrl = undefined;
      await eventually(async () =>
        [...(await stack.worker.kvEntries()).keys()].some((key) => key.includes('|branch policies|')),
      );
    });

    it('is told which branch', async () => {
      const answer = await stack.exchangeFor('acme/app', 'not-merged');
      expect(answer.status).toBe(404);
      expect(explanationOf(answer)?.notes.join(' ')).toContain('"feature/new-policy"; only the default branch is read');
    });

    it('alone is told: nobody of another owner', async () => {
      const answer = await stack.exchangeFor('acme/app', 'not-merged', outsider());
      expect(answer.json).not.toHaveProperty('explanation');
    });
  });

  it('reads the same explanation in the form of OAuth', async () => {
    const answer = await stack.send({
      method: 'POST',
      path: '/sts/exchange',
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: stack.actionsToken({ ref: 'refs/heads/feature' }),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: `${stack.emulator.url}/acme/app`,
        identity: 'deploy',
      },
    });
    expect(answer.json).toMatchObject({ error: 'invalid_grant', explanation: { policy: `${FOLDER}/deploy.sts.yaml` } });
  });
});

describe('a caller of another owner', () => {
  it('is told in general', async () => {
    const answer = await stack.exchange({ token: outsider() });
    expect(answer.status).toBe(403);
    expect(answer.json).toEqual({
      error: 'permission_denied',
      message: 'The token does not match the trust policy.',
      code: 7,
      details: [],
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it.each([
    ['of another owner of the same name as in the policy', { repository_owner: 'acme', repository_owner_id: '1' }],
    ['without the id of its owner', { repository_owner_id: undefined }],
    ['whose id of the owner is a number', { repository_owner_id: 9_919_001 }],
  ])('is told in general with a token %s', async (_, claims) => {
    const token = stack.actionsToken({ ref: 'refs/heads/feature', claims });
    const answer = await stack.exchange({ token });
    expect(answer.status).toBe(403);
    expect(answer.json).not.toHaveProperty('explanation');
  });

  it('is told in general where its issuer is not the server’s own, whatever its claims say', async () => {
    const token = stack.issuer.sign({ sub: 'x', aud: 'acme-builds', repository_owner_id: '9919001' });
    const answer = await stack.exchangeFor('acme/app', 'build-farm', token);
    expect(answer.status).toBe(403);
    expect(answer.json).not.toHaveProperty('explanation');
  });

  it('can’t tell a repository that does not exist from one without the policy, nor a near miss from none', async () => {
    const answers = [
      await stack.exchangeFor('acme/app', 'nothing-like-it', outsider()),
      await stack.exchangeFor('acme/app', 'shouted', outsider()),
      await stack.exchangeFor('acme/no-such-repository', 'deploy', outsider()),
    ];
    const [first, ...others] = answers.map(withoutRequestId);
    expect(first).toMatchObject({ status: 404 });
    for (const other of others) expect(other).toEqual(first);
  });

  it('reads the same headers whichever of these it was', async () => {
    const names = async (scope: string, identity: string): Promise<string[]> =>
      [...(await stack.exchangeFor(scope, identity, outsider())).headers.keys()].sort();
    expect(await names('acme/no-such-repository', 'deploy')).toEqual(await names('acme/app', 'shouted'));
  });

  it('costs GitHub the same: nothing, once the folder was read', async () => {
    await stack.exchangeFor('acme/app', 'deploy', outsider());
    stack.resetCounters();
    await stack.exchangeFor('acme/app', 'deploy', outsider());
    await stack.exchangeFor('acme/app', 'nothing-like-it', outsider());
    await stack.exchangeFor('acme/app', 'shouted', outsider());
    expect(stack.githubRequests()).toBe(0);
  });
});

describe('a stranger, who has proven nothing', () => {
  it('reads one and the same sentence, whatever there is', async () => {
    // Its issuer's keys are known by now, which would prove it.
    await stack.restart();
    const token = (): string => stack.issuer.sign({ sub: 'x', aud: STS_DOMAIN });
    const answers = [
      await stack.exchangeFor('acme/app', 'deploy', token()),
      await stack.exchangeFor('acme/app', 'nothing', token()),
      await stack.exchangeFor('acme/app', 'broken', token()),
      await stack.exchangeFor('acme/no-such-repository', 'deploy', token()),
      await stack.exchangeFor('no-such-owner', 'deploy', token()),
    ];
    const [first, ...others] = answers.map(withoutRequestId);
    expect(first).toMatchObject({ status: 403 });
    for (const other of others) expect(other).toEqual(first);
  });
});

describe('EXPLAIN_TO', () => {
  it('nobody: keeps it from callers of the same owner', async () => {
    await stack.restart({ bindings: () => ({ EXPLAIN_TO: 'nobody' }) });
    const answer = await stack.exchange({ token: stack.actionsToken({ ref: 'refs/heads/feature' }) });
    expect(answer.status).toBe(403);
    expect(answer.json).not.toHaveProperty('explanation');
  });

  it('nobody: the log has it all the same', async () => {
    const answer = await stack.exchange({ token: stack.actionsToken({ ref: 'refs/heads/feature' }) });
    const id = answer.headers.get('x-request-id');
    const line = () => stack.worker.logged('exchange').find((one) => one.request_id === id);
    await eventually(() => line() !== undefined);
    expect(line()).toMatchObject({ refusal: { mismatches: [{ field: 'subject' }] } });
  });

  it('everybody: gives it to callers of other owners', async () => {
    await stack.restart({ bindings: () => ({ EXPLAIN_TO: 'everybody' }) });
    expect(explanationOf(await stack.exchange({ token: outsider() }))?.fields).toHaveLength(3);
  });

  it('everybody: a stranger who has proven nothing learns nothing', async () => {
    const token = stack.issuer.sign({ sub: 'x', aud: STS_DOMAIN });
    expect((await stack.exchangeFor('acme/app', 'shouted', token)).json).not.toHaveProperty('explanation');
  });
});

describe('EXPLAIN_ISSUERS', () => {
  const attacker = generateSigningKey();
  const wrong = (claims: Claims = {}): string =>
    stack.issuer.sign({ sub: 'another-farm', aud: 'acme-builds', ...claims });
  const withKeys = (key: SigningKey): string =>
    `issuer: ${stack.issuer.issuer}\nsubject: build-farm\njwks: '${JSON.stringify({ keys: [publicJwk(key)] })}'\npermissions: { contents: read }\n`;

  async function ownIssuers(...issuers: readonly string[]): Promise<void> {
    await stack.restart({
      bindings: () => ({ EXPLAIN_ISSUERS: issuers.join(','), KNOWN_ISSUERS: 'https://nobody.example.com' }),
    });
  }

  it('tells a caller of the operator’s own cluster field by field', async () => {
    await ownIssuers('https://other.example.com', stack.issuer.issuer);
    const answer = await stack.exchangeFor('acme/app', 'build-farm', wrong());
    expect(answer.status).toBe(403);
    expect(explanationOf(answer)?.fields).toMatchObject([
      { field: 'issuer', matched: true },
      { field: 'subject', expected: 'build-farm', actual: 'another-farm', matched: false },
      { field: 'audience', matched: true },
    ]);
  });

  it('tells it the nearest identity, once its keys are known', async () => {
    const answer = await stack.exchangeFor('acme/app', 'shouted', wrong());
    expect(answer.status).toBe(404);
    expect(explanationOf(answer)?.notes.join(' ')).toContain('Shouted.sts.yaml');
  });

  it('gives it nothing else: it is granted what its own policy says, and no other', async () => {
    const other = await stack.exchangeFor('acme/app', 'deploy', wrong({ repository_owner_id: '9919001' }));
    expect([other.status, other.json.token]).toEqual([403, undefined]);
    const granted = await stack.exchangeFor('acme/app', 'build-farm', wrong({ sub: 'build-farm' }));
    expect([granted.status, granted.json.explanation]).toEqual([200, undefined]);
  });

  it('makes nobody an insider who signs as that issuer with keys of a policy', async () => {
    stack.addOwner('mallory', { repositories: { app: { [`${FOLDER}/mine.sts.yaml`]: withKeys(attacker) } } });
    const forged = (): string =>
      signToken(attacker, {
        iss: stack.issuer.issuer,
        sub: 'x',
        aud: STS_DOMAIN,
        exp: Math.floor(Date.now() / 1000) + 300,
      });
    const own = await stack.exchangeFor('mallory/app', 'mine', forged());
    expect(explanationOf(own)?.fields).toContainEqual(expect.objectContaining({ expected: 'build-farm', actual: 'x' }));
    for (const identity of ['build-farm', 'deploy', 'shouted', 'nothing']) {
      const answer = await stack.exchangeFor('acme/app', identity, forged());
      expect([answer.status >= 400, answer.json.explanation]).toEqual([true, undefined]);
    }
  });

  it.each([
    ['has a slash more', (issuer: string) => `${issuer}/`],
    ['has another name for the host', (issuer: string) => issuer.replace('127.0.0.1', 'localhost')],
    ['is a path below', (issuer: string) => `${issuer}/x`],
  ])('names issuers exactly: one that %s is another', async (_, changed) => {
    await stack.restart({
      bindings: () => ({ EXPLAIN_ISSUERS: changed(stack.issuer.issuer) }),
    });
    const answer = await stack.exchangeFor('acme/app', 'build-farm', wrong());
    expect([answer.status, answer.json.explanation]).toEqual([403, undefined]);
  });

  it('is silent under EXPLAIN_TO nobody', async () => {
    await stack.restart({ bindings: () => ({ EXPLAIN_ISSUERS: stack.issuer.issuer, EXPLAIN_TO: 'nobody' }) });
    const answer = await stack.exchangeFor('acme/app', 'build-farm', wrong());
    expect([answer.status, answer.json.explanation]).toEqual([403, undefined]);
  });

  it('may not name an issuer that serves everybody', async () => {
    await stack.restart({ bindings: () => ({ EXPLAIN_ISSUERS: 'https://accounts.google.com' }) });
    const health = await stack.send({ path: '/healthz' });
    expect([health.status, health.text]).toEqual([503, expect.stringContaining('EXPLAIN_ISSUERS')]);
  });
});
