import { beforeEach, describe, expect, it } from '@jest/globals';
import { PermissionSet } from '../../../src/domain/permission-set.ts';
import type { RevocationEvent } from '../../../src/application/ports/revocation-log.ts';
import type { TokenMinter } from '../../../src/application/ports/token-minter.ts';
import type { UnavailableCause } from '../../../src/application/ports/unavailable.ts';
import { Refusal, type RefusalKind } from '../../../src/application/refusal.ts';
import { BudgetWindows } from '../../../src/application/budget/budget-windows.ts';
import { RequestCosts } from './request-costs.ts';
import { RevocationRecorder } from '../../../src/application/revocation-recorder.ts';
import { RevokeToken } from '../../../src/application/revoke-token.ts';
import { MemoryClock } from '../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryTokenMinter } from '../../../src/infrastructure/memory/memory-token-minter.ts';

const CLOCK = new MemoryClock(0);
const PERMISSIONS = PermissionSet.of(['contents', 'read']);

let minter: MemoryTokenMinter;
let events: (readonly [RevocationEvent, string | undefined])[];

beforeEach(() => {
  events = [];
  minter = new MemoryTokenMinter(new Map([[1, 'app']]), PERMISSIONS, CLOCK);
});

async function revoke(
  secret: string,
  windows = new BudgetWindows(),
  address?: string,
): Promise<RefusalKind | 'revoked'> {
  try {
    const { budget, trust } = new RequestCosts(CLOCK, windows);
    // As GitHub's adapter does: whoever asks GitHub spends.
    const paid: TokenMinter = {
      mint: (installation, grant) => minter.mint(installation, grant),
      revoke: async (token) => {
        const spent = budget.spend();
        return spent.kind === 'unavailable' ? spent : minter.revoke(token);
      },
    };
    const log = { record: async (...event: (typeof events)[number]) => void events.push(event) };
    const tasks = { add: (_: string, run: () => Promise<void>) => void run() };
    const recorder = new RevocationRecorder(log, tasks, CLOCK);
    const origin = address === undefined ? {} : { clientAddress: address };
    await new RevokeToken(paid, trust, budget, recorder).execute(secret, { requestId: 'a-request', ...origin });
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
    expect(events[0]?.[0]).toMatchObject({
      refusal: { kind: 'invalid_token', detail: 'Only an installation token (ghs_…) can be revoked.' },
    });
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

describe('the audit event of a revocation', () => {
  const from = { time: 0, requestId: 'a-request', clientAddress: '198.51.100.7' };

  it('tells who took which token back', async () => {
    const secret = await mint();
    await revoke(secret, new BudgetWindows(), '198.51.100.7');
    expect(events).toEqual([[{ ...from, outcome: 'revoked' }, secret]]);
  });

  it('tells that GitHub did not accept the token', async () => {
    await revoke('ghs_made_up', new BudgetWindows(), '198.51.100.7');
    const refusal = { kind: 'token_rejected', detail: 'GitHub does not accept this token.' };
    expect(events).toEqual([[{ ...from, outcome: 'refused', refusal }, 'ghs_made_up']]);
  });

  it('tells why GitHub could not be asked, as the log has it', async () => {
    minter.down = { kind: 'unavailable', cause: 'down', detail: 'DELETE: status 500' };
    await revoke('ghs_x');
    expect(events[0]?.[0].refusal).toEqual({ kind: 'unavailable', detail: 'DELETE: status 500' });
  });

  it('holds no hash of what is no token, for it may be short enough to be guessed', async () => {
    await revoke('hunter2');
    expect(events).toMatchObject([[{ outcome: 'refused', refusal: { kind: 'invalid_token' } }, undefined]]);
  });

  it('is left by a bug too', async () => {
    minter.revoke = () => Promise.reject(new TypeError('a bug'));
    await expect(revoke('ghs_x')).rejects.toThrow('a bug');
    expect(events).toMatchObject([[{ outcome: 'refused', refusal: { kind: 'internal_error' } }, 'ghs_x']]);
  });
});

describe('what does not count as made up', () => {
  it('is a token that GitHub takes back, however many there are', async () => {
    const windows = new BudgetWindows();
    for (let count = 0; count < 40; count++) expect(await revoke(await mint(), windows)).toBe('revoked');
  });

  it('is a token that GitHub says nothing about', async () => {
    const windows = new BudgetWindows();
    minter.down = { kind: 'unavailable', cause: 'down', detail: 'test' };
    for (let count = 0; count < 40; count++) expect(await revoke('ghs_x', windows)).toBe('unavailable');
  });
});

describe('made-up tokens', () => {
  async function flood(windows: BudgetWindows, address?: string): Promise<readonly string[]> {
    const outcomes: string[] = [];
    for (let count = 0; count < 31; count++) outcomes.push(await revoke('ghs_made_up', windows, address));
    return outcomes;
  }
  const thirtyThenLimited = [...Array<string>(30).fill('token_rejected'), 'rate_limited'];

  it('of one stranger shut nobody else out, but that stranger', async () => {
    const windows = new BudgetWindows();
    expect(await flood(windows, '198.51.100.7')).toEqual(thirtyThenLimited);
    expect(await revoke(await mint(), windows, '203.0.113.9')).toBe('revoked');
    expect(await revoke(await mint(), windows)).toBe('revoked');
    expect(await revoke('ghs_made_up', windows, '198.51.100.7')).toBe('rate_limited');
  });

  it('of one network of IPv6 count together', async () => {
    const windows = new BudgetWindows();
    await flood(windows, '2001:db8::1');
    expect(await revoke('ghs_made_up', windows, '2001:db8::ffff:1')).toBe('rate_limited');
    expect(await revoke('ghs_made_up', windows, '2001:db8:0:1::1')).toBe('token_rejected');
  });

  it('of those who send no address count together', async () => {
    const windows = new BudgetWindows();
    expect(await flood(windows)).toEqual(thirtyThenLimited);
    expect(await revoke('ghs_made_up', windows, '198.51.100.7')).toBe('token_rejected');
  });
});
