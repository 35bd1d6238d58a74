import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publishedSchema } from '../support/event-schemas.ts';
import type { Answer, StackOptions } from '../support/local-stack.ts';
import { LocalStack, STS_DOMAIN } from '../support/local-stack.ts';

const PREVIOUS = 'old.example.com';
let stack: LocalStack;

/** Seen under this address by its callers, without the switch for local development where that would hide the host. */
function under(address: string, previous: string | undefined = PREVIOUS): StackOptions {
  return { bindings: () => ({ STS_DOMAIN_PREVIOUS: previous }), worker: { address } };
}

beforeAll(async () => {
  stack = await LocalStack.start(under(`https://${PREVIOUS}`));
});

afterAll(() => stack.close());

async function exchangeWith(audience: string): Promise<Answer> {
  const answer = await stack.exchange({ token: stack.actionsToken({ audience }) });
  await stack.worker.settled();
  return answer;
}

describe('while callers move', () => {
  it.each([STS_DOMAIN, `https://${STS_DOMAIN}`, PREVIOUS, `https://${PREVIOUS}`])(
    'a token for %s is accepted where the policy names no audience',
    async (audience) => {
      expect((await exchangeWith(audience)).status).toBe(200);
    },
  );

  it('a token for a third service is refused', async () => {
    expect((await exchangeWith('third.example.com')).status).toBe(403);
  });

  it('the event says which host was asked and which audience the token has', async () => {
    const answer = await exchangeWith(PREVIOUS);
    const [event] = stack.worker
      .logged('exchange')
      .filter(({ request_id: id }) => id === answer.headers.get('x-request-id'));
    expect(event).toMatchObject({ host: PREVIOUS });
    expect(event?.matched).toContainEqual({ field: 'audience', expected: STS_DOMAIN, actual: PREVIOUS });
    const { level: _level, event: _event, ...data } = event ?? {};
    const isExchangeEvent = publishedSchema('exchange-event');
    expect([isExchangeEvent(data), isExchangeEvent.errors]).toEqual([true, null]);
  });
});

describe('the previous host', () => {
  const strict = (address: string, previous?: string): Promise<void> =>
    stack.restart({
      worker: { address },
      bindings: () => ({
        STS_DOMAIN_PREVIOUS: previous,
        ALLOW_LOOPBACK_HTTP: undefined,
        GITHUB_BASE_URL: undefined,
      }),
    });

  it.each([`https://${PREVIOUS}`, `https://${STS_DOMAIN}`])('is served like the new one: %s', async (address) => {
    await strict(address, PREVIOUS);
    expect((await stack.send({ path: '/' })).status).toBe(200);
    expect((await stack.send({ path: '/healthz' })).json.checks).not.toHaveProperty('host');
  });

  it.each([`http://${PREVIOUS}`, 'https://third.example.com'])('is not served as %s', async (address) => {
    await strict(address, PREVIOUS);
    const answer = await stack.send({ path: '/sts/exchange' });
    expect([answer.status, answer.json.error]).toEqual([421, 'misdirected']);
    expect(answer.json.message).toContain(`served at https://${STS_DOMAIN}, and not at`);
  });

  it('is a wrong one as soon as the setting goes, and healthz says so', async () => {
    await strict(`https://${PREVIOUS}`);
    expect((await stack.send({ path: '/sts/exchange' })).status).toBe(421);
    const health = await stack.send({ path: '/healthz' });
    expect([health.status, health.json]).toMatchObject([200, { status: 'degraded', checks: { host: 'failing' } }]);
  });

  it('must be a host name', async () => {
    await strict(`https://${STS_DOMAIN}`, 'https://old.example.com/');
    const health = await stack.send({ path: '/healthz' });
    expect(health.json).toMatchObject({ faults: [{ setting: 'STS_DOMAIN_PREVIOUS' }] });
  });
});
