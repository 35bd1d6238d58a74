import { describe, expect, it } from '@jest/globals';
import { isHookUsed, judgeDeliveries, judgeHookSetup, type HookDelivery } from '../../../src/domain/webhook-health.ts';

const URL_NOW = 'https://sts.example.com/webhook';
const URL_BEFORE = 'https://old.example.com/webhook';
const EXPECTED = {
  urls: [URL_NOW, URL_BEFORE],
  hasSecret: true,
  settingsPage: 'https://p',
  deliveriesPage: 'https://d',
};
const SETUP = { url: URL_NOW, hasSecret: true, verifiesTls: true };
const NOW = 1_000_000_000;

describe('the setup of a webhook', () => {
  it.each([
    ['right', SETUP, EXPECTED, []],
    ['absent, here and there', undefined, { ...EXPECTED, hasSecret: false }, []],
    ['without a URL, and without a secret here', { ...SETUP, url: '' }, { ...EXPECTED, hasSecret: false }, []],
    ['absent at GitHub', undefined, EXPECTED, ['failing webhook-absent']],
    ['another host’s', { ...SETUP, url: 'https://x.example.com/webhook' }, EXPECTED, ['failing webhook-url']],
    ['another path’s', { ...SETUP, url: 'https://sts.example.com/hook' }, EXPECTED, ['failing webhook-url']],
    ['plain http', { ...SETUP, url: 'http://sts.example.com/webhook' }, EXPECTED, ['failing webhook-url']],
    ['the previous host’s', { ...SETUP, url: URL_BEFORE }, EXPECTED, ['note webhook-url-previous']],
    ['without a secret there', { ...SETUP, hasSecret: false }, EXPECTED, ['failing webhook-secret-at-github']],
    ['without a secret here', SETUP, { ...EXPECTED, hasSecret: false }, ['failing webhook-secret-here']],
    ['lax about certificates', { ...SETUP, verifiesTls: false }, EXPECTED, ['note webhook-tls']],
  ])('that is %s', (_, setup, expected, rules) => {
    expect(judgeHookSetup(setup, expected).map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(rules);
  });

  it('quotes and cuts what GitHub holds', () => {
    const [finding] = judgeHookSetup({ ...SETUP, url: `https://x/\u001b[31m${'y'.repeat(500)}` }, EXPECTED);
    expect(finding?.message).not.toContain('\u001b');
    expect(finding?.message.length).toBeLessThan(250);
  });

  it('is in use with a secret here or a URL there', () => {
    const unset = { ...EXPECTED, hasSecret: false };
    expect([isHookUsed(undefined, unset), isHookUsed(SETUP, unset), isHookUsed(undefined, EXPECTED)]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('deliveries', () => {
  /** The newest first, a minute apart. */
  function deliveries(...answers: readonly (number | [status: number, installation: number])[]): HookDelivery[] {
    return answers.map((answer, index) => {
      const [statusCode, installationId] = typeof answer === 'number' ? [answer, 1] : answer;
      return { deliveredAt: NOW - index * 60_000, statusCode, installationId };
    });
  }

  it.each([
    ['none', [], []],
    ['all well', [202, 200, 202], []],
    ['one failed before the newest', [202, 500, 500, 500], []],
    ['the newest is refused its signature', [401, 202, 202], ['webhook-secret-differs']],
    ['the newest found another server', [404, 202], ['webhook-deliveries']],
    ['the newest came to a wrong host', [421, 202], ['webhook-deliveries']],
    ['one failure alone', [500, 202, 202], []],
    ['two failures alone', [0, 0, 202], []],
    ['three failures', [0, 500, 504, 202], ['webhook-deliveries']],
    [
      'three of one organization, while another’s succeed',
      [
        [500, 2],
        [500, 2],
        [500, 2],
        [202, 1],
      ],
      [],
    ],
    [
      'all organizations’',
      [
        [500, 2],
        [500, 1],
        [500, 2],
        [202, 1],
      ],
      ['webhook-deliveries'],
    ],
  ] as const)('of which %s', (_, answers, rules) => {
    expect(
      judgeDeliveries(deliveries(...(answers as readonly number[])), NOW, undefined, EXPECTED).map(({ rule }) => rule),
    ).toEqual(rules);
  });

  it('are judged in any order', () => {
    const mixed = deliveries(202, 500, 500, 500).toReversed();
    expect(judgeDeliveries(mixed, NOW, undefined, EXPECTED)).toEqual([]);
  });

  it('of more than a day ago say nothing', () => {
    expect(judgeDeliveries(deliveries(401), NOW + 24 * 3_600_000, undefined, EXPECTED)).toEqual([]);
  });

  it('that failed before one was accepted here say nothing', () => {
    expect(judgeDeliveries(deliveries(401), NOW, NOW + 1, EXPECTED)).toEqual([]);
    expect(judgeDeliveries(deliveries(401), NOW, NOW - 1, EXPECTED)).toHaveLength(1);
  });

  it('are counted in the sentence', () => {
    const [finding] = judgeDeliveries(deliveries(0, 0, 0, 202), NOW, undefined, EXPECTED);
    expect(finding).toMatchObject({
      message:
        "GitHub's deliveries don't get through: 3 of the last 4 deliveries failed, the newest without an answer.",
      link: 'https://d',
    });
  });
});
