import { beforeEach, describe, expect, it } from '@jest/globals';
import { ExchangeRecorder } from '../../../../src/application/exchange/exchange-recorder.ts';
import type { ExchangeEvent } from '../../../../src/application/exchange/exchange-event.ts';
import type { Reached } from '../../../../src/application/exchange/stages.ts';
import { Refusal } from '../../../../src/application/refusal.ts';
import { RequestMeter } from '../../../../src/application/budget/request-meter.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryDeferredTasks } from '../../../../src/infrastructure/memory/memory-deferred-tasks.ts';
import { Guardrails } from '../../../../src/domain/guardrails.ts';
import { MAIN, policyOf } from '../../domain/policies.ts';
import { ACTIONS, INSTALLATION, NOW } from '../policies/policy-world.ts';
import { asked, callerOf, decoded, granted, HASH, insider, located, matched, proven, RULES } from './stages.ts';

let clock: MemoryClock;
let deferredTasks: MemoryDeferredTasks;
let meter: RequestMeter;
let events: { readonly event: ExchangeEvent; readonly secret: string | undefined }[];
let recorder: ExchangeRecorder;

beforeEach(() => {
  clock = new MemoryClock(NOW);
  deferredTasks = new MemoryDeferredTasks();
  meter = new RequestMeter();
  events = [];
  const auditLog = {
    record: async (event: ExchangeEvent, secret?: string) => {
      events.push({ event, secret });
    },
  };
  recorder = new ExchangeRecorder(auditLog, deferredTasks, meter, clock);
});

/** The one event that was recorded, after the answer. */
async function recorded(): Promise<ExchangeEvent> {
  expect([events.length, deferredTasks.names]).toEqual([0, ['audit']]);
  await deferredTasks.run();
  expect(events).toHaveLength(1);
  return events[0]!.event;
}

const REFUSAL = new Refusal('policy_not_found', 'There is none.', { detail: 'for the log' });

async function refused(reached: Reached, refusal = REFUSAL): Promise<ExchangeEvent> {
  recorder.refused(reached, refusal, NOW - 250);
  return recorded();
}

const ASKED = { requestId: 'a-request', scope: 'acme/app', identity: 'ci', outcome: 'refused' } as const;
const DECODED = { ...ASKED, issuer: ACTIONS, policyPath: '.github/chainguard/ci.sts.yaml' };
const LOCATED = {
  ...DECODED,
  app: 'default',
  appId: '9',
  installationId: 90,
  allowlist: 'absent',
  guardrails: 'absent',
  policyHash: HASH,
};

describe('a refused attempt', () => {
  it('is recorded with when it was, how long it took and what it cost', async () => {
    meter.githubRequests = 2;
    expect(await refused(asked())).toMatchObject({ time: NOW - 250, durationMs: 250, githubRequests: 2 });
  });

  it('is recorded with the real reason', async () => {
    expect((await refused(asked())).refusal).toEqual({ kind: 'policy_not_found', detail: 'for the log' });
  });

  it('is recorded with the message where there is no detail', async () => {
    const plain = new Refusal('invalid_token', 'It is none.');
    expect((await refused(asked(), plain)).refusal).toEqual({ kind: 'invalid_token', detail: 'It is none.' });
  });

  it.each<[Reached['stage'], Reached, object, readonly string[]]>([
    ['asked', asked(), ASKED, ['issuer', 'subject', 'provenBy', 'policyPath', 'app', 'policyHash', 'fields']],
    ['decoded', decoded(), DECODED, ['subject', 'provenBy', 'app', 'allowlist', 'guardrails', 'policyHash', 'fields']],
    ['located', located(), LOCATED, ['subject', 'provenBy', 'fields', 'permissions', 'repositories', 'expiresAt']],
    ['proven', proven(), { ...LOCATED, subject: MAIN, provenBy: 'issuer' }, ['fields', 'permissions']],
    [
      'matched',
      matched(),
      {
        ...LOCATED,
        subject: MAIN,
        provenBy: 'issuer',
        fields: [{ field: 'issuer' }, { field: 'subject' }, { field: 'audience' }],
      },
      ['permissions', 'expiresAt', 'userAgent', 'clientAddress'],
    ],
  ])('that came as far as %s is recorded with what was known then', async (_stage, reached, known, unknown) => {
    const event = await refused(reached);
    expect(event).toMatchObject(known);
    for (const name of unknown) expect(event).not.toHaveProperty(name);
  });

  it.each<[string, Reached, boolean]>([
    ['whose token is not read', asked(), false],
    ['whose token is not proven', decoded(), false],
    ['whose token is not proven at the policy', located(), false],
    ['whose token was proven early', decoded({ caller: insider() }), true],
    ['whose token was proven early, at the policy', located({ caller: insider() }), true],
    ['whose token is proven', proven(), true],
    ['that matched', matched(), true],
  ])('says of one %s whether it was proven', async (_who, reached, isProven) => {
    const event = await refused(reached);
    expect([event.proven, event.provenBy !== undefined]).toEqual([isProven, isProven]);
  });

  it('says whose keys proved the token', async () => {
    const event = await refused(proven({ caller: callerOf({}, 'inline') }));
    expect([event.proven, event.provenBy]).toEqual([true, 'inline']);
  });

  it('says which job asked, once GitHub’s own token is proven', async () => {
    const workflowRun = { repository: 'acme/infra', runId: '7' };
    expect(await refused(decoded({ caller: callerOf({ run_id: '7' }) }))).toMatchObject({ workflowRun });
  });

  it.each<[string, Reached]>([
    ['is not proven', located()],
    ['is proven by keys of the policy', proven({ caller: callerOf({ run_id: '7' }, 'inline') })],
    ['is another issuer’s', proven({ caller: callerOf({ iss: 'https://gitlab.com', run_id: '7' }) })],
  ])('says nothing of a job where the token %s', async (_what, reached) => {
    expect(await refused(reached)).not.toHaveProperty('workflowRun');
  });

  it('says nothing of a subject that is no text', async () => {
    expect(await refused(proven({ caller: callerOf({ sub: 5 }) }))).not.toHaveProperty('subject');
  });

  it.each([
    [{ kind: 'allowed', note: 'audit', enforcing: false } as const, 'audit'],
    [{ kind: 'refused', reason: 'not_listed' } as const, 'refused'],
    [{ kind: 'invalid' } as const, 'invalid'],
  ])('says how the allowlist decided: %j', async (allowlist, text) => {
    expect((await refused(located({ allowlist }))).allowlist).toBe(text);
  });

  describe('under guardrails', () => {
    const compiled = Guardrails.compile({ deny: ['x'] }, { allowLoopbackHttp: false, lintRules: ['x'] });
    if (compiled.kind === 'invalid') throw new Error('no guardrails');
    const guardrails = { kind: 'present', guardrails: compiled.guardrails } as const;
    const finding = { rule: 'guardrail-deny', severity: 'warning', line: 2, column: 3, message: 'No.' } as const;
    const fault = { rule: 'guardrail-same-owner', message: 'Not yours.' };
    const found = { kind: 'found', policy: policyOf(), contentHash: HASH, repositoryId: 1 } as const;
    const wouldRefuse = (kind: string, detail: string): object => ({
      guardrails: 'audit',
      guardrailsWouldRefuse: { kind, detail },
    });

    it.each<[string, Reached, object]>([
      ['that can’t be told', located({ guardrails: { kind: 'unreadable' } }), { guardrails: 'unreadable' }],
      ['that are broken', located({ guardrails: { kind: 'invalid' } }), { guardrails: 'invalid' }],
      ['that it is within', matched({ guardrails }), { guardrails: 'within' }],
      [
        'that its policy is outside',
        located({ guardrails, policy: { kind: 'invalid', findings: [], contentHash: HASH, isOutside: true } }),
        { guardrails: 'refused' },
      ],
      [
        'that would refuse its policy',
        located({ guardrails, policy: { ...found, outside: [finding] } }),
        wouldRefuse('policy_invalid', '2:3 No. (guardrail-deny)'),
      ],
      [
        'that would refuse its policy, and the token too',
        { ...matched({ guardrails, policyOutside: [finding] }), tokenOutside: [fault] },
        wouldRefuse('policy_invalid', '2:3 No. (guardrail-deny) Not yours. (guardrail-same-owner)'),
      ],
      [
        'that would refuse its token',
        { ...matched({ guardrails }), tokenOutside: [fault] },
        wouldRefuse('permission_denied', 'Not yours. (guardrail-same-owner)'),
      ],
    ])('is recorded with those %s', async (_what, reached, facts) => {
      const event = await refused(reached);
      const { guardrails: note, guardrailsWouldRefuse } = event;
      expect({ guardrails: note, guardrailsWouldRefuse }).toEqual({ guardrailsWouldRefuse: undefined, ...facts });
    });

    it('that would have refused its token is recorded beside the grant', async () => {
      recorder.granted(granted({ guardrails, tokenOutside: [fault] }), NOW);
      expect(await recorded()).toMatchObject({
        outcome: 'granted',
        ...wouldRefuse('permission_denied', 'Not yours. (guardrail-same-owner)'),
      });
    });

    it('that refuse its token is recorded as refused', async () => {
      const evidence = { kind: 'token_outside', faults: [fault] } as const;
      const refusal = new Refusal('permission_denied', 'No.', { evidence });
      expect((await refused(proven({ guardrails }), refusal)).guardrails).toBe('refused');
    });

    it.each([
      ['there is no policy', { kind: 'absent', nearMisses: [] } as const],
      ['the policy is broken in itself', { kind: 'invalid', findings: [], contentHash: HASH } as const],
    ])('that judged nothing, for %s, is recorded without them', async (_why, policy) => {
      expect(await refused(located({ guardrails, policy }))).not.toHaveProperty('guardrails');
    });
  });

  it('has the hash of a broken policy, and none where there is no policy', async () => {
    const invalid = { kind: 'invalid', findings: [], contentHash: 'b'.repeat(64) } as const;
    expect((await refused(located({ policy: invalid }))).policyHash).toBe('b'.repeat(64));
    events.length = 0;
    const absent = { kind: 'absent', nearMisses: [] } as const;
    expect(await refused(located({ policy: absent }))).not.toHaveProperty('policyHash');
  });

  it('has every field that was compared, where the policy did not match', async () => {
    const verdict = policyOf().judge(callerOf({ sub: 'other' }).claims, RULES.serviceAudiences);
    const refusal = new Refusal('permission_denied', 'No.', { evidence: { kind: 'mismatch', verdict } });
    expect((await refused(proven(), refusal)).fields).toBe(verdict.fields);
  });

  it('says where it came from, as far as HTTP tells', async () => {
    const origin = { userAgent: 'curl', clientAddress: '198.51.100.7', host: 'old.example.com' };
    expect(await refused(asked(origin))).toMatchObject(origin);
    events.length = 0;
    const event = await refused(asked());
    for (const name of Object.keys(origin)) expect(event).not.toHaveProperty(name);
  });
});

describe('a granted attempt', () => {
  async function grantedEvent(changes: Parameters<typeof granted>[0] = {}): Promise<ExchangeEvent> {
    recorder.granted(granted(changes), NOW);
    return recorded();
  }

  it('is recorded with what was granted', async () => {
    const event = await grantedEvent();
    expect(event).toMatchObject({
      ...LOCATED,
      outcome: 'granted',
      proven: true,
      fields: [{ field: 'issuer' }, { field: 'subject' }, { field: 'audience' }],
      permissions: { contents: 'read' },
      repositories: ['app'],
      expiresAt: '2026-11-02T09:00:00Z',
    });
    expect(event).not.toHaveProperty('refusal');
  });

  it('holds no token: that goes beside it, to be hashed', async () => {
    expect(JSON.stringify(await grantedEvent())).not.toContain('ghs_');
    expect(events[0]?.secret).toBe('ghs_secret');
  });

  it('names the App that minted, not the one that read', async () => {
    const { minted, grant } = granted();
    const app = { name: 'second', id: '10' };
    const installation = { ...INSTALLATION, app, id: 91 };
    const event = await grantedEvent({ grant, minted: { ...minted, installation } });
    expect(event).toMatchObject({ app: 'second', appId: '10', installationId: 91 });
  });

  it('names the repositories of a list, and none where the token covers all', async () => {
    const { grant } = granted();
    const named = { ...grant, repositories: { kind: 'names', names: ['app', 'infra'] } as const };
    expect((await grantedEvent({ grant: named })).repositories).toEqual(['app', 'infra']);
    events.length = 0;
    expect(await grantedEvent({ grant: { ...grant, repositories: { kind: 'all' } } })).not.toHaveProperty(
      'repositories',
    );
  });
});

describe('other attempts', () => {
  it('that a bug ended say so', async () => {
    recorder.failed(located(), new TypeError('secret'), NOW);
    const refusal = { kind: 'internal_error', detail: 'a bug: see the log' };
    expect(await recorded()).toMatchObject({ outcome: 'refused', refusal });
  });

  it('that could not be read are recorded with where they came from, and nothing else', async () => {
    const origin = { requestId: 'x', userAgent: 'curl', clientAddress: '198.51.100.7' };
    recorder.unread(origin, { kind: 'missing_token', detail: 'There is none.' });
    expect(await recorded()).toEqual({
      ...origin,
      time: NOW,
      outcome: 'refused',
      proven: false,
      durationMs: 0,
      githubRequests: 0,
      refusal: { kind: 'missing_token', detail: 'There is none.' },
    });
  });
});
