import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FetchOutcome } from '../../../../src/infrastructure/http/bounded-fetch.ts';
import { GitHubModel, hourlyBudget, type GitHubEvent } from '../../../../scripts/simulate/github-model.ts';
import { VirtualTime } from '../../../../scripts/simulate/virtual-time.ts';
import { World, type Owner } from '../../../../scripts/simulate/world.ts';

const API = 'https://api.github.com';
const HOUR_MS = 60 * 60_000;
const BOUNDS = { timeoutMs: 8000, maxBytes: 1000 };
const SEEING: Owner = { index: 0, name: 'o0', repositories: 5, seesPolicyRepository: true };
const BLIND: Owner = { index: 1, name: 'o1', repositories: 5, seesPolicyRepository: false };
const PAIR = { repositories: ['r7', '.github'] };

let time: VirtualTime;
let world: World;
let events: GitHubEvent[];
let github: GitHubModel;

beforeEach(() => {
  time = new VirtualTime(Date.UTC(2026, 10, 24));
  world = new World([SEEING, BLIND]);
  events = [];
  github = new GitHubModel(time, world, (event) => events.push(event));
});

async function sent(method: string, path: string, body?: object, token = 'jwt') {
  const headers = { Authorization: `Bearer ${token}` };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = github.fetch(API + path, init, BOUNDS);
  await time.runUntil(time.now() + 200);
  const outcome: FetchOutcome = await answer;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  return {
    status: outcome.status,
    headers: outcome.headers,
    json: outcome.text === '' ? '' : JSON.parse(outcome.text),
  };
}

function minted(owner: Owner, body: object) {
  return sent('POST', `/app/installations/${owner.index + 1}/access_tokens`, body);
}

describe('the model of GitHub', () => {
  it('tells an installation and makes tokens, and who they are for', async () => {
    expect((await sent('GET', '/users/o1/installation')).json).toMatchObject({ id: 2, account: { id: 2 } });
    expect((await minted(SEEING, PAIR)).status).toBe(201);
    expect((await minted(SEEING, { repository_ids: [8] })).json).toMatchObject({
      repositories: [{ id: 8, name: 'r7' }],
    });
    expect(events).toEqual(['lookup', 'read_token', 'caller_token']);
  });

  it('refuses a pair whose policy repository the App does not see, and tells of it as invisible', async () => {
    expect((await minted(BLIND, PAIR)).status).toBe(422);
    const { json } = await minted(BLIND, { repositories: ['r7'] });
    const variables = { owner: 'o1', target: 'r7', organization: '.github' };
    const answer = await sent('POST', '/graphql', { variables }, String(json.token));
    expect(answer.json.errors).toMatchObject([{ type: 'NOT_FOUND', path: ['organization'] }]);
    expect(answer.json.data.organization).toBeNull();
  });

  it('shows the newest version of a policy', async () => {
    const text = async (): Promise<string> => {
      const variables = { owner: 'o0', target: 'r7' };
      const { json } = await sent('POST', '/graphql', { variables }, 't-0-1');
      return json.data.target.object.entries[0].object.text;
    };
    expect(await text()).toContain('# Version 0');
    world.push(7, time.now());
    expect(await text()).toContain('# Version 1');
  });

  it('refuses what is over an owner’s hour, of that owner alone, until the next one', async () => {
    for (let count = 0; count < 5000; count++) github.revokedByCaller(SEEING);
    const refused = await sent('DELETE', '/installation/token', undefined, 't-0-1');
    expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
    expect(Number(refused.headers.get('x-ratelimit-reset')) * 1000).toBe(Date.UTC(2026, 10, 24) + HOUR_MS);
    expect((await sent('DELETE', '/installation/token', undefined, 't-1-1')).status).toBe(204);
    expect((await minted(SEEING, PAIR)).status).toBe(201);
    expect(github.busiest.installation).toEqual({ share: 5001 / 5000, requests: 5001, budget: 5000 });
    await time.runUntil(time.now() + HOUR_MS);
    expect((await sent('DELETE', '/installation/token', undefined, 't-0-1')).status).toBe(204);
    expect(events.filter((event) => event === 'limited')).toHaveLength(1);
  });

  it('counts tokens by the minute', async () => {
    for (let count = 0; count < 3; count++) await minted(SEEING, PAIR);
    await time.runUntil(time.now() + 60_000);
    await minted(SEEING, PAIR);
    expect(github.mostMintsAMinute).toBe(3);
  });

  it('knows nothing else', async () => {
    await expect(github.fetch(`${API}/user`, { method: 'GET', headers: {} }, BOUNDS)).rejects.toThrow('GET');
  });
});

describe('the hourly budget of an installation', () => {
  it('grows with its repositories, up to a bound', () => {
    expect([1, 20, 21, 120, 170, 5000].map(hourlyBudget)).toEqual([5000, 5000, 5050, 10_000, 12_500, 12_500]);
  });
});
