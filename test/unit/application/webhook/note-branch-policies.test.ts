import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BranchPolicies, BranchPolicyIndex } from '../../../../src/application/ports/branch-policy-index.ts';
import { FindEventInstallation } from '../../../../src/application/webhook/find-event-installation.ts';
import { NoteBranchPolicies, type PushedBranch } from '../../../../src/application/webhook/note-branch-policies.ts';
import { StoredBranchPolicyIndex } from '../../../../src/infrastructure/cache/stored-branch-policy-index.ts';
import { ACME_ID, APP, PolicyWorld } from '../policies/policy-world.ts';

const SOURCE = { appId: APP.id, installationId: 90, owner: 'acme', repository: 'app' };
const FOLDER = '.github/chainguard';
const PLACE = { accountId: ACME_ID, owner: 'acme', repository: 'app' };

let world: PolicyWorld;
let noted: BranchPolicies[];
let index: BranchPolicyIndex;

beforeEach(() => {
  world = new PolicyWorld();
  noted = [];
  const costs = world.unprovenCosts();
  costs.budget.proveGitHub();
  const stored = new StoredBranchPolicyIndex(world.store, world.clock, costs.writes, 'branches|');
  index = {
    note: async (sighting) => {
      noted.push(sighting);
      await stored.note(sighting);
    },
    find: async (place, identity) => stored.find(place, identity),
  };
});

async function push(change: Partial<PushedBranch>): Promise<void> {
  const finder = new FindEventInstallation(world.apps, world.request().installations, world.log);
  await new NoteBranchPolicies(finder, index).execute({ source: SOURCE, branch: 'feature', paths: [], ...change });
}

describe('policies that a push brings to another branch', () => {
  it('are noted for the account by its id, and found under their names', async () => {
    await push({ paths: [`${FOLDER}/ci.sts.yaml`, `${FOLDER}/ci.sts.yaml`, `${FOLDER}/cd.sts.yaml`] });
    expect(noted).toEqual([{ ...PLACE, branch: 'feature', identities: ['ci', 'cd'] }]);
    expect(await index.find(PLACE, 'ci')).toBe('feature');
    expect(await index.find({ ...PLACE, accountId: 7 }, 'ci')).toBeUndefined();
  });

  it('are five at the most, for each takes a write', async () => {
    const paths = Array.from({ length: 9 }, (_, count) => `${FOLDER}/p${count}.sts.yaml`);
    await push({ paths: [...paths.slice(0, 2), ...paths] });
    expect(noted[0]?.identities).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
  });

  it.each([
    'README.md',
    'ci.sts.yaml',
    `x/${FOLDER}/ci.sts.yaml`,
    `${FOLDER}/x/ci.sts.yaml`,
    `${FOLDER}2/ci.sts.yaml`,
    '.gitlab/chainguard/ci.sts.yaml',
    `${FOLDER}/ci.sts.yml`,
    `${FOLDER}/trusted-token-issuers.yaml`,
    `${FOLDER}/.sts.yaml`,
    `${FOLDER}/a..b.sts.yaml`,
    `${FOLDER}/${'a'.repeat(129)}.sts.yaml`,
  ])('do not count where the path is %s, and then GitHub is not asked', async (path) => {
    await push({ paths: [path] });
    expect([noted, world.installations.lookups]).toEqual([[], 0]);
  });

  it('are not noted for an installation that is not ours', async () => {
    await push({ source: { ...SOURCE, installationId: 91 }, paths: [`${FOLDER}/ci.sts.yaml`] });
    expect(noted).toEqual([]);
  });

  it('are not noted where GitHub gives no answer about the installation', async () => {
    world.installations.failing.set(APP.id, { kind: 'unavailable', cause: 'down', detail: 'told to' });
    await push({ paths: [`${FOLDER}/ci.sts.yaml`] });
    expect(noted).toEqual([]);
  });
});
