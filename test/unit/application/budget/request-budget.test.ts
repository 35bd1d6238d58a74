import { beforeEach, describe, expect, it } from '@jest/globals';
import { BudgetWindows } from '../../../../src/application/budget/budget-windows.ts';
import { ownLimit, type RequestBudget } from '../../../../src/application/budget/request-budget.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import type { TrustLevel } from '../../../../src/domain/trust-level.ts';
import { RequestCosts } from '../request-costs.ts';

const MINUTE = 60_000;

let clock: MemoryClock;
let windows: BudgetWindows;

beforeEach(() => {
  clock = new MemoryClock(1_000_000);
  windows = new BudgetWindows();
});

/** A request of its own, of a caller of this kind. */
function costsOf(level: TrustLevel = 'unproven', owner = 'acme', clientAddress?: string): RequestCosts {
  const costs = new RequestCosts(clock, windows);
  const { budget, trust } = costs;
  trust.comesFrom({ owner, clientAddress });
  if (level === 'presumed') budget.presumeOutsider();
  if (level === 'outsider') budget.proveOutsider();
  if (level === 'bearer') budget.presentsToken();
  if (level === 'insider') budget.proveInsider();
  if (level === 'admitted') budget.admit();
  if (level === 'github') budget.proveGitHub();
  if (level === 'service') budget.actAsService();
  return costs;
}

function request(...who: Parameters<typeof costsOf>): RequestBudget {
  return costsOf(...who).budget;
}

/** How many of so many GitHub requests pass. */
function spend(budget: RequestBudget, requests: number): number {
  return Array.from({ length: requests }, () => budget.spend()).filter(({ kind }) => kind === 'spent').length;
}

/** How many lookups of one request each an owner's own callers may still end in an absence. */
function absencesLeft(owner = 'acme'): number {
  for (let count = 0; ; count++) {
    const one = request('insider', owner);
    if (spend(one, 1) === 0) return count;
    one.end();
  }
}

describe('GitHub requests a minute', () => {
  it.each<[TrustLevel, number]>([
    ['unproven', 30],
    ['presumed', 60],
    ['outsider', 60],
    ['bearer', 30],
    ['insider', 60],
    ['admitted', 200],
    ['github', 200],
    ['service', 200],
  ])('of a caller that is %s: %i of 200', (level, passes) => {
    // Each lookup is of five requests at the most, and ends in an absence.
    let passed = 0;
    for (let lookup = 0; lookup < 40; lookup++) {
      const one = request(level);
      passed += spend(one, 5);
      one.end();
    }
    expect(passed).toBe(passes);
    clock.advance(MINUTE - 1);
    expect(spend(request(level), 1)).toBe(passes === 200 ? 1 : 0);
    clock.advance(1);
    expect(spend(request(level), 1)).toBe(1);
  });

  it('are refused with the wait and as our own limit, for which nothing stale may stand in', () => {
    spend(request(), 30);
    clock.advance(20_000);
    expect(request().spend()).toEqual(ownLimit(40, 'unproven'));
  });

  it('are counted in each request, those refused not', () => {
    const { budget, meter } = costsOf();
    spend(budget, 40);
    expect([meter.githubRequests, costsOf().meter.githubRequests]).toEqual([30, 0]);
  });

  it('of one kind of caller leave those of another alone', () => {
    spend(request('unproven'), 30);
    spend(request('outsider'), 60);
    spend(request('bearer'), 30);
    expect(spend(request('insider'), 5)).toBe(5);
    expect([spend(request('unproven'), 1), spend(request('presumed'), 1)]).toEqual([0, 0]);
  });
});

describe('what is given back', () => {
  it('is what an unproven caller spent until it was proven', () => {
    const honest = request();
    spend(honest, 25);
    honest.proveOutsider();
    expect(spend(request(), 31)).toBe(30);
    expect(spend(request('outsider'), 61)).toBe(60);
  });

  it('is never what an unproven caller spent, whatever it found', () => {
    const stranger = request();
    spend(stranger, 30);
    stranger.refund();
    stranger.end();
    expect(spend(request(), 1)).toBe(0);
  });

  it('is nothing once keys that may be withdrawn verify the token', () => {
    const presumed = request();
    spend(presumed, 30);
    presumed.presumeOutsider();
    expect(spend(request(), 1)).toBe(0);
  });

  it('is what a proven outsider’s lookup cost that ended in a presence, once', () => {
    const one = request('outsider');
    spend(one, 40);
    one.refund();
    one.refund();
    expect(spend(request('outsider'), 61)).toBe(60);
  });

  it('is what a presumed caller spent, once it is admitted', () => {
    const one = request('presumed');
    spend(one, 40);
    one.proveOutsider();
    one.admit();
    expect(spend(request('outsider'), 61)).toBe(60);
  });

  it('is what an outsider spent before its owner turned out to be the scope’s', () => {
    const one = request('outsider');
    spend(one, 40);
    one.proveInsider();
    expect(spend(request('outsider'), 61)).toBe(60);
    one.end();
    // It counts with the owner's own callers instead.
    expect(absencesLeft()).toBe(20);
  });
});

describe('admission', () => {
  it('ends every bound, for a token that is minted is no absence', () => {
    spend(request('outsider'), 60);
    const one = request('outsider');
    one.admit();
    expect(spend(one, 100)).toBe(100);
  });

  it('gives back what was spent until then', () => {
    const one = request('outsider');
    spend(one, 60);
    one.admit();
    expect(spend(request('outsider'), 61)).toBe(60);
  });
});

describe('the lookups of an owner’s own callers', () => {
  it('count for each owner on its own, in any case', () => {
    const one = request('insider', 'Acme');
    spend(one, 60);
    one.end();
    expect(spend(request('insider', 'aCME'), 1)).toBe(0);
    expect(spend(request('insider', 'other'), 5)).toBe(5);
  });

  it('that end in a presence count nothing', () => {
    for (let count = 0; count < 40; count++) {
      const one = request('insider');
      expect(spend(one, 5)).toBe(5);
      one.refund();
      one.end();
    }
  });

  it('under way count as five requests each, so that no crowd slips through', () => {
    const crowd = Array.from({ length: 13 }, () => request('insider'));
    expect(crowd.map((one) => one.begin('some').kind)).toEqual([...Array<string>(12).fill('begun'), 'busy']);
    expect(crowd[12]?.begin('none')).toEqual(ownLimit(5, 'insider, lookups under way'));
    crowd[0]?.refund();
    expect(crowd[12]?.begin('some').kind).toBe('begun');
  });

  it('are refused, and not told to wait, where the minute’s absences are used up', () => {
    const one = request('insider');
    spend(one, 60);
    one.end();
    expect(request('insider').begin('some')).toEqual(ownLimit(60, 'insider'));
  });

  it('begin once a request', () => {
    const one = request('insider');
    for (let count = 0; count < 20; count++) expect(one.begin('some').kind).toBe('begun');
    expect(request('insider').begin('some').kind).toBe('begun');
  });

  it('need no turn for other callers', () => {
    for (const level of ['unproven', 'outsider', 'bearer', 'admitted', 'github'] as const) {
      for (let count = 0; count < 20; count++) expect(request(level).begin('none').kind).toBe('begun');
    }
  });
});

describe('a request that is paid ahead', () => {
  function prepaid(budget: RequestBudget): () => void {
    const paid = budget.prepay();
    if (paid.kind === 'unavailable') throw new Error(paid.detail);
    return paid.refund;
  }

  it('counts at once, and no more when it is taken back', () => {
    const { budget, meter } = costsOf();
    const takeBack = prepaid(budget);
    expect([meter.githubRequests, spend(request(), 30)]).toEqual([0, 29]);
    takeBack();
    expect(spend(request(), 2)).toBe(1);
  });

  it('is refused where the bound is reached', () => {
    spend(request(), 30);
    expect(request().prepay()).toEqual(ownLimit(60, 'unproven'));
  });

  it('is taken back from the absences of an owner’s own callers too', () => {
    const one = request('insider');
    const takeBack = prepaid(one);
    spend(one, 58);
    takeBack();
    one.end();
    expect(absencesLeft()).toBe(2);
  });

  it('is taken back once, though its caller is proven, or ends in a presence, afterwards', () => {
    const one = request('outsider');
    prepaid(one)();
    spend(request('outsider'), 60);
    one.refund();
    expect(spend(request('outsider'), 1)).toBe(0);
  });

  it('that was given back already is not taken back from others', () => {
    const one = request();
    const takeBack = prepaid(one);
    one.proveOutsider();
    spend(request(), 30);
    takeBack();
    expect(spend(request(), 1)).toBe(0);
  });
});

describe('the windows of owners', () => {
  it('are not pushed out by owners that strangers invent', () => {
    spend(request('insider'), 60);
    const one = request('insider');
    spend(one, 60);
    one.end();
    for (let count = 0; count < 2500; count++) request('outsider', `invented-${count}`).end();
    expect(spend(request('insider'), 1)).toBe(0);
  });
});

describe('who a request comes from', () => {
  it('shares a stranger’s budget out once there is another client', () => {
    spend(request('unproven', 'acme', '203.0.113.9'), 1);
    expect(spend(request('unproven', 'acme', '198.51.100.7'), 20)).toBe(10);
    expect(spend(request('unproven', 'acme', '203.0.113.9'), 20)).toBe(9);
  });

  it('keeps those apart who present made-up tokens, by network', () => {
    spend(request('bearer', '', '2001:db8::1'), 30);
    expect(spend(request('bearer', '', '2001:db8::2'), 1)).toBe(0);
    expect(spend(request('bearer', '', '198.51.100.7'), 1)).toBe(1);
    expect(spend(request('bearer', ''), 1)).toBe(1);
  });
});

describe('failed requests for keys', () => {
  it('of invented enterprises do not use up those of other issuers', () => {
    const enterprise = request().failedKeyFetches('enterprise');
    for (let count = 0; count < 60; count++) enterprise.record(clock.now());
    expect(enterprise.isFull(clock.now())).toBe(true);
    const other = request().failedKeyFetches('other');
    expect(other.isFull(clock.now())).toBe(false);
    for (let count = 0; count < 60; count++) other.record(clock.now());
    expect(request().failedKeyFetches('other').isFull(clock.now())).toBe(true);
  });

  it('are bounded by the window of their kind', () => {
    const window = windows.failedEnterpriseKeyFetches.for('');
    for (let count = 0; count < 60; count++) window.record(clock.now());
    const isFull = (['enterprise', 'other'] as const).map((kind) =>
      request().failedKeyFetches(kind).isFull(clock.now()),
    );
    expect(isFull).toEqual([true, false]);
  });
});

describe('the level of trust', () => {
  it('that is proven is not lost to a presumption', () => {
    const one = request('outsider');
    one.presumeOutsider();
    spend(one, 5);
    one.refund();
    expect(spend(request('outsider'), 61)).toBe(60);
  });

  it('of an insider is not lost to a presumption', () => {
    const one = request('insider');
    one.presumeOutsider();
    spend(one, 5);
    expect(spend(request('outsider'), 61)).toBe(60);
  });

  it('of a presumed caller becomes that of a proven one', () => {
    const { budget, trust } = costsOf('presumed');
    budget.proveOutsider();
    expect(trust.level).toBe('outsider');
  });

  it('of an insider is not lost to being proven again', () => {
    const one = request('insider');
    spend(one, 30);
    one.proveOutsider();
    one.proveInsider();
    one.end();
    expect(absencesLeft()).toBe(30);
  });
});

describe('our own limit', () => {
  it('is no answer, says that it is ours, and when to come again', () => {
    expect(ownLimit(7, 'x')).toEqual({
      kind: 'unavailable',
      cause: 'own_limit',
      retryAfterSeconds: 7,
      detail: 'own limit: x',
    });
  });
});
