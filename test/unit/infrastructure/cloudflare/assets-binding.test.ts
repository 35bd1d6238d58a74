import { expect, it } from '@jest/globals';
import { AssetsBinding } from '../../../../src/infrastructure/cloudflare/assets-binding.ts';

it('asks the binding for a path, with the headers that are given and no others', async () => {
  const asked: unknown[] = [];
  const fetcher = {
    fetch: (url: URL, { headers }: { headers: Headers }) => {
      asked.push(url.pathname, [...headers]);
      return Promise.resolve(new Response('the file'));
    },
  } as unknown as Fetcher;
  const answer = await new AssetsBinding(fetcher).get('/assets/page.html', new Headers({ 'If-None-Match': '"1"' }));
  expect(await answer.text()).toBe('the file');
  expect(asked).toEqual(['/assets/page.html', [['if-none-match', '"1"']]]);
});
