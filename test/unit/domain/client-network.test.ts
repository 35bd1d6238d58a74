import { describe, expect, it } from '@jest/globals';
import { clientNetwork } from '../../../src/domain/client-network.ts';

describe('the network of a client', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ])('of the address %s is %s', (address, network) => expect(clientNetwork(address)).toBe(network));

  it('is any other text as it is, in lower case', () => {
    expect(['', 'Unknown', '::ffff:198.51.100.7', 'fe80::1%eth0', 'abc'].map(clientNetwork)).toEqual([
      '',
      'unknown',
      '::ffff:198.51.100.7',
      'fe80::1%eth0',
      'abc',
    ]);
  });
});
