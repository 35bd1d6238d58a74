import { describe, expect, it } from '@jest/globals';
import { browserCommand, systemBrowser } from '../../../../scripts/operator/browser.ts';

const URL = 'http://127.0.0.1:1/a?b=1&calc.exe';

describe('a browser', () => {
  it.each([
    ['linux', undefined, ['xdg-open', URL]],
    ['darwin', undefined, ['open', URL]],
    ['win32', undefined, ['rundll32', 'url.dll,FileProtocolHandler', URL]],
    ['linux', 'firefox', ['firefox', URL]],
  ] as const)('is called without a shell on %s', (platform, browser, command) => {
    expect(browserCommand(platform, browser, URL)).toEqual(command);
  });

  it('may be missing', async () => {
    expect(await systemBrowser({ BROWSER: '/no/such/browser' })(URL)).toBe(false);
  });
});
