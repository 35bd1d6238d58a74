import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  FindEventInstallation,
  type EventInstallation,
  type EventSource,
} from '../../../../src/application/webhook/find-event-installation.ts';
import { ACME_ID, APP, INSTALLATION, PolicyWorld } from '../policies/policy-world.ts';

const SECOND = { name: 'second', id: '10' };
const SOURCE: EventSource = { appId: APP.id, installationId: 90, owner: 'acme', repository: 'app' };
const LIMITED = { kind: 'unavailable', cause: 'limited', detail: 'told to' } as const;

let world: PolicyWorld;

beforeEach(() => {
  world = new PolicyWorld();
});

async function find(source: Partial<EventSource> = {}): Promise<EventInstallation> {
  const { installations } = world.request();
  return new FindEventInstallation(world.apps, installations, world.log).execute({ ...SOURCE, ...source });
}

function warnings(): readonly unknown[] {
  return world.log.entries.map(({ event, fields }) => [event, fields]);
}

describe('the installation of an event', () => {
  it('is the one that our own lookup knows by its id', async () => {
    expect(await find()).toEqual({ kind: 'found', installation: INSTALLATION });
    expect(warnings()).toEqual([]);
  });

  it('is foreign where the App is not of the pool, and then GitHub is not asked', async () => {
    expect(await find({ appId: '2' })).toEqual({ kind: 'foreign' });
    expect(world.installations.lookups).toBe(0);
    expect(warnings()).toEqual([['webhook_installation_unknown', { owner: 'acme', app_id: '2', installation_id: 90 }]]);
  });

  it('is foreign where the App is installed nowhere on the owner', async () => {
    expect(await find({ owner: 'nobody' })).toEqual({ kind: 'foreign' });
  });

  it('is foreign where the owner has another installation, even looked up again', async () => {
    expect(await find({ installationId: 91 })).toEqual({ kind: 'foreign' });
    expect(world.installations.lookups).toBe(2);
  });

  it('is foreign where the event names none, and then nothing is looked up again', async () => {
    expect(await find({ installationId: undefined })).toEqual({ kind: 'foreign' });
    expect(world.installations.lookups).toBe(1);
  });

  it('is sought with every App of the pool where GitHub did not tell which', async () => {
    world = new PolicyWorld([APP, SECOND]);
    const installation = { app: SECOND, id: 91, accountId: ACME_ID, owner: 'acme' };
    expect(await find({ appId: undefined, installationId: 91 })).toEqual({ kind: 'found', installation });
  });

  it('is sought with the App that sent the event alone', async () => {
    world = new PolicyWorld([APP, SECOND]);
    expect(await find({ installationId: 91 })).toEqual({ kind: 'foreign' });
  });

  it('is looked up once more where what is remembered is older than it', async () => {
    await find();
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    expect(await find({ installationId: 95 })).toMatchObject({ kind: 'found', installation: { id: 95 } });
  });

  it('is looked up once more where it was remembered as absent', async () => {
    world.installations.uninstall(APP, 'acme');
    await world.request().installations.find(APP, 'acme', 'remembered');
    world.installations.install(APP, 'acme', { id: 90, accountId: ACME_ID });
    expect(await find()).toMatchObject({ kind: 'found' });
  });

  it('is not told where GitHub does not answer, at first or the second time', async () => {
    world.installations.failing.set(APP.id, LIMITED);
    expect(await find()).toEqual(LIMITED);
    world.installations.failing.clear();
    await find();
    world.installations.failing.set(APP.id, LIMITED);
    expect(await find({ installationId: 91 })).toEqual(LIMITED);
    expect(warnings()).toEqual([]);
  });
});
