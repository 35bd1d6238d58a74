import { beforeEach, describe, expect, it } from '@jest/globals';
import { PermissionSet } from '../../../src/domain/permission-set.ts';
import type { UnavailableCause } from '../../../src/application/ports/unavailable.ts';
import { Refusal, type RefusalKind } from '../../../src/application/refusal.ts';
import { AllowanceWindows, RequestAllowance } from '../../../src/application/request-allowance.ts';
import { RevokeToken } from '../../../src/application/revoke-token.ts';
import { MemoryClock } from '../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryTokenMinter } from '../../../src/infrastructure/memory/memory-token-minter.ts';

const CLOCK = new MemoryClock(0);
const PERMISSIONS = PermissionSet.granted([['contents', 'read']]);

let minter: MemoryTokenMinter;

beforeEach(() => {
  minter = new MemoryTokenMinter(new Map([[1, 'app']]), PERMISSIONS, CLOCK);
});

async function revoke(secret: string): Promise<RefusalKind | 'revoked'> {
  try {
    await new RevokeToken(minter, new RequestAllowance(new AllowanceWindows(), CLOCK)).execute(secret);
    return 'revoked';
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
}

async function mint(): Promise<string> {
  const installation = { app: { name: 'default', id: '1' }, id: 1, accountId: 1, owner: 'acme' };
  const minting = await minter.mint(installation, { permissions: PERMISSIONS, repositories: { kind: 'all' } });
  if (minting.kind !== 'minted') throw new Error(minting.kind);
  return minting.secret;
}

describe('revoking', () => {
  it('takes a token back, once', async () => {
    const secret = await mint();
    expect([await revoke(secret), await revoke(secret)]).toEqual(['revoked', 'token_rejected']);
    expect(minter.revoked).toEqual([secret]);
  });

  it.each(['', 'ghs_', 'ghp_x', ' ghs_x', 'ghs_a b', 'ghs_\u00e9', 'ghs_a\nb'])('sends %j nowhere', async (secret) => {
    minter.down = { kind: 'unavailable', cause: 'down', detail: 'it was asked' };
    expect(await revoke(secret)).toBe('invalid_token');
  });

  it.each<[UnavailableCause, RefusalKind]>([
    ['down', 'unavailable'],
    ['timeout', 'upstream_timeout'],
    ['limited', 'rate_limited'],
    ['unusable', 'upstream_error'],
  ])('tells of a GitHub that is %s as it is', async (cause, kind) => {
    minter.down = { kind: 'unavailable', cause, detail: 'test' };
    expect(await revoke('ghs_x')).toBe(kind);
  });
});
