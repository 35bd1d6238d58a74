import { expect, it } from '@jest/globals';
import { RateLimitBinding } from '../../../../src/infrastructure/cloudflare/rate-limit-binding.ts';

it('asks the binding for the key, and says what it says', async () => {
  const asked: unknown[] = [];
  const binding = { limit: async (of: { key: string }) => (asked.push(of), { success: of.key !== 'busy' }) };
  const limiter = new RateLimitBinding(binding);
  expect([await limiter.admits('192.0.2.1'), await limiter.admits('busy')]).toEqual([true, false]);
  expect(asked).toEqual([{ key: '192.0.2.1' }, { key: 'busy' }]);
});
