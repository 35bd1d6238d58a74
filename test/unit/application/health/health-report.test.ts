import { describe, expect, it } from '@jest/globals';
import type { HealthFinding, SubjectReport } from '../../../../src/domain/health-finding.ts';
import {
  changesBetween,
  isCurrent,
  isWorthWriting,
  newer,
  serviceHealth,
  type HealthReport,
} from '../../../../src/application/health/health-report.ts';

const APPS = [
  { name: 'one', id: '1' },
  { name: 'two', id: '2' },
];
const HOUR = 3_600_000;

function subject(
  kind: SubjectReport['kind'],
  name: string,
  findings: readonly Partial<HealthFinding>[] = [],
): SubjectReport {
  const whole = findings.map((one) => ({ ...FINDING, ...one }));
  return { kind, name, askedAt: 1, used: true, usable: true, findings: whole, facts: {} };
}

const FINDING: HealthFinding = { rule: 'r', check: 'webhook', severity: 'failing', message: 'm', remedy: 'm' };

function report(subjects: readonly SubjectReport[], checkedAt = 10 * HOUR): HealthReport {
  return { version: '1', host: 'sts.example.com', checkedAt, health: serviceHealth(APPS, subjects, false), subjects };
}

describe('health', () => {
  it('of an App is its own subject’s', () => {
    const { apps } = serviceHealth(APPS, [subject('app', 'two', [{ check: 'app_credentials' }])], false);
    expect(apps).toEqual([
      { name: 'one', credentials: 'unknown', quota: 'unknown' },
      { name: 'two', credentials: 'failing', quota: 'ok' },
    ]);
  });

  it.each([
    ['one App’s is not known', [subject('hook', 'one')], 'unknown'],
    ['all Apps’ work', [subject('hook', 'one'), subject('hook', 'two')], 'ok'],
    ['one App’s fails', [subject('hook', 'one', [{}])], 'failing'],
    ['one has something to note', [subject('hook', 'one', [{ severity: 'note' }]), subject('hook', 'two')], 'ok'],
    ['nobody uses one', APPS.map(({ name }) => ({ ...subject('hook', name), used: false })), 'unknown'],
    ['one App uses one', [subject('hook', 'one'), { ...subject('hook', 'two'), used: false }], 'ok'],
  ])('of webhooks, where %s', (_, subjects, state) => {
    expect(serviceHealth(APPS, subjects, false).shared.webhook).toBe(state);
  });

  it('of a part is told by subjects of its own kind alone', () => {
    expect(serviceHealth(APPS, [subject('app', 'one')], false).shared).toEqual({
      github: 'unknown',
      store: 'unknown',
      webhook: 'unknown',
      installations: 'unknown',
      permissions: 'ok',
      issuers: 'unknown',
      clock: 'unknown',
    });
  });

  it('of permissions is that of Apps and installations', () => {
    const lacking = { check: 'permissions' } as const;
    for (const kind of ['app', 'installation'] as const) {
      expect(serviceHealth(APPS, [subject(kind, 'one', [lacking])], false).shared.permissions).toBe('failing');
    }
  });
});

describe('a report', () => {
  it('counts for three hours, and not before its time', () => {
    const one = report([]);
    expect(isCurrent(one, 13 * HOUR - 1)).toBe(true);
    expect(isCurrent(one, 13 * HOUR)).toBe(false);
    expect(isCurrent(one, 10 * HOUR - 60_000)).toBe(true);
    expect(isCurrent(one, 10 * HOUR - 60_001)).toBe(false);
  });

  it.each([
    ['there is none', undefined, true],
    ['nothing has changed', report([subject('hook', 'one')], 9.5 * HOUR), false],
    ['it is the stored one', report([subject('hook', 'one')]), false],
    ['an hour has passed', report([subject('hook', 'one')], 9 * HOUR), true],
    ['the stored one is from the future', report([subject('hook', 'one')], 11 * HOUR), true],
    ['a check has changed', report([subject('hook', 'one', [{}])], 9.5 * HOUR), true],
    ['another host’s stands there', { ...report([subject('hook', 'one')], 9.5 * HOUR), host: 'x' }, true],
    ['another version wrote it', { ...report([subject('hook', 'one')], 9.5 * HOUR), version: '0' }, true],
  ])('is written or not where %s', (_, stored, isWorth) => {
    expect(isWorthWriting(report([subject('hook', 'one')]), stored)).toBe(isWorth);
  });

  it.each([
    ['hook', true],
    ['installation', false],
  ] as const)('is written for a note on a %s: %s', (kind, isWorth) => {
    const noted = report([subject(kind, 'one', [{ severity: 'note' }])]);
    const plain = report([subject(kind, 'one')]);
    expect([isWorthWriting(noted, plain), isWorthWriting(plain, noted)]).toEqual([isWorth, isWorth]);
  });

  it('is written where the same check fails for another reason', () => {
    for (const kind of ['hook', 'installation', 'issuer'] as const) {
      const [one, other] = ['r1', 'r2'].map((rule) => report([subject(kind, 'one', [{ rule }])]));
      expect(one !== undefined && isWorthWriting(one, other)).toBe(true);
    }
  });
});

describe('of the report that an isolate knows and the stored one', () => {
  const [early, late, sameTime] = [report([], HOUR), report([], 2 * HOUR), report([], 2 * HOUR)];

  it.each([
    ['neither, where there is none', undefined, undefined, undefined],
    ['the stored one, where the isolate knows none', undefined, early, early],
    ['the isolate’s, where none is stored', early, undefined, early],
    ['the isolate’s, where it is newer', late, early, late],
    ['the stored one, where that is newer', early, late, late],
    ['the stored one, which others see too, where they are of one moment', late, sameTime, sameTime],
  ])('counts %s', (_, known, stored, counted) => {
    expect(newer(known, stored)).toBe(counted);
  });
});

describe('a change', () => {
  const credentials = (name: string): SubjectReport => subject('app', name, [{ check: 'app_credentials', rule: name }]);

  it('names the App, and has that App’s findings alone', () => {
    const before = serviceHealth(APPS, [subject('app', 'one'), credentials('two')], false);
    const changes = changesBetween(before, report([credentials('one'), credentials('two')]), 'id');
    expect(changes).toMatchObject([
      { check: 'app_credentials:one', state: 'failing', before: 'ok', findings: [{ rule: 'one' }] },
    ]);
    expect(changes[0]?.findings).toHaveLength(1);
  });

  it('has what fails in its own check, and nothing else that was found', () => {
    const mixed: readonly Partial<HealthFinding>[] = [
      { rule: 'failing' },
      { rule: 'noted', severity: 'note' },
      { rule: 'of another check', check: 'installations' },
    ];
    const changes = changesBetween(undefined, report([subject('hook', 'one', mixed)]), 'id');
    expect(changes.map(({ check, findings }) => [check, findings.map(({ rule }) => rule)])).toEqual([
      ['webhook', ['failing']],
    ]);
  });

  it.each([
    ['unknown', 'ok', 0],
    ['ok', 'unknown', 0],
    ['failing', 'unknown', 1],
    ['failing', 'ok', 1],
    ['unknown', 'failing', 1],
    ['failing', 'failing', 0],
  ] as const)('from %s to %s is told %d times', (was, is, times) => {
    const base = serviceHealth([], [], false);
    const health = (state: 'ok' | 'failing' | 'unknown') => ({ ...base, shared: { ...base.shared, github: state } });
    expect(changesBetween(health(was), { ...report([]), health: health(is) }, 'id')).toHaveLength(times);
  });
});
