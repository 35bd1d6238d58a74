import { beforeEach, describe, expect, it } from '@jest/globals';
import { OrganizationFiles } from '../../../../src/application/policies/organization-files.ts';
import { ACTIONS, APP, INSTALLATION, MINUTE, PolicyWorld, query, type PolicyRequest } from './policy-world.ts';

let world: PolicyWorld;

beforeEach(async () => {
  world = new PolicyWorld();
  world.put('app', {});
  world.list(`issuers: [${ACTIONS}]\n`);
  world.guard('max_token_lifetime_seconds: 3600\n');
  await world.request().installations.find(APP, 'acme', 'remembered');
  await world.deferredTasks.run();
});

const filesOf = ({ allowlists, guardrails }: PolicyRequest): OrganizationFiles =>
  new OrganizationFiles(allowlists, guardrails);

async function read(): Promise<void> {
  await world.request().reader.read(query());
  await world.deferredTasks.run();
}

describe('the files of an organization', () => {
  it('are both brought by one read, and both kept', async () => {
    await read();
    const files = filesOf(world.elsewhere());
    expect(files.fresh(await files.known(INSTALLATION))).toMatchObject({
      allowlist: { kind: 'present' },
      guardrails: { kind: 'present' },
    });
    expect(world.policies.reads).toBe(1);
  });

  it.each(['allowlistCache', 'guardrailsCache'] as const)('are fresh only together: %s', async (cache) => {
    await read();
    const request = world.request();
    await world.pass(MINUTE);
    await request[cache].expire('acme');
    const files = filesOf(request);
    expect(files.fresh(await files.known(INSTALLATION))).toBeUndefined();
    expect(files.last(await files.known(INSTALLATION))).toMatchObject({ guardrails: { kind: 'present' } });
  });

  it.each(['allowlist', 'guardrails'])('are no last answer where the store can’t tell of the %s', async (name) => {
    await read();
    world.store.putText(`${name}|acme`, 'unreadable');
    const files = filesOf(world.elsewhere());
    const known = await files.known(INSTALLATION);
    expect([files.fresh(known), files.last(known)]).toEqual([undefined, undefined]);
  });

  it('are unavailable where one of them is', async () => {
    await read();
    world.store.putText('guardrails|acme', 'unreadable');
    await world.pass(10 * MINUTE);
    const files = filesOf(world.elsewhere());
    const known = await files.known(INSTALLATION);
    const down = { kind: 'unavailable', cause: 'down', detail: 'told to' } as const;
    expect(await files.after(INSTALLATION, down, known, world.clock.now())).toEqual(down);
    expect(await files.after(INSTALLATION, { kind: 'refused' }, known, world.clock.now())).toMatchObject({
      allowlist: { kind: 'refused', last: { kind: 'present' } },
      guardrails: { kind: 'refused', last: { kind: 'unavailable' } },
    });
  });
});
