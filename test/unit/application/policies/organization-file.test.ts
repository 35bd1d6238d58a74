import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FoldersRead } from '../../../../src/application/ports/trust-policy-repository.ts';
import { isSameFile } from '../../../../src/application/policies/organization-file.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE } from '../../../../src/domain/policy-location.ts';
import { ACME_ID, ACTIONS, APP, INSTALLATION, MINUTE, PolicyWorld, type PolicyRequest } from './policy-world.ts';

const BROKEN = 'nonsense: true\n';
const DOWN = { kind: 'unavailable', cause: 'down', detail: 'told to' } as const;
const REFUSED = { kind: 'refused' } as const;

interface Kind {
  readonly title: string;
  readonly name: string;
  readonly misspelt: string;
  readonly good: string;
  readonly cache: string;
  readonly of: (request: PolicyRequest) => PolicyRequest['allowlists'] | PolicyRequest['guardrails'];
  readonly commit: (text: string | undefined) => void;
}

/** Both files go by the same rules. */
const KINDS: readonly Kind[] = [
  {
    title: 'the issuer allowlist',
    name: ALLOWLIST_FILE,
    misspelt: 'Trusted-Token-Issuers.yaml',
    good: `issuers: [${ACTIONS}]\n`,
    cache: 'allowlist',
    of: ({ allowlists }) => allowlists,
    commit: (text) => world.list(text),
  },
  {
    title: 'the guardrails',
    name: GUARDRAILS_FILE,
    misspelt: 'Guardrails.yaml',
    good: 'max_token_lifetime_seconds: 3600\n',
    cache: 'guardrails',
    of: ({ guardrails }) => guardrails,
    commit: (text) => world.guard(text),
  },
];

type Organization = FoldersRead['organization'];

let world: PolicyWorld;

beforeEach(async () => {
  world = new PolicyWorld();
  await world.request().installations.find(APP, 'acme', 'remembered');
  await world.deferredTasks.run();
});

describe.each(KINDS)('$title', ({ name, misspelt, good, cache, of, commit }) => {
  function holding(text: string | undefined, kind: 'file' | 'symlink' = 'file'): Organization {
    const texts = text === undefined ? {} : { text };
    const file = { name: name, kind, bytes: 1, ...texts };
    return { kind: 'found', folder: { repositoryId: 3, accountId: ACME_ID, files: [file], listingOnly: false } };
  }

  const WITHOUT_FILE: Organization = {
    kind: 'found',
    folder: {
      repositoryId: 3,
      accountId: ACME_ID,
      files: [{ name: misspelt, kind: 'file', bytes: 1, text: good }],
      listingOnly: false,
    },
  };

  /** What counts after a read that began now. */
  async function after(organization: Organization, request: PolicyRequest = world.request()): Promise<unknown> {
    const file = of(request);
    const known = await file.known(INSTALLATION);
    const reading = await file.after(INSTALLATION, organization, known, world.clock.now());
    await world.deferredTasks.run();
    return summary(reading);
  }

  async function fresh(request: PolicyRequest = world.request()): Promise<unknown> {
    return of(request).fresh(await of(request).known(INSTALLATION))?.kind;
  }

  /** Why there is no answer, for the log. */
  async function untold(request: PolicyRequest = world.request()): Promise<string | undefined> {
    const reading = of(request).last(await of(request).known(INSTALLATION));
    return reading?.kind === 'unavailable' ? reading.detail : undefined;
  }

  async function last(request: PolicyRequest = world.request()): Promise<unknown> {
    return of(request).last(await of(request).known(INSTALLATION))?.kind;
  }

  function summary(reading: { readonly kind: string; readonly last?: { readonly kind: string } }): unknown {
    return reading.last === undefined ? reading.kind : [reading.kind, reading.last.kind];
  }

  describe('a read of the policy repository', () => {
    it.each<[what: string, organization: Organization, expected: string]>([
      ['that holds a list', holding(good), 'present'],
      ['without the file, by its exact name', WITHOUT_FILE, 'absent'],
      ['that holds a broken list', holding(BROKEN), 'invalid'],
      ['where the list is a symbolic link', holding(good, 'symlink'), 'invalid'],
      ['where the list is no text', holding(undefined), 'invalid'],
      ['that was refused', REFUSED, 'refused'],
      ['that gave no answer', DOWN, 'unavailable'],
      ['that told it as missing, though a token names it', { kind: 'not_found' }, 'unavailable'],
      ['that told it as missing to a token that does not name it', { kind: 'invisible' }, 'unavailable'],
    ])('%s', async (_what, organization, expected) => {
      expect(await after(organization)).toBe(expected);
    });

    it('that told it as missing says so to the log', async () => {
      const file = of(world.request());
      expect(await file.after(INSTALLATION, { kind: 'not_found' }, { kind: 'never_seen' }, world.clock.now())).toEqual({
        kind: 'unavailable',
        cause: 'down',
        detail: 'the policy repository was told as missing, and not refused',
      });
    });

    it('that left texts out is followed by a read of the one file', async () => {
      commit(good);
      const listing = (bytes = 1): Organization => ({
        kind: 'found',
        folder: {
          repositoryId: 3,
          accountId: ACME_ID,
          files: [{ name, kind: 'file', bytes, oid: 'x' }],
          listingOnly: true,
        },
      });
      expect(await after(listing())).toBe('present');
      commit(undefined);
      world.clock.advance(20 * MINUTE);
      expect(await after(listing())).toBe('unavailable');
    });
  });

  describe('a list that was read', () => {
    beforeEach(async () => {
      expect(await after(holding(good))).toBe('present');
    });

    it('is fresh for 5 minutes, in all isolates, and for up to 15 while webhooks would tell', async () => {
      await world.pass(5 * MINUTE - 1);
      expect([await fresh(), await fresh(world.elsewhere())]).toEqual(['present', 'present']);
      await world.pass(1);
      expect(await fresh()).toBeUndefined();
      world.rules = { ...world.rules, webhooksTell: true };
      for (const minutes of [10, 15, 15]) {
        await after(holding(good));
        await world.pass(minutes * MINUTE - 1);
        expect(await fresh()).toBe('present');
        await world.pass(1);
        expect(await fresh()).toBeUndefined();
      }
    });

    it('is fresh for 5 minutes again once it has changed', async () => {
      world.rules = { ...world.rules, webhooksTell: true };
      await after(holding(good));
      await after(holding(`${good}# changed`));
      await world.pass(5 * MINUTE - 1);
      expect(await fresh()).toBe('present');
      await world.pass(1);
      expect(await fresh()).toBeUndefined();
    });

    it('leaves a failed read its own cause, once nothing may stand in', async () => {
      await world.pass(60 * MINUTE);
      const limited = { kind: 'unavailable', cause: 'limited', detail: 'told to' } as const;
      const file = of(world.request());
      expect(await file.after(INSTALLATION, limited, await file.known(INSTALLATION), world.clock.now())).toBe(limited);
    });

    it('is the last answer for an hour, and then something that may still be there', async () => {
      await world.pass(60 * MINUTE - 1);
      expect([await last(), await after(DOWN), await after(REFUSED)]).toEqual([
        'present',
        'present',
        ['refused', 'present'],
      ]);
      await world.pass(1);
      expect([await last(), await after(DOWN), await after(REFUSED)]).toEqual([
        'unavailable',
        'unavailable',
        ['refused', 'unavailable'],
      ]);
    });

    it('may still be there after months, however often the repository was refused meanwhile', async () => {
      for (let month = 0; month < 3; month++) {
        await world.pass(30 * 24 * 60 * MINUTE);
        expect(await after(REFUSED, world.elsewhere())).toEqual(['refused', 'unavailable']);
      }
      expect(await untold()).toBe(`the policy repository can no longer be read, and ${name} was seen before`);
    });

    it('is cleared by an absence that was read, and by nothing else', async () => {
      await world.pass(61 * MINUTE);
      expect(await after({ kind: 'invisible' })).toBe('unavailable');
      expect(await after(WITHOUT_FILE)).toBe('absent');
      await world.pass(61 * MINUTE);
      expect([await last(), await after(REFUSED)]).toEqual([undefined, 'refused']);
    });

    it('counts while it is fresh, though another read could not tell', async () => {
      for (const organization of [DOWN, REFUSED, { kind: 'invisible' }, { kind: 'not_found' }] as const) {
        expect(await after(organization)).toBe('present');
      }
    });

    it('says nothing of another account that has taken over the name', async () => {
      const file = of(world.request());
      expect(await file.known({ ...INSTALLATION, accountId: 7 })).toEqual({ kind: 'never_seen' });
    });
  });

  describe('a list that is broken now', () => {
    it('gives way to the last good one for an hour after that was last read', async () => {
      await after(holding(good));
      await world.pass(10 * MINUTE);
      expect(await after(holding(BROKEN))).toBe('present');
      await world.pass(50 * MINUTE - 1);
      expect(await after(holding('also: broken\n'))).toBe('present');
      expect(await after(holding(BROKEN), world.elsewhere())).toBe('present');
      await world.pass(1);
      expect(await after(holding(BROKEN))).toBe('invalid');
    });

    it('gives way to the last good one while it is only remembered, and for no longer', async () => {
      await after(holding(good));
      await world.pass(57 * MINUTE);
      await after(holding(BROKEN));
      await world.pass(3 * MINUTE - 1);
      expect(await fresh()).toBe('present');
      await world.pass(1);
      expect(await fresh()).toBe('invalid');
    });

    it('keeps its place once it is mended', async () => {
      await after(holding(good));
      await after(holding(BROKEN));
      await world.pass(MINUTE);
      expect(await after(holding(good))).toBe('present');
      await world.pass(59 * MINUTE);
      expect(await after(holding(BROKEN))).toBe('present');
    });

    it('is invalid where there was never a good one', async () => {
      expect(await after(holding(BROKEN))).toBe('invalid');
      await world.pass(61 * MINUTE);
      expect(await after(REFUSED)).toEqual(['refused', 'unavailable']);
    });

    it('does not bring back an absence from before it', async () => {
      await after(WITHOUT_FILE);
      await world.pass(MINUTE);
      expect(await after(holding(BROKEN))).toBe('invalid');
    });
  });

  describe('an absence that was read', () => {
    it('is an answer like another: for an hour where GitHub gives none', async () => {
      await after(WITHOUT_FILE);
      await world.pass(60 * MINUTE - 1);
      expect([await last(), await after(DOWN), await after(REFUSED)]).toEqual([
        'absent',
        'absent',
        ['refused', 'absent'],
      ]);
      await world.pass(1);
      expect([await last(), await after(DOWN), await after(REFUSED)]).toEqual([undefined, 'unavailable', 'refused']);
    });
  });

  describe('a store that can’t tell', () => {
    beforeEach(async () => {
      await after(holding(good));
      world.store.failsReads = true;
    });

    it('may have seen a list: an unreadable policy repository is then no permission', async () => {
      const there = world.elsewhere();
      expect(await of(there).known(INSTALLATION)).toEqual({ kind: 'untold' });
      expect([await fresh(there), await last(there), await after(REFUSED, there)]).toEqual([
        undefined,
        'unavailable',
        ['refused', 'unavailable'],
      ]);
      expect(await untold(there)).toBe(
        `the policy repository can't be read, and the store can't tell whether ${name} was seen`,
      );
    });

    it('does not lose a last good list to one that is broken', async () => {
      await world.pass(20 * MINUTE);
      const there = world.elsewhere();
      const known = await of(there).known(INSTALLATION);
      expect(await of(there).after(INSTALLATION, holding(BROKEN), known, world.clock.now())).toMatchObject({
        kind: 'invalid',
      });
      world.store.failsReads = false;
      await world.deferredTasks.run();
      expect(await last(world.elsewhere())).toBe('present');
    });

    it('takes a list that is good', async () => {
      await world.pass(20 * MINUTE);
      const there = world.elsewhere();
      const known = await of(there).known(INSTALLATION);
      await of(there).after(INSTALLATION, WITHOUT_FILE, known, world.clock.now());
      world.store.failsReads = false;
      await world.deferredTasks.run();
      expect(await fresh(world.elsewhere())).toBe('absent');
    });

    it('may hold what nobody can read any more', async () => {
      world.store.failsReads = false;
      world.store.putText(`${cache}|acme`, '{"v":99,"readAt":1,"freshForMs":1,"value":{}}');
      expect(await after(REFUSED, world.elsewhere())).toEqual(['refused', 'unavailable']);
    });
  });

  describe('a policy repository that every App was refused', () => {
    it('is believed unreadable for 5 minutes, where no list was ever seen', async () => {
      const { installations } = world.request();
      await installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
      await world.pass(5 * MINUTE - 1);
      expect([await fresh(), await last()]).toEqual(['unreadable', 'unreadable']);
      expect(await after(DOWN)).toBe('unreadable');
      await world.pass(1);
      expect([await fresh(), await last()]).toEqual([undefined, undefined]);
    });

    it('is not believed unreadable for another installation, which may read it', async () => {
      await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
      const file = of(world.request());
      expect(await file.known({ ...INSTALLATION, id: 91 })).toEqual({ kind: 'never_seen' });
    });

    it('is not believed unreadable where a list was seen', async () => {
      await after(holding(good));
      await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
      expect(await fresh()).toBe('present');
    });
  });

  describe('what is written', () => {
    it('is a list that an insider’s exchange found, even where the owner’s writes are used up', async () => {
      const request = world.request();
      while (request.costs.writes.take());
      await after(holding(good), request);
      expect(await last(world.elsewhere())).toBe('present');
    });

    it('is nothing that an unproven caller asked for', async () => {
      const before = world.store.writes;
      await after(holding(good), world.request(world.unprovenCosts()));
      expect(world.store.writes).toBe(before);
    });

    it('tells entries apart by all that they hold', () => {
      const entry = { accountId: 1, state: { kind: 'file', text: good } } as const;
      expect(isSameFile(entry, { ...entry })).toBe(true);
      expect(isSameFile(entry, { ...entry, accountId: 2 })).toBe(false);
      expect(isSameFile(entry, { ...entry, lastGood: { text: good, readAt: 1 } })).toBe(false);
    });
  });
});
