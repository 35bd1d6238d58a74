import { describe, expect, test } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import { isSigned, secretsFor, secretsForNumber, signatureOf } from '../../../../src/interfaces/webhook/signature.ts';

const BODY = '{"zen":"Keep it logically awesome."}';
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

async function accepts(body: string, header: string | null, secrets: readonly string[]): Promise<boolean> {
  const signature = signatureOf(header);
  return signature !== undefined && (await isSigned(bytes(body), signature, secrets));
}

describe('a signature', () => {
  test('of GitHub’s own method is accepted under any of the secrets', async () => {
    const header = await sign('the secret', BODY);
    expect(await accepts(BODY, header, ['another', 'the secret'])).toBe(true);
    expect(await accepts(BODY, header, ['another'])).toBe(false);
    expect(await accepts(`${BODY} `, header, ['the secret'])).toBe(false);
    expect(await accepts(BODY, header, [])).toBe(false);
  });

  test('is GitHub’s documented example', async () => {
    const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(await accepts('Hello, World!', header, ["It's a Secret to Everybody"])).toBe(true);
  });

  test.each([
    null,
    '',
    'sha256=',
    `sha1=${'a'.repeat(40)}`,
    `sha256=${'g'.repeat(64)}`,
    `sha256=${'a'.repeat(63)}`,
    `sha256=${'A'.repeat(64)}`,
    `SHA256=${'a'.repeat(64)}`,
    `sha256=${'a'.repeat(64)}\n`,
  ])('of another form is none: %j', (header) => {
    expect(signatureOf(header)).toBeUndefined();
  });
});

describe('the secrets', () => {
  const secrets = { shared: ['now', 'before'], byAppId: new Map([['7', 'own']]) };

  test.each([
    ['7', ['own']],
    ['8', ['now', 'before']],
    [undefined, ['now', 'before']],
    ['__proto__', ['now', 'before']],
  ])('of the App %j', (appId, expected) => {
    expect(secretsFor(secrets, appId)).toEqual(expected);
  });
});

describe('the secrets that may have signed, before it is known which App has the number', () => {
  const secrets = {
    shared: ['now'],
    byAppId: new Map([
      ['7', 'own'],
      ['Iv1.0123456789abcdef', 'named'],
    ]),
  };
  const app = (id: string) => ({ name: id, id });
  const numbered = [app('7'), app('8')];

  test.each([
    ['7', numbered, ['own']],
    ['8', numbered, ['now']],
    ['9', numbered, ['now']],
    [undefined, [...numbered, app('Iv1.0123456789abcdef')], ['now']],
    ['7', [...numbered, app('Iv1.0123456789abcdef')], ['own']],
    ['8', [...numbered, app('Iv1.0123456789abcdef')], ['now']],
    ['9', [...numbered, app('Iv1.0123456789abcdef')], ['now', 'named']],
    ['9', [...numbered, app('Iv23liAAAAAAAAAAAAAA')], ['now']],
  ])('of the number %j are the App’s own, or also those of Apps named by a client ID', (number, apps, expected) => {
    expect(secretsForNumber(secrets, number, apps)).toEqual(expected);
  });
});
