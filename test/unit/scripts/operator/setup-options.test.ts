import { describe, expect, it } from '@jest/globals';
import { chosenPermissions, SETUP_HELP, setupOptions, STEP_NAMES } from '../../../../scripts/operator/setup-options.ts';

describe('the options of setup', () => {
  it('leave open what is asked for', () => {
    expect(setupOptions([])).toMatchObject({
      deployment: 'production',
      worker: undefined,
      github: undefined,
      asks: true,
      opensBrowser: true,
      waitMilliseconds: 180_000,
    });
  });

  it('answer every question', () => {
    const args = [
      '--yes',
      '--no-browser',
      '--domain',
      'STS.acme.dev',
      '--permissions',
      'members:read',
      '--repeat',
      'app,first',
    ];
    expect(setupOptions(args)).toMatchObject({
      asks: false,
      opensBrowser: false,
      domain: 'sts.acme.dev',
      permissions: { members: 'read' },
      repeated: new Set(['app', 'first']),
    });
  });

  it.each([
    ['--deployment', '../x'],
    ['--deployment', 'example'],
    ['--domain', 'https://sts.acme.dev'],
    ['--domain', 'localhost'],
    ['--github', 'http://github.com'],
    ['--github', 'https://user:pass@github.com'],
    ['--github', 'https://ghe.acme.dev/somewhere'],
    ['--organization', 'a/b'],
    ['--app-id', '12x'],
    ['--app-name', 'x'.repeat(35)],
    ['--preset', 'most'],
    ['--permissions', 'contents:admin'],
    ['--repository', 'acme'],
    ['--repository', "acme/a'b"],
    ['--wait', '0'],
    ['--wait', '1e3'],
    ['--repeat', 'all'],
    ['--wat', '1'],
  ])('name what is wrong: %s %s', (flag, value) => {
    expect(setupOptions([flag, value])).toEqual(expect.stringContaining(flag));
  });

  it('are all in the help', () => {
    expect(setupOptions(['--help'])).toEqual({ help: true });
    for (const name of STEP_NAMES) expect(SETUP_HELP).toContain(name);
  });

  it('put a preset and what is named together', () => {
    expect(chosenPermissions('checks', { contents: 'write' })).toEqual({
      checks: 'write',
      contents: 'write',
      metadata: 'read',
      pull_requests: 'read',
    });
  });
});
