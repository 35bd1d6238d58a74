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

  it('of deliveries is bounded, whoever is named', () => {
    const observations = new HealthObservations();
    for (let id = 0; id < 5000; id += 1) observations.acceptDelivery(String(id), id);
    expect(observations.deliveryAcceptedAt({ name: 'x', id: '100' })).toBeUndefined();
    expect(observations.deliveryAcceptedAt({ name: 'x', id: '4999' })).toBe(4999);
  });
});
