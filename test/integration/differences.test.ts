import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalStack } from '../support/local-stack.ts';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
});

afterEach(async () => {
  stack.emulator.faults.clear();
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

interface Row {
  readonly situation: string;
  /** The cell that says what this service answers. */
  readonly here: string;
}

/** The README's table, so that no row stands there that nothing holds. */
function readmeRows(): readonly Row[] {
  const readme = readFileSync(`${import.meta.dirname}/../../README.md`, 'utf8');
  const table = readme.split('<!-- differences -->')[1]?.split('<!-- /differences -->')[0] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const cells = row.split('|').map((cell) => cell.trim());
    return { situation: cells[1] ?? '', here: cells[3] ?? '' };
  });
}

/** Shows a row's answer, and returns the status and key that the row must name. */
type Proof = () => Promise<readonly (string | number)[]>;

async function refusedWith(answer: Promise<{ status: number; json: Readonly<Record<string, unknown>> }>) {
  const { status, json } = await answer;
  return [status, String(json.error)];
}

/** A token of an issuer that no policy names, and whose keys nobody has asked for. */
const strangersToken = () => stack.issuer.sign({ sub: 'stranger', aud: 'sts.example.com' });

const PROOFS: Readonly<Record<string, Proof>> = {
  'success, asked by GET': async () => {
    const { json } = await stack.exchange();
    expect(json.token).toBe(json.access_token);
    return Object.keys(json);
  },
  'any error': async () => {
    const { json } = await stack.exchangeFor('acme/app', 'no-such');
    expect(json).toMatchObject({ code: 5, message: expect.any(String), details: [] });
    return ['error', 'request_id'].filter((name) => name in json);
  },
  'an issuer that the policy does not name': async () => {
    const answer = refusedWith(stack.exchangeFor('acme/app', 'deploy', strangersToken()));
    expect(stack.issuer.hits).toEqual({ discovery: 0, jwks: 0 });
    return answer;
  },
  'no installation or policy, token not proven': async () => {
    const sentences = [];
    for (const [scope, identity] of [
      ['nobody/app', 'ci'],
      ['acme/none', 'ci'],
      ['acme/app', 'none'],
    ] as const) {
      sentences.push((await stack.exchangeFor(scope, identity, strangersToken())).json.message);
    }
    expect(new Set(sentences).size).toBe(1);
    return refusedWith(stack.exchangeFor('nobody/app', 'ci', strangersToken()));
  },
  'the same, token proven': async () => [
    ...(await refusedWith(stack.exchangeFor('nobody/app', 'ci'))),
    ...(await refusedWith(stack.exchangeFor('acme/app', 'no-such'))),
  ],
  'a mismatch, caller of the same owner': async () => {
    const { json } = await stack.exchangeFor('acme/app', 'ci');
    expect(json.explanation).toMatchObject({ fields: expect.any(Array) });
    return ['explanation'];
  },
  'bearer without `exp`, or expired': async () => {
    const answer = refusedWith(
      stack.exchangeFor('acme/app', 'build-farm', stack.issuer.sign({ sub: 'x', exp: undefined })),
    );
    expect(stack.issuer.hits).toEqual({ discovery: 0, jwks: 0 });
    return answer;
  },
  'GitHub limits us': async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 7 });
    const answer = await stack.exchange();
    expect(answer.headers.get('retry-after')).toBe('7');
    return [answer.status, String(answer.json.error)];
  },
  'GitHub is down': async () => {
    stack.emulator.faults.add({ kind: 'respond', status: 503 });
    return refusedWith(stack.exchange());
  },
  'GitHub grants more than was asked': async () => {
    stack.emulator.faults.add({ kind: 'overgrant', permissions: { administration: 'write' } });
    return refusedWith(stack.exchange());
  },
  'an unknown permission or key in a policy': async () => {
    stack.emulator.world.commit('octocat/hello-world', {
      '.github/chainguard/odd.sts.yaml': `issuer: https://issuer.example.com\nsubject: x\npermissions:\n  coffee: read\n`,
    });
    return refusedWith(stack.exchangeFor('octocat/hello-world', 'odd'));
  },
  '`POST /sts/revoke`': async () => {
    const { json } = await stack.exchange();
    const { status } = await stack.send({ method: 'POST', path: '/sts/revoke', token: String(json.token) });
    return [status];
  },
};

describe('the README table of what differs from octo-sts', () => {
  it('has a proof for every row, and a row for every proof', () => {
    expect(readmeRows().map(({ situation }) => situation)).toEqual(Object.keys(PROOFS));
  });

  it.each(readmeRows())('says what is answered: $situation', async ({ situation, here }) => {
    const proof = PROOFS[situation];
    const shown = (await proof?.()) ?? ['no proof'];
    expect(shown).not.toEqual([]);
    for (const part of shown) expect(here).toContain(String(part));
  });
});
