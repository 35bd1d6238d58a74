import { describe, expect, it } from '@jest/globals';
import { bareDeploy } from '../../../../scripts/operator/bare-deploy.ts';

const lines =
  (...all: readonly string[]) =>
  () =>
    all.map((line) => line.split(' '));

describe('a build', () => {
  it.each([
    ['npm run build:parts by itself', {}],
    ['wrangler dev', { WRANGLER_COMMAND: 'dev' }],
    ['npm run deploy -- NAME', { WRANGLER_COMMAND: 'deploy', OCTO_STS_CHECKED: '1' }],
    ['npm run deploy -- NAME --upload', { WRANGLER_COMMAND: 'versions upload', OCTO_STS_CHECKED: '1' }],
    ['Cloudflare’s own', { WRANGLER_COMMAND: 'deploy', WORKERS_CI: '1' }],
  ])('may go on: %s', (_, environment) => {
    expect(bareDeploy(environment, lines('node wrangler.js deploy'))).toBe('allowed');
  });

  it.each(['--dry-run', '--dryRun', '--dry-run=true'])('may go on where nothing is uploaded: %s', (option) => {
    const ancestors = lines('sh -c npm', `node wrangler.js deploy ${option} --outdir dist`, 'bash');
    expect(bareDeploy({ WRANGLER_COMMAND: 'deploy' }, ancestors)).toBe('allowed');
  });

  it.each([
    ['deploy', 'node wrangler.js deploy'],
    ['deploy', 'node wrangler.js deploy --dry-run=false'],
    ['versions upload', 'node wrangler.js versions upload --name x'],
    ['a command of tomorrow', 'node wrangler.js ship'],
  ])('ends where the shared file alone would be uploaded: %s, %s', (command, line) => {
    for (const environment of [{}, { WORKERS_CI: '0', OCTO_STS_CHECKED: '' }]) {
      expect(bareDeploy({ WRANGLER_COMMAND: command, ...environment }, lines('sh -c npm', line))).toBe('refused');
    }
  });

  it('is warned where nobody can see what was asked for', () => {
    expect(bareDeploy({ WRANGLER_COMMAND: 'deploy' }, () => undefined)).toBe('unclear');
  });
});
