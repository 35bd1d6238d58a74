import { describe, expect, it } from '@jest/globals';
import { RequestTrust } from '../../../../src/application/budget/request-trust.ts';

describe('the trust in a caller', () => {
  it('begins with none', () => {
    const { level, owner, client } = new RequestTrust();
    expect([level, owner, client]).toEqual(['unproven', '', '']);
  });

  it.each([
    ['Acme', '198.51.100.7', 'acme', '198.51.100.7'],
    ['acme', '2001:DB8::1', 'acme', '2001:db8:0:0::/64'],
    ['acme', undefined, 'acme', ''],
  ])('is kept for the owner %s and the network of %s', (owner, clientAddress, name, client) => {
    const trust = new RequestTrust();
    trust.comesFrom({ owner, clientAddress });
    expect([trust.owner, trust.client]).toEqual([name, client]);
  });
});
