import { describe, expect, it } from '@jest/globals';
import { HealthObservations } from '../../../../src/application/health/health-observations.ts';

const APP = { name: 'default', id: '7' };

describe('what traffic showed', () => {
  it('is nothing at first', () => {
    const observations = new HealthObservations();
    expect(observations.credentialsOf(APP)).toBeUndefined();
    expect(observations.github).toBeUndefined();
    expect(observations.clocks).toBeUndefined();
    expect(observations.deliveryAcceptedAt()).toBeUndefined();
  });

  it('is each App’s own', () => {
    const observations = new HealthObservations();
    observations.rejectApp(APP, 1, 'GitHub answered 401');
    expect(observations.credentialsOf(APP)).toEqual({ isWell: false, at: 1, detail: 'GitHub answered 401' });
    expect(observations.credentialsOf({ name: 'default', id: '8' })).toBeUndefined();
  });

  it('is the last of its kind', () => {
    const observations = new HealthObservations();
    observations.rejectApp(APP, 1, 'GitHub answered 401');
    observations.acceptApp(APP, 2);
    expect(observations.credentialsOf(APP)).toEqual({ isWell: true, at: 2, detail: '' });
    observations.silenceOfGitHub(3, 'status 503');
    expect(observations.github).toEqual({ isWell: false, at: 3, detail: 'status 503' });
    observations.answerOfGitHub(4, undefined);
    expect(observations.github).toEqual({ isWell: true, at: 4, detail: '' });
  });

  it('of the clock stays where an answer does not tell it', () => {
    const observations = new HealthObservations();
    observations.answerOfGitHub(5, 7);
    observations.answerOfGitHub(6, undefined);
    expect(observations.clocks).toEqual({ theirs: 7, ours: 5 });
  });

  it('of deliveries is each App’s own, and the newest of all', () => {
    const observations = new HealthObservations();
    observations.acceptDelivery('7', 1);
    observations.acceptDelivery('8', 3);
    expect([observations.deliveryAcceptedAt(APP), observations.deliveryAcceptedAt()]).toEqual([1, 3]);
  });

  it('of deliveries is told where the App is not', () => {
    const observations = new HealthObservations();
    observations.acceptDelivery(undefined, 5);
    expect([observations.deliveryAcceptedAt(APP), observations.deliveryAcceptedAt()]).toEqual([undefined, 5]);
  });

  it('of deliveries is remembered of a hundred Apps, and begun anew with the next', () => {
    const observations = new HealthObservations();
    const known = () =>
      Array.from({ length: 101 }, (_, id) => observations.deliveryAcceptedAt({ name: 'x', id: `${id}` }));
    for (let id = 0; id < 100; id += 1) observations.acceptDelivery(`${id}`, id);
    expect(known().filter((at) => at !== undefined)).toHaveLength(100);
    observations.acceptDelivery('100', 100);
    expect(known().filter((at) => at !== undefined)).toEqual([100]);
  });

  it('of deliveries is bounded, whoever is named', () => {
    const observations = new HealthObservations();
    for (let id = 0; id < 5000; id += 1) observations.acceptDelivery(String(id), id);
    expect(observations.deliveryAcceptedAt({ name: 'x', id: '100' })).toBeUndefined();
    expect(observations.deliveryAcceptedAt({ name: 'x', id: '4999' })).toBe(4999);
  });
});
