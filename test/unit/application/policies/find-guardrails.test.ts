import { beforeEach, describe, expect, it } from '@jest/globals';
import { FindGuardrails } from '../../../../src/application/policies/find-guardrails.ts';
import { APP, INSTALLATION, MINUTE, PolicyWorld, query } from './policy-world.ts';

let world: PolicyWorld;

beforeEach(async () => {
  world = new PolicyWorld();
  world.guard('max_token_lifetime_seconds: 3600\n');
  world.put('app', {});
  await world.request().installations.find(APP, 'acme', 'remembered');
  await world.deferredTasks.run();
});

async function find(): Promise<string> {
  const { reader, settler } = world.request();
  const { kind } = await new FindGuardrails(reader, settler).find(INSTALLATION);
  await world.deferredTasks.run();
  return kind;
}

describe('guardrails for the check of a commit', () => {
  it('cost nothing where an exchange has read them lately', async () => {
    await world.request().reader.read(query());
    await world.deferredTasks.run();
    expect([await find(), world.policies.reads]).toEqual(['present', 1]);
  });

  it('are read where nobody has, and then serve exchanges too', async () => {
    expect([await find(), world.policies.reads]).toEqual(['present', 1]);
    expect([await find(), world.policies.reads]).toEqual(['present', 1]);
  });

  it('are absent where that was read', async () => {
    world.guard(undefined);
    expect(await find()).toBe('absent');
  });

  it('are unreadable where no App may read them, and unavailable where they were seen before', async () => {
    world.hidePolicyRepository();
    expect(await find()).toBe('unreadable');
    world.forgetAll();
    world.guard('max_token_lifetime_seconds: 3600\n');
    expect(await find()).toBe('present');
    world.hidePolicyRepository();
    await world.pass(61 * MINUTE);
    expect(await find()).toBe('unavailable');
  });

  it('are unavailable where GitHub gives no answer', async () => {
    world.policies.failure = { kind: 'unavailable', cause: 'limited', detail: 'told to' };
    expect(await find()).toBe('unavailable');
  });
});
