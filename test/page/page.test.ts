import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PageStack, SCHEMES, SIZES, violations, type PageOptions } from './browser.ts';

/** Before they are compressed. The time that they take is measured by `npm run bench:page`. */
const MAX_BLOCKING_BYTES = 20 * 1024;
const MAX_DOCUMENT_BYTES = 16 * 1024;
/** The style sheet, the script with what it imports, the icon. */
const MAX_EARLY_REQUESTS = 4;
/** Everything that can be seen: a refused token, findings, the policy from the token. */
const FULL_POLICY = `issuer: https://token.actions.githubusercontent.com/
subject: repo:acme/app:ref:refs/heads/*
claim_pattern:
  ref: refs/heads/.*
permissions:
  contents: write
  pull_requests: write
`;

const STATES: readonly PageOptions[] = SCHEMES.flatMap((scheme) =>
  (Object.keys(SIZES) as (keyof typeof SIZES)[]).map((size) => ({ scheme, size })),
);

let stack: PageStack;

beforeAll(async () => {
  stack = await PageStack.start();
});

afterEach(() => stack.closePages());

afterAll(() => stack.close());

describe.each(STATES)('on a $size, $scheme', (options) => {
  it('axe finds nothing, and nothing is wider than the screen', async () => {
    const { page, complaints } = await stack.open({ ...options, audited: true });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await page.locator('#policy').fill(FULL_POLICY);
    await page.locator('#verdict.no').waitFor();
    await page.locator('#draft > summary').click();
    await page.locator('#settings > summary').click();
    await page.locator('#organization > summary').click();
    await page.locator('#guardrails').fill('mode: enforced\n');
    await page.locator('#organization-faults > li').first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await page.locator('#guardrails').fill('');
    await page.locator('#scope').fill('no / name');
    await page.locator('#place-faults > li').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await page.locator('#policy').fill(FULL_POLICY.replace('contents', 'content'));
    await page.locator('#findings > .error').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('whatever is pressed or typed into is large enough for a finger', async () => {
    const { page } = await stack.open(options);
    await page.locator('#policy').fill(FULL_POLICY);
    await page.locator('#findings button').first().waitFor();
    const small = await page.evaluate(`[...document.querySelectorAll('button, input, select, textarea')]
      .map((one) => [one.id || one.className, one.getBoundingClientRect()])
      .filter(([, { width, height }]) => height > 0 && (width < 24 || height < 24)).map(([name]) => name)`);
    expect(small).toEqual([]);
  });
});

it('leaves nothing of what is pasted: no request, no storage, no cookie', async () => {
  const { page, requests } = await stack.open();
  const loaded = requests.length;
  await page.locator('#policy').fill(FULL_POLICY);
  await page.locator('#token').fill('{"iss": "https://token.actions.githubusercontent.com", "sub": "secret-subject"}');
  await page.locator('#verdict.no').waitFor();
  await page.locator('#draft > summary').click();
  await page.locator('#copy-link').click();
  await page.locator('#link-state', { hasText: 'Copied' }).waitFor();
  expect(requests.slice(loaded)).toEqual([]);
  expect(requests.filter((request) => !request.startsWith(`GET ${stack.origin}/`))).toEqual([]);
  expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie, history.length]')).toEqual([
    0,
    0,
    '',
    2,
  ]);
});

it('can send nothing, even where a script of it tried', async () => {
  const { page } = await stack.open();
  const outcome = await page.evaluate(`Promise.all([
    fetch('/').then(() => 'sent', () => 'refused'),
    fetch('https://example.com/').then(() => 'sent', () => 'refused'),
    new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve('sent');
      image.onerror = () => resolve('refused');
      image.src = 'https://example.com/x.png';
    }),
  ])`);
  expect(outcome).toEqual(['refused', 'refused', 'refused']);
});

it('works offline once it is loaded', async () => {
  const { page, complaints } = await stack.open();
  await page.context().setOffline(true);
  await page.getByLabel('Buildkite').check();
  await page.locator('#use-try').click();
  await page.locator('#verdict', { hasText: 'The token matches' }).waitFor();
  await page.locator('#policy').fill(FULL_POLICY);
  await page.locator('#verdict.no').waitFor();
  expect(complaints).toEqual([]);
});

it('follows the links of its own', async () => {
  const { page } = await stack.open();
  await page.getByRole('navigation').getByRole('link', { name: 'Workbench' }).click();
  const isInView = "document.getElementById('workbench').getBoundingClientRect().top < 100";
  expect(await page.evaluate(isInView)).toBe(true);
  const links = "[...document.querySelectorAll('footer a')].map((link) => link.pathname)";
  const paths = await page.evaluate<string[]>(links);
  expect(paths).toHaveLength(5);
  for (const path of paths) expect([path, (await stack.stack.send({ path })).status]).toEqual([path, 200]);
});

it('waits with its first view for its style sheet alone, which is small', async () => {
  const { page } = await stack.open();
  const loaded = await page.evaluate<{ path: string; blocks: boolean; bytes: number }[]>(`
    performance.getEntriesByType('resource').map(({ name, renderBlockingStatus, decodedBodySize }) => (
      { path: new URL(name).pathname, blocks: renderBlockingStatus === 'blocking', bytes: decodedBodySize }))`);
  const blocking = loaded.filter(({ blocks }) => blocks);
  expect(blocking.map(({ path }) => path)).toEqual([expect.stringMatching(/^\/assets\/page-\w+\.css$/)]);
  expect(blocking[0]?.bytes).toBeLessThan(MAX_BLOCKING_BYTES);
  // The page, its picture, its script and style sheet; all else is asked for after the load event.
  const isEarly = ({ path }: { readonly path: string }): boolean => !/^\/assets\/(?:workbench|chunk)-/.test(path);
  expect(loaded.filter(isEarly).length).toBeLessThanOrEqual(MAX_EARLY_REQUESTS);
  const [document] = await page.evaluate<number[]>(
    "performance.getEntriesByType('navigation').map((one) => one.decodedBodySize)",
  );
  expect(document).toBeLessThan(MAX_DOCUMENT_BYTES);
});

it('asks for the domain only after it has loaded', async () => {
  const { page } = await stack.open();
  const [loadedAt = Number.NaN] = await page.evaluate<number[]>(
    "performance.getEntriesByType('navigation').map((one) => one.loadEventStart)",
  );
  const starts = await page.evaluate<number[]>(
    "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/workbench-')).map((one) => one.startTime)",
  );
  expect(starts).toHaveLength(1);
  expect(starts.every((at) => at >= loadedAt)).toBe(true);
});
