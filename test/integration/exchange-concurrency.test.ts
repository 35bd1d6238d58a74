import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { actionsPolicy, LocalStack } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';

const OWNERS = ['north', 'south', 'east', 'west'];
const REPOSITORIES = ['api', 'web', 'docs'];
/** What each identity grants, so that a token tells whose it is. */
const GRANTS = { reader: { contents: 'read' }, triage: { issues: 'write' }, status: { statuses: 'write' } } as const;
const CALLS = 60;

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
  const issuer = stack.emulator.actionsIssuer.issuer;
  const files = Object.fromEntries(
    Object.entries(GRANTS).map(([identity, grant]) => [
      `.github/chainguard/${identity}.sts.yaml`,
      actionsPolicy(issuer, [`permissions: ${JSON.stringify(grant)}`]),
    ]),
  );
  for (const owner of OWNERS) {
    stack.addOwner(owner, { repositories: Object.fromEntries(REPOSITORIES.map((name) => [name, files])) });
  }
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

beforeEach(() => {
  stack.emulator.faults.clear();
});

interface Call {
  readonly owner: string;
  readonly repository: string;
  readonly identity: keyof typeof GRANTS;
}

function calls(): readonly Call[] {
  const identities = Object.keys(GRANTS) as (keyof typeof GRANTS)[];
  const all = OWNERS.flatMap((owner) =>
    REPOSITORIES.flatMap((repository) => identities.map((identity) => ({ owner, repository, identity }))),
  );
  return Array.from({ length: CALLS }, (_, index) => all[(index * 7) % all.length]!);
}

function exchange({ owner, repository, identity }: Call): Promise<Answer> {
  return stack.exchangeFor(`${owner}/${repository}`, identity);
}

function expectOwnToken({ owner, repository, identity }: Call, answer: Answer): void {
  const token = stack.emulator.tokens.findLive(String(answer.json.token));
  expect({
    status: answer.status,
    owner: token?.installation.account.login,
    permissions: token?.permissions,
    repositories: token?.repositoryIds,
  }).toEqual({
    status: 200,
    owner,
    permissions: { metadata: 'read', ...GRANTS[identity] },
    repositories: new Set([stack.emulator.world.repository(`${owner}/${repository}`).id]),
  });
}

async function expectSixtyRightAnswers(): Promise<void> {
  const asked = calls();
  const answers = await Promise.all(asked.map(exchange));
  asked.forEach((call, index) => expectOwnToken(call, answers[index]!));
  expect(new Set(answers.map(({ json }) => json.token)).size).toBe(CALLS);
  expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(CALLS);
}

describe('60 exchanges at the same time on one isolate', () => {
  it('get each its own token where nothing is cached', async () => {
    stack.emulator.faults.latency = 20;
    await expectSixtyRightAnswers();
  });

  it('get each its own token once all is cached', async () => {
    for (const call of new Set(calls())) await exchange(call);
    stack.emulator.faults.latency = 20;
    stack.resetCounters();
    await expectSixtyRightAnswers();
    expect(stack.githubRequests()).toBe(CALLS);
  });

  it('do not disturb each other where some of them fail', async () => {
    const asked = calls();
    const answers = await Promise.all(
      asked.map((call, index) =>
        index % 3 === 0 ? stack.exchange({ query: { scope: `${call.owner}/nothing`, identity: 'x' } }) : exchange(call),
      ),
    );
    asked.forEach((call, index) => {
      if (index % 3 === 0) expect(answers[index]!.status).toBe(404);
      else expectOwnToken(call, answers[index]!);
    });
  });

  it('are not held up by callers who hang up before their answer', async () => {
    await stack.restart();
    stack.emulator.faults.latency = 100;
    const token = stack.actionsToken();
    const url = `${stack.worker.url}/sts/exchange?scope=north/api&identity=reader`;
    const leavers = Array.from({ length: 10 }, () =>
      fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(50) }).then(
        () => 'answered',
        () => 'left',
      ),
    );
    const stayers = await Promise.all(Array.from({ length: 10 }, () => stack.exchangeFor('north/api', 'reader')));
    expect(await Promise.all(leavers)).toContain('left');
    for (const answer of stayers) expectOwnToken({ owner: 'north', repository: 'api', identity: 'reader' }, answer);
  });
});
