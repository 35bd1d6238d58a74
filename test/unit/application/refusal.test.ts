import { describe, expect, it } from '@jest/globals';
import type { UnavailableCause } from '../../../src/application/ports/unavailable.ts';
import { recordedRefusal, Refusal, type RefusalKind } from '../../../src/application/refusal.ts';

describe('another server’s failure', () => {
  it.each<[UnavailableCause, github: RefusalKind, issuer: RefusalKind]>([
    ['limited', 'rate_limited', 'rate_limited'],
    ['timeout', 'upstream_timeout', 'upstream_timeout'],
    ['unusable', 'upstream_error', 'upstream_error'],
    ['refused', 'permission_denied', 'permission_denied'],
    ['credentials', 'misconfigured', 'misconfigured'],
    ['down', 'unavailable', 'upstream_error'],
  ])('(%s) is told as it is, and its detail to the log alone', (cause, github, issuer) => {
    const failure = { kind: 'unavailable', cause, detail: 'GET /secret-path: 500' } as const;
    for (const [server, kind] of [
      ['GitHub', github],
      ['The issuer', issuer],
    ] as const) {
      const refusal = Refusal.unavailable(failure, server);
      expect([refusal.kind, refusal.details.detail]).toEqual([kind, 'GET /secret-path: 500']);
      expect(refusal.message).not.toContain('secret-path');
      if (cause === 'credentials')
        expect(refusal.message).toBe("GitHub does not accept this service's own credentials.");
      else expect(refusal.message.toLowerCase()).toContain(server.toLowerCase());
      expect(refusal.details.isOwnLimit).toBeUndefined();
    }
  });

  it.each([
    [17, 17],
    [undefined, 60],
  ])('that is a limit of %s seconds says so (%s)', (retryAfterSeconds, told) => {
    const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    const failure = { kind: 'unavailable', cause: 'limited', detail: 'x', ...wait } as const;
    expect(Refusal.unavailable(failure, 'GitHub').details.retryAfterSeconds).toBe(told);
  });

  it('that is no limit says nothing of a wait', () => {
    const failure = { kind: 'unavailable', cause: 'down', detail: 'x', retryAfterSeconds: 5 } as const;
    expect(Refusal.unavailable(failure, 'GitHub').details.retryAfterSeconds).toBeUndefined();
  });
});

describe('a bound of our own', () => {
  it('is told as ours, with the wait, and never as another server’s', () => {
    const failure = { kind: 'unavailable', cause: 'own_limit', detail: 'own limit: x', retryAfterSeconds: 7 } as const;
    for (const server of ['GitHub', 'The issuer'] as const) {
      const { kind, message, details } = Refusal.unavailable(failure, server);
      expect([kind, details]).toEqual([
        'rate_limited',
        { detail: 'own limit: x', retryAfterSeconds: 7, isOwnLimit: true },
      ]);
      expect(message).not.toContain(server);
      expect(message).toBe('Too many requests of this kind at the moment. Try again later.');
    }
  });
});

describe('a recorded refusal', () => {
  it('has the detail, or else the message, and of a bug nothing', () => {
    expect(recordedRefusal(new Refusal('invalid_token', 'No.', { detail: 'why' }))).toEqual({
      kind: 'invalid_token',
      detail: 'why',
    });
    expect(recordedRefusal(new Refusal('invalid_token', 'No.'))).toEqual({ kind: 'invalid_token', detail: 'No.' });
    expect(recordedRefusal(new TypeError('ghs_secret'))).toEqual({
      kind: 'internal_error',
      detail: 'a bug: see the log',
    });
  });
});

describe('an explained refusal', () => {
  it('is the same one, with the explanation beside what it had', () => {
    const refusal = new Refusal('policy_not_found', 'There is none.', { detail: 'x', retryAfterSeconds: 5 });
    const explanation = { policy: 'p', fields: [], notes: ['n'] };
    const explained = refusal.explained(explanation);
    expect([explained.kind, explained.message]).toEqual(['policy_not_found', 'There is none.']);
    expect(explained.details).toEqual({ detail: 'x', retryAfterSeconds: 5, explanation });
    expect(refusal.details.explanation).toBeUndefined();
    expect([explained instanceof Error, explained.name]).toEqual([true, 'Refusal']);
  });
});
