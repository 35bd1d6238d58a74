import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultKind, GraphQlFaultError } from '../support/github/faults.ts';
import { NodeStack, type Answer } from './node-stack.ts';

const MINT = 'apps/create-installation-access-token';
/** One of every kind of request that an exchange makes. */
const LOOKUP = { operation: 'apps/get-user-installation' };
const READ = { operation: 'graphql' };
const TOKEN = { operation: MINT };
const REQUESTS = [
  ['the lookup of the installation', LOOKUP],
  ['the read token', TOKEN],
  ['the read of the policies', READ],
] as const;

let stack: NodeStack;

/** No isolate and no KV knows anything yet, so that every request is made. */
function startAfresh(): void {
  stack.kv.rewrite(() => undefined);
  stack.isolate = stack.newIsolate();
  stack.resetCounters();
}

/** The warm exchange makes one request alone: the mint. */
async function warmUp(): Promise<void> {
  expect((await stack.exchange()).status).toBe(200);
  stack.resetCounters();
}

function errorOf({ status, json }: Answer): unknown {
  return [status, json.error];
}

beforeAll(async () => {
  stack = await NodeStack.start();
});

beforeEach(() => {
  startAfresh();
});

afterEach(() => {
  stack.emulator.faults.clear();
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

interface Row {
  readonly what: string;
  readonly fault: FaultKind;
  readonly answer: readonly [number, string];
}

/** What a proxy on the way may answer; the emulator would send a text as JSON. */
const PAGE: FaultKind = { kind: 'respond', status: 404, body: Buffer.from('<html>') as never };

const LASTING: readonly Row[] = [
  { what: 'status 500', fault: { kind: 'respond', status: 500 }, answer: [503, 'unavailable'] },
  { what: 'status 503', fault: { kind: 'respond', status: 503 }, answer: [503, 'unavailable'] },
  { what: 'a reset connection', fault: { kind: 'reset', when: 'before-headers' }, answer: [503, 'unavailable'] },
  {
    what: 'a connection reset in the middle',
    fault: { kind: 'reset', when: 'mid-body' },
    answer: [503, 'unavailable'],
  },
  { what: 'half an answer', fault: { kind: 'truncate' }, answer: [502, 'upstream_error'] },
  { what: 'something else than JSON', fault: { kind: 'wrong-json' }, answer: [502, 'upstream_error'] },
  { what: 'JSON of another shape', fault: { kind: 'wrong-json', body: '{"id":"x"}' }, answer: [502, 'upstream_error'] },
  { what: 'nothing at all', fault: { kind: 'wrong-json', body: '' }, answer: [502, 'upstream_error'] },
  { what: 'far too much', fault: { kind: 'oversize', bytes: 9 * 1024 * 1024 }, answer: [502, 'upstream_error'] },
  {
    what: 'a redirect',
    fault: { kind: 'redirect', location: 'https://example.com/' },
    answer: [502, 'upstream_error'],
  },
  { what: 'a page that says 404', fault: PAGE, answer: [502, 'upstream_error'] },
];

describe.each(REQUESTS)('when GitHub fails on %s', (_, match) => {
  it.each(LASTING)('answers $answer to $what', async ({ fault, answer }) => {
    stack.emulator.faults.add({ ...fault, match });
    expect(errorOf(await stack.exchange())).toEqual(answer);
  });

  it.each([
    ['status 502', { kind: 'respond', status: 502 }],
    ['a reset connection', { kind: 'reset', when: 'before-headers' }],
    ['an answer cut in the middle', { kind: 'reset', when: 'mid-body' }],
  ] as const)('tries once more after %s', async (_what, fault) => {
    stack.emulator.faults.add({ ...fault, match, times: 1 });
    expect((await stack.exchange()).status).toBe(200);
    expect(stack.githubRequests()).toBe(5);
  });

  it('tries no more than once more', async () => {
    stack.emulator.faults.add({ kind: 'respond', status: 502, match });
    await stack.exchange();
    expect(stack.emulator.count({ status: 502 })).toBe(2);
  });

  it.each([
    ['redirect', { kind: 'redirect', location: 'https://example.com/' }],
    ['limit', { kind: 'primary-limit' }],
    ['unusable answer', { kind: 'wrong-json' }],
  ] as const)('does not repeat a request after a %s', async (_what, fault) => {
    stack.emulator.faults.add({ ...fault, match });
    await stack.exchange();
    expect(stack.emulator.count(match)).toBe(1);
  });
});

describe('when GitHub does not answer in time', () => {
  it.each(REQUESTS)('answers 504: %s', async (_, match) => {
    stack.emulator.faults.add({ kind: 'hang', match });
    expect(errorOf(await stack.exchange())).toEqual([504, 'upstream_timeout']);
  });

  it('answers 504 to a mint, too', async () => {
    await warmUp();
    stack.emulator.faults.add({ kind: 'hang', match: TOKEN });
    expect(errorOf(await stack.exchange())).toEqual([504, 'upstream_timeout']);
  });
});

interface LimitRow {
  readonly what: string;
  readonly fault: FaultKind;
  readonly retryAfter: number;
}

const LIMITS: readonly LimitRow[] = [
  { what: '403, quota used up', fault: { kind: 'primary-limit', resetInSeconds: 120 }, retryAfter: 120 },
  { what: '429, quota used up', fault: { kind: 'primary-limit', status: 429, resetInSeconds: 90 }, retryAfter: 90 },
  { what: '403 with retry-after', fault: { kind: 'secondary-limit', retryAfterSeconds: 7 }, retryAfter: 7 },
  {
    what: '429 with retry-after',
    fault: { kind: 'secondary-limit', status: 429, retryAfterSeconds: 7 },
    retryAfter: 7,
  },
  { what: '403 with the text alone', fault: { kind: 'secondary-limit' }, retryAfter: 60 },
  { what: '429 without any header', fault: { kind: 'respond', status: 429 }, retryAfter: 60 },
  { what: '429, headers left out', fault: { kind: 'primary-limit', status: 429, headers: false }, retryAfter: 60 },
];

describe.each([...REQUESTS, ['the mint', undefined]] as const)('when GitHub limits %s', (_, match) => {
  it.each(LIMITS)('answers 429 and how long to wait: $what', async ({ fault, retryAfter }) => {
    if (match === undefined) await warmUp();
    stack.emulator.faults.add({ ...fault, match: match ?? TOKEN });
    const answer = await stack.exchange();
    expect(errorOf(answer)).toEqual([429, 'rate_limited']);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
  });
});

describe('when the mint fails', () => {
  beforeEach(warmUp);

  it.each(LASTING)('answers $answer to $what', async ({ fault, answer }) => {
    stack.emulator.faults.add({ ...fault, match: TOKEN });
    expect(errorOf(await stack.exchange())).toEqual(answer);
  });

  it.each([403, 422])(
    'tells a plain %d as a refusal, with GitHub’s sentence for those of the owner alone',
    async (status) => {
      const body = { message: 'The level of access granted is not enough.' };
      stack.emulator.faults.add({ kind: 'respond', status, body, match: TOKEN });
      const insider = await stack.exchange();
      expect(errorOf(insider)).toEqual([403, 'permission_denied']);
      expect(insider.json.explanation).toMatchObject({ notes: [`GitHub: ${body.message}`] });
      expect(insider.json.message).not.toContain(body.message);
    },
  );

  it('says in the log that the App’s credentials are wrong, and answers 500', async () => {
    stack.emulator.faults.add({ kind: 'respond', status: 401, body: { message: 'Bad credentials' }, match: TOKEN });
    expect(errorOf(await stack.exchange())).toEqual([500, 'misconfigured']);
    expect(stack.logged('app_credentials_rejected')).toBe(true);
  });

  it('takes an App that GitHub does not know for wrong credentials, not for a missing installation', async () => {
    stack.emulator.faults.add({
      kind: 'respond',
      status: 404,
      body: { message: 'Integration not found' },
      match: TOKEN,
    });
    expect(errorOf(await stack.exchange())).toEqual([500, 'misconfigured']);
  });

  it('looks a lost installation up once more, and mints on the new one', async () => {
    const { world } = stack.emulator;
    const lost = stack.seed.installations.organization;
    world.uninstall(lost);
    const back = world.install(stack.seed.app, 'acme');
    expect((await stack.exchange()).status).toBe(200);
    expect(stack.githubRequests()).toBe(3);
    stack.resetCounters();
    expect((await stack.exchange()).status).toBe(200);
    expect(stack.githubRequests()).toBe(1);
    world.uninstall(back);
    world.install(stack.seed.app, 'acme', { id: lost.id });
  });

  it('tries once: an installation that is lost again is not there', async () => {
    stack.emulator.faults.add({ kind: 'respond', status: 404, body: { message: 'Not Found' }, match: TOKEN });
    expect(errorOf(await stack.exchange())).toEqual([404, 'installation_not_found']);
    expect(stack.emulator.count(TOKEN)).toBe(2);
  });

  it.each([
    ['a permission', { permissions: { contents: 'write' } }],
    ['a repository', { repositories: ['acme/infra'] }],
    ['every repository', { repositories: 'all' }],
  ] as const)('revokes a token that holds %s more than was asked for, and answers 502', async (_, more) => {
    stack.emulator.faults.add({ kind: 'overgrant', ...more, match: TOKEN });
    expect(errorOf(await stack.exchange())).toEqual([502, 'upstream_error']);
    expect(stack.emulator.tokens.all().at(-1)?.revoked).toBe(true);
    expect(stack.emulator.count({ method: 'DELETE', status: 204 })).toBe(1);
  });
});

describe('when a suspended installation is asked', () => {
  it('answers 403, not that something is wrong with GitHub', async () => {
    const installation = stack.emulator.world.installationOf(stack.seed.app, 'acme')!;
    stack.emulator.world.suspend(installation);
    expect(errorOf(await stack.exchange())).toEqual([403, 'permission_denied']);
    stack.emulator.world.unsuspend(installation);
  });
});

interface GraphQlRow {
  readonly what: string;
  readonly errors: readonly GraphQlFaultError[];
  readonly answer: readonly [number, string];
}

const GRAPHQL: readonly GraphQlRow[] = [
  {
    what: 'the repository it was read for is "missing"',
    errors: [{ type: 'NOT_FOUND', path: ['target'] }],
    answer: [503, 'unavailable'],
  },
  {
    what: 'the policy repository it was read for is "missing"',
    errors: [{ type: 'NOT_FOUND', path: ['organization'] }],
    answer: [503, 'unavailable'],
  },
  { what: 'a limit', errors: [{ type: 'RATE_LIMITED' }], answer: [429, 'rate_limited'] },
  { what: 'a limit, in its newer spelling', errors: [{ type: 'RATE_LIMIT' }], answer: [429, 'rate_limited'] },
  {
    what: 'the repository is forbidden',
    errors: [{ type: 'FORBIDDEN', path: ['target'] }],
    answer: [503, 'unavailable'],
  },
  {
    what: 'the policy repository is forbidden',
    errors: [{ type: 'FORBIDDEN', path: ['organization'] }],
    answer: [503, 'unavailable'],
  },
  {
    what: 'the folder alone is "missing"',
    errors: [{ type: 'NOT_FOUND', path: ['target', 'object'] }],
    answer: [503, 'unavailable'],
  },
  {
    what: 'the policy folder alone failed',
    errors: [{ type: 'INTERNAL', path: ['organization', 'object'] }],
    answer: [503, 'unavailable'],
  },
  {
    what: 'an error of no type and no place',
    errors: [{ message: 'Something went wrong' }],
    answer: [503, 'unavailable'],
  },
];

describe('when GraphQL answers 200 with errors', () => {
  it.each(GRAPHQL)('answers $answer: $what', async ({ errors, answer }) => {
    stack.emulator.faults.add({ kind: 'graphql-errors', errors, match: READ });
    expect(errorOf(await stack.exchange())).toEqual(answer);
  });

  it('tells how long the limit lasts, from the answer’s headers', async () => {
    const { id } = stack.emulator.world.installationOf(stack.seed.app, 'acme')!;
    stack.emulator.limits.set({ installation: id }, { remaining: 0, resetInSeconds: 300 }, 'graphql');
    const answer = await stack.exchange();
    stack.emulator.limits.clear();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '300']);
  });
});

/** Changes what is told of the requested repository's folder. */
function folderBecomes(object: unknown): void {
  stack.emulator.faults.add({
    kind: 'change-body',
    match: READ,
    change: (body) => ({ ...body, data: { ...dataOf(body), target: { ...dataOf(body).target, object } } }) as never,
  });
}

function dataOf(body: object): Record<string, Record<string, unknown>> {
  return (body as { data: Record<string, Record<string, unknown>> }).data;
}

function blob(more: object): unknown {
  const object = { __typename: 'Blob', byteSize: 90, isBinary: false, isTruncated: false, text: null, ...more };
  return { __typename: 'Tree', entries: [{ name: 'deploy.sts.yaml', mode: 33_188, type: 'blob', object }] };
}

describe('what is never taken for an absence', () => {
  it.each([
    ['a folder that is a file', { __typename: 'Blob' }, [502, 'upstream_error']],
    ['a folder without entries', { __typename: 'Tree' }, [502, 'upstream_error']],
    ['a folder with an entry of another shape', { __typename: 'Tree', entries: [{}] }, [502, 'upstream_error']],
    ['a truncated file', blob({ isTruncated: true, text: 'issuer: https://exa' }), [404, 'policy_invalid']],
    ['a binary file', blob({ isBinary: true }), [404, 'policy_invalid']],
    ['a file whose text was not told', blob({}), [404, 'policy_invalid']],
  ] as const)('%s', async (_, object, answer) => {
    folderBecomes(object);
    expect(errorOf(await stack.exchange())).toEqual(answer);
  });

  it('tells an identity that is not in the folder as absent, to compare', async () => {
    expect(errorOf(await stack.exchange('acme/app', 'nobody'))).toEqual([404, 'policy_not_found']);
  });
});

describe('an exchange as a whole', () => {
  const { fetch } = globalThis;

  afterEach(() => {
    globalThis.fetch = fetch;
  });

  /** Every answer of GitHub's and of the issuer's takes so long, by the clock. */
  function answersTake(ms: number): void {
    globalThis.fetch = async (...asked) => {
      const response = await fetch(...asked);
      stack.clock.advance(ms);
      return response;
    };
  }

  it('ends after 15 s, without another request, and the log says what it waited for', async () => {
    answersTake(4000);
    const answer = await stack.exchange();
    expect([answer.status, answer.json.error]).toEqual([504, 'upstream_timeout']);
    expect(stack.log.some((line) => /"detail":"[^"]*no time was left for it"/.test(line))).toBe(true);
    expect([stack.emulator.count(TOKEN), stack.emulator.count(READ)]).toEqual([1, 0]);
  });

  it('leaves no read token alive when its time is over', async () => {
    const before = stack.emulator.tokens.live().length;
    answersTake(4000);
    await stack.exchange();
    expect(stack.emulator.count(TOKEN)).toBe(1);
    expect(stack.emulator.tokens.live()).toHaveLength(before);
  });

  it('is granted where the answers are slow, and come in time', async () => {
    answersTake(2000);
    expect((await stack.exchange()).status).toBe(200);
  });
});
