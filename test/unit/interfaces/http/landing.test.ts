import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { landing } from '../../../../src/interfaces/http/landing.ts';
import { readSettings } from '../../../../src/interfaces/settings.ts';
import { generateAppKeys } from '../../../support/github/app-keys.ts';

const MANIFEST = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url).pathname, 'utf8')) as {
  readonly version: string;
};

it('tells the version of the package, to programs and to people', async () => {
  const env = { STS_DOMAIN: 'sts.example.com', GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: generateAppKeys().pkcs1Pem };
  const read = readSettings(env);
  if (read.kind === 'invalid') throw new Error('the settings are not valid');
  const answer = (accept: string) =>
    landing(new Request('https://sts.example.com/', { headers: { accept } }), read.settings);
  expect(await answer('*/*').json()).toMatchObject({ version: MANIFEST.version });
  expect(await answer('text/html').text()).toContain(`Version ${MANIFEST.version}.`);
});
