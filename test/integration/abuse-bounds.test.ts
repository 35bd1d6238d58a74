import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalStack } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';

const OUTSIDER_BOUND = 60;
const REVOCATION_BOUND = 30;

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
});

afterEach(async () => {
  stack.resetCounters();
  await stack.restart();
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

/** Proven, for the operator named the issuer, and of no owner of this GitHub. */
const outsider = () => stack.issuer.sign({ sub: 'outsider', aud: 'sts.example.com' });

function statuses(answers: readonly Answer[]): ReadonlySet<number> {
  return new Set(answers.map(({ status }) => status));
}

/** All GitHub requests, the revocations of read tokens included: they are on the caller's behalf too. */
function requestsForLookups(): number {
  return stack.githubRequests();
}

describe('what proven callers of other owners may cost', () => {
  it('ends at sixty GitHub requests a minute, however many invented repositories are asked for at once', async () => {
    const token = outsider();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => stack.exchangeFor(`acme/invented-${index}`, 'ci', token)),
    );
    expect(statuses(answers)).toContain(429);
    expect(statuses(answers)).not.toContain(200);
    expect(requestsForLookups()).toBeLessThanOrEqual(OUTSIDER_BOUND);
  });

  it('ends there too where an enforcing allowlist refuses the issuer before the absence is told', async () => {
    const list = `issuers:\n  - ${stack.emulator.actionsIssuer.issuer}\n`;
    stack.addOwner('strict', { policyFiles: { '.github/chainguard/trusted-token-issuers.yaml': list } });
    const token = outsider();
    const answers: Answer[] = [];
    for (let index = 0; index < 40; index++)
      answers.push(await stack.exchangeFor(`strict/invented-${index}`, 'ci', token));
    expect(statuses(answers)).toEqual(new Set([403, 429]));
    expect(requestsForLookups()).toBeLessThanOrEqual(OUTSIDER_BOUND);
  });

  it('does not hold up callers whom a policy admits', async () => {
    const token = outsider();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => stack.exchangeFor(`acme/made-up-${index}`, 'ci', token)),
    );
    expect((await stack.exchange()).status).toBe(200);
  });
});

describe('what made-up tokens may cost', () => {
  it('ends at thirty revocations a minute that GitHub does not accept', async () => {
    const answers: Answer[] = [];
    for (let index = 0; index < 40; index++) {
      answers.push(await stack.send({ method: 'POST', path: '/sts/revoke', token: `ghs_made_up_${index}` }));
    }
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(REVOCATION_BOUND);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - REVOCATION_BOUND);
    expect(stack.emulator.count({ status: 401 })).toBe(REVOCATION_BOUND);
  });

  it('leaves real ones to be revoked, for those count against nobody', async () => {
    for (let index = 0; index < 35; index++) {
      const { json } = await stack.exchange();
      const answer = await stack.send({ method: 'POST', path: '/sts/revoke', token: String(json.token) });
      expect(answer.status).toBe(204);
    }
  });
});

describe('keys that an issuer withdraws', () => {
  it('are accepted no longer than an hour after they were read, while the issuer is up', async () => {
    await stack.exchangeFor('acme/app', 'build-farm', stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' }));
    const oldKey = stack.issuer.currentKey;
    stack.issuer.rotate();
    stack.issuer.withdraw(oldKey);
    const [key = '', text = ''] =
      [...(await stack.worker.kvEntries())].find(([name]) => name.startsWith('keys|')) ?? [];
    const copy = JSON.parse(text) as { readAt: number };
    await stack.restart({ bindings: () => ({ KNOWN_ISSUERS: 'https://nobody.example.com' }) });
    await stack.worker.putKv(key, JSON.stringify({ ...copy, readAt: copy.readAt - 2 * 3_600_000 }));
    const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' }, { key: oldKey });
    expect((await stack.exchangeFor('acme/app', 'build-farm', token)).status).toBe(403);
  });
});
