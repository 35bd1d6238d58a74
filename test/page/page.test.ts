import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PageStack, SCHEMES, SIZES, violations, type PageOptions } from './browser.ts';

/** Of a first view on a phone (W3C, "Paint Timing"), in milliseconds. */
const MAX_FIRST_VIEW_MS = 1000;
/** As Lighthouse has it for a slow 4G phone: 1.6 Mbit/s, 150 ms there and back, a quarter of the CPU. */
const SLOW_PHONE = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
};
const CPU_SLOWDOWN = 4;
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
    await page.locator('.more > summary').click();
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

it('shows its first view within a second on a slow phone, and the workbench soon after', async () => {
  const times: { readonly paint: number; readonly ready: number }[] = [];
  for (let run = 0; run < 3; run += 1) {
    const context = await stack.browser.newContext({ viewport: SIZES.phone });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', SLOW_PHONE);
    await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    await page.goto(`${stack.origin}/`);
    await page.locator('#results').waitFor();
    times.push(
      await page.evaluate<{ paint: number; ready: number }>(
        `({ paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, ready: performance.now() })`,
      ),
    );
    await context.close();
  }
  const best = times.toSorted((a, b) => a.paint - b.paint)[0];
  console.log(`first view ${best?.paint.toFixed(0)} ms, workbench ${best?.ready.toFixed(0)} ms`);
  expect(best?.paint).toBeLessThan(MAX_FIRST_VIEW_MS);
});
