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

  it('is judged in a sentence that says what to do, and where', () => {
    const link = 'https://p';
    const found = (setup: typeof SETUP | undefined, expected: typeof EXPECTED = EXPECTED) =>
      judgeHookSetup(setup, expected).map(({ message, remedy, link: page, check }) => [check, message, remedy, page]);
    expect(found(undefined)).toEqual([
      [
        'webhook',
        'The App has no webhook at GitHub, though this service has a secret for one.',
        `Switch it on, with the URL ${URL_NOW} and the same secret.`,
        link,
      ],
    ]);
    expect(found({ ...SETUP, url: 'https://x.dev' })).toEqual([
      [
        'webhook',
        `The App's webhook goes to "https://x.dev", and not to ${URL_NOW}.`,
        `Write ${URL_NOW} as the webhook's URL.`,
        link,
      ],
    ]);
    const wrong = { url: URL_BEFORE, hasSecret: false, verifiesTls: false };
    expect(found(wrong, { ...EXPECTED, hasSecret: false })).toEqual([
      [
        'webhook',
        `The App's webhook still goes to "${URL_BEFORE}", this service's previous address.`,
        `Write ${URL_NOW} before STS_DOMAIN_PREVIOUS goes.`,
        link,
      ],
      [
        'webhook',
        "The App's webhook has no secret at GitHub, so this service refuses its deliveries.",
        'Give it the secret that this service has.',
        link,
      ],
      [
        'webhook',
        'This service has no webhook secret, so it refuses all deliveries.',
        'Set the secret GITHUB_WEBHOOK_SECRET to what the App has.',
        link,
      ],
      [
        'webhook',
        "GitHub does not check this service's certificate when it delivers.",
        'Switch SSL verification on.',
        link,
      ],
    ]);
  });

  it('quotes and cuts what GitHub holds', () => {
    const [finding] = judgeHookSetup({ ...SETUP, url: `https://x/\u001b[31m${'y'.repeat(500)}` }, EXPECTED);
    expect(finding?.message).not.toContain('\u001b');
    expect(finding?.message.length).toBeLessThan(250);
  });

  it('is in use with a secret here or a URL there', () => {
    const unset = { ...EXPECTED, hasSecret: false };
    expect(isHookUsed({ ...SETUP, url: '' }, unset)).toBe(false);
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
    ['the newest was answered with 200', [200, 500, 500, 500], []],
    ['the newest was sent elsewhere', [300, 300, 300], ['webhook-deliveries']],
    ['none was answered with success', [199, 199, 199], ['webhook-deliveries']],
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
    expect(judgeDeliveries(deliveries(401), NOW, NOW, EXPECTED)).toHaveLength(1);
    expect(judgeDeliveries(deliveries(401), NOW, NOW - 1, EXPECTED)).toHaveLength(1);
  });

  it('are counted in the sentence', () => {
    const [finding] = judgeDeliveries(deliveries(0, 0, 0, 202), NOW, undefined, EXPECTED);
    expect(finding).toEqual({
      rule: 'webhook-deliveries',
      check: 'webhook',
      severity: 'failing',
      remedy: "Read the answers on the App's page, and deliver again.",
      message:
        "GitHub's deliveries don't get through: 3 of the last 4 deliveries failed, the newest without an answer.",
      link: 'https://d',
    });
  });

  it('are told with what the newest was answered', () => {
    const [refused] = judgeDeliveries(deliveries(401, 202), NOW, undefined, EXPECTED);
    expect([refused?.message, refused?.remedy]).toEqual([
      "The webhook's secret at GitHub and here differ: 1 of the last 2 deliveries failed, the newest with 401.",
      'Give both the same secret, then deliver the newest one again: what succeeds there is well from then on.',
    ]);
    const [lost] = judgeDeliveries(deliveries(404), NOW, undefined, EXPECTED);
    expect(lost?.message).toBe(
      "GitHub's deliveries don't get through: 1 of the last 1 deliveries failed, the newest with 404.",
    );
  });
});
