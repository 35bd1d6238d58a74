import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AllowlistReading } from '../../../../src/domain/issuer-allowlist.ts';
import type { RefusedReading } from '../../../../src/application/policies/organization-file.ts';
import type { OrganizationFound } from '../../../../src/application/policies/organization-files.ts';
import type { FoldersRead, FoundFolder } from '../../../../src/application/ports/trust-policy-repository.ts';
import type { Unavailable, UnavailableCause } from '../../../../src/application/ports/unavailable.ts';
import { Refusal } from '../../../../src/application/refusal.ts';
import { ALLOWLIST_FILE } from '../../../../src/domain/policy-location.ts';
import { ACME_ID, ACTIONS, APP, INSTALLATION, MINUTE, PolicyWorld } from './policy-world.ts';

const SECOND = { name: 'second', id: '10' };
const THIRD = { name: 'third', id: '11' };
const LIST = `issuers: [${ACTIONS}]\n`;

let world: PolicyWorld;

beforeEach(async () => {
  world = new PolicyWorld([APP, SECOND, THIRD]);
  world.hidePolicyRepository();
  await world.request().installations.find(APP, 'acme', 'remembered');
  await world.deferredTasks.run();
});

/** Where the App `APP` was refused the policy repository. */
async function settle(last?: Exclude<RefusedReading<AllowlistReading>['last'], { kind: 'present' }>): Promise<string> {
  const refused = { kind: 'refused', ...(last === undefined ? {} : { last }) } as const;
  try {
    const organization = { allowlist: refused, guardrails: refused } as const;
    return (await world.request().settler.settle(INSTALLATION, organization)).allowlist.kind;
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  } finally {
    await world.deferredTasks.run();
  }
}

function failing(cause: UnavailableCause): Unavailable {
  return { kind: 'unavailable', cause, detail: 'told to' };
}

/** As one App reads the policy repository. */
function folder(text: string | undefined): FoldersRead {
  const files = text === undefined ? [] : [{ name: ALLOWLIST_FILE, kind: 'file', bytes: 1, text } as const];
  const found: FoundFolder = {
    kind: 'found',
    folder: { repositoryId: 3, accountId: ACME_ID, files, listingOnly: false },
  };
  return { kind: 'read', target: found, organization: found };
}

const REFUSED: FoldersRead = { kind: 'read', target: { kind: 'refused' }, organization: { kind: 'refused' } };

function warnings(): readonly string[] {
  return world.log.entries.map(({ event }) => event);
}

describe('"no App can read the policy repository"', () => {
  it('is believed where every App was refused it, and logged', async () => {
    expect(await settle()).toBe('unreadable');
    expect([world.policies.reads, warnings()]).toEqual([2, ['issuer_allowlist_unreadable', 'guardrails_unreadable']]);
    expect(world.log.entries[0]?.fields).toEqual({ owner: 'acme' });
  });

  it('is believed for 5 minutes, through the installation that was refused', async () => {
    await settle();
    const { allowlists } = world.request();
    expect(await allowlists.known(INSTALLATION)).toEqual({ kind: 'believed_unreadable' });
    await world.pass(5 * MINUTE);
    expect(await allowlists.known(INSTALLATION)).toEqual({ kind: 'never_seen' });
  });

  it('is believed where the other Apps are not installed there', async () => {
    world.installations.uninstall(SECOND, 'acme');
    world.installations.uninstall(THIRD, 'acme');
    expect([await settle(), world.policies.reads]).toEqual(['unreadable', 0]);
  });

  it.each<[string, FoldersRead, string]>([
    ['with a list', folder(LIST), 'present'],
    ['without one', folder(undefined), 'absent'],
    ['with a broken one', folder('nonsense: true\n'), 'invalid'],
  ])('is not so where a later App reads it %s', async (_what, read, expected) => {
    world.policies.next.push(REFUSED, read);
    expect([await settle(), warnings()]).toEqual([expected, []]);
  });

  it('is not asked of the App that was refused already', async () => {
    world = new PolicyWorld([APP]);
    world.hidePolicyRepository();
    expect([await settle(), world.policies.reads]).toEqual(['unreadable', 0]);
  });
});

describe('an answer that any App did not give', () => {
  it.each<[UnavailableCause, string]>([
    ['limited', 'rate_limited'],
    ['down', 'unavailable'],
    ['timeout', 'upstream_timeout'],
    ['refused', 'permission_denied'],
  ])('because it was %s is no refusal, at the read or at the lookup', async (cause, kind) => {
    world.policies.next.push(failing(cause), REFUSED);
    expect(await settle()).toBe(kind);
    world.installations.failing.set(THIRD.id, failing(cause));
    await world.pass(2 * MINUTE);
    expect(await settle()).toBe(kind);
    expect(warnings()).toEqual([]);
  });

  it('does not matter where another App reads the list', async () => {
    world.policies.next.push(failing('down'), folder(LIST));
    expect(await settle()).toBe('present');
  });

  it('because it saw another account is no refusal', async () => {
    world.policies.next.push({ kind: 'gone' });
    expect(await settle()).toBe('unavailable');
  });
});

describe('the installation that was refused', () => {
  it('is looked up afresh, and so are those of the others', async () => {
    for (const app of [SECOND, THIRD]) await world.request().installations.find(app, 'acme', 'remembered');
    await world.pass(2 * MINUTE);
    const { lookups } = world.installations;
    expect(await settle()).toBe('unreadable');
    expect(world.installations.lookups - lookups).toBe(3);
  });

  it('is not believed where another has taken its place: what that may read is not known', async () => {
    await world.pass(2 * MINUTE);
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    expect(await settle()).toBe('unavailable');
    expect(await world.request().allowlists.known({ ...INSTALLATION, id: 95 })).toEqual({ kind: 'never_seen' });
    const refused = { kind: 'refused' } as const;
    const again = world.request().settler.settle(INSTALLATION, { allowlist: refused, guardrails: refused });
    await expect(again).rejects.toMatchObject({
      details: { detail: 'the installation has changed while it was read' },
    });
  });

  it('is not believed where it is gone', async () => {
    await world.pass(2 * MINUTE);
    world.installations.uninstall(APP, 'acme');
    expect(await settle()).toBe('unavailable');
  });

  it('is not believed where GitHub gives no answer about it', async () => {
    await world.pass(2 * MINUTE);
    world.installations.failing.set(APP.id, failing('timeout'));
    expect(await settle()).toBe('upstream_timeout');
  });

  it('does not matter where another App reads the list', async () => {
    await world.pass(2 * MINUTE);
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    world.policies.next.push(folder(LIST));
    expect(await settle()).toBe('present');
  });
});

describe('what was seen before', () => {
  it.each(['absent', 'invalid', 'unreadable'] as const)('(%s) counts where every App is refused now', async (kind) => {
    expect(await settle({ kind })).toBe(kind);
    expect(warnings()).toEqual([]);
  });

  it('counts too where an App gave no answer', async () => {
    world.policies.next.push(failing('down'), REFUSED);
    expect(await settle({ kind: 'absent' })).toBe('absent');
  });

  it('but is too old is never taken for an absence', async () => {
    expect(await settle(failing('down'))).toBe('unavailable');
    expect(warnings()).toEqual([]);
    expect(await world.request().allowlists.known(INSTALLATION)).toEqual({ kind: 'never_seen' });
  });

  it('gives way to what another App reads now', async () => {
    world.policies.next.push(folder(LIST));
    expect(await settle({ kind: 'absent' })).toBe('present');
  });
});

describe('files of which one is known', () => {
  const settled = async (found: OrganizationFound): Promise<readonly string[]> => {
    const { allowlist, guardrails } = await world.request().settler.settle(INSTALLATION, found);
    return [allowlist.kind, guardrails.kind];
  };
  const absent = { kind: 'absent' } as const;
  const refused = { kind: 'refused' } as const;

  it('are asked for no more where both are known', async () => {
    const { lookups } = world.installations;
    expect(await settled({ allowlist: absent, guardrails: absent })).toEqual(['absent', 'absent']);
    expect([world.policies.reads, world.installations.lookups - lookups]).toEqual([0, 0]);
  });

  it('are asked for where the other one was refused, and the one that is known stays', async () => {
    expect(await settled({ allowlist: refused, guardrails: absent })).toEqual(['unreadable', 'absent']);
    expect(warnings()).toEqual(['issuer_allowlist_unreadable']);
    expect(await settled({ allowlist: absent, guardrails: refused })).toEqual(['absent', 'unreadable']);
    expect(warnings()).toEqual(['issuer_allowlist_unreadable', 'guardrails_unreadable']);
  });

  it('are asked for through no further App once one has read them', async () => {
    await world.pass(2 * MINUTE);
    const { lookups } = world.installations;
    world.policies.next.push(folder(LIST), REFUSED);
    expect(await settled({ allowlist: refused, guardrails: refused })).toEqual(['present', 'absent']);
    expect([world.policies.reads, world.installations.lookups - lookups]).toEqual([1, 2]);
  });
});
