/**
 * `npm run bench:page`: how long a slow phone waits for the page at `/`, in Chromium under Lighthouse's conditions. A
 * figure of this machine, never a test: docs/page.md quotes it. `-- --rounds 10` takes more rounds.
 */
import { parseArgs } from 'node:util';
import { PageStack, SIZES } from '../test/page/browser.ts';

/** As Lighthouse has it for a slow 4G phone: 1.6 Mbit/s, 150 ms there and back, a quarter of the CPU. */
const SLOW_PHONE = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
};
const CPU_SLOWDOWN = 4;
const MAX_ROUNDS = 100;

/** In milliseconds from the request on: the first text or picture (W3C, "Paint Timing"), and the first judgement. */
interface View {
  readonly paint: number;
  readonly ready: number;
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Math.min(Math.max(Number.parseInt(values.rounds, 10) || 1, 1), MAX_ROUNDS);
const stack = await PageStack.start();
try {
  const views: View[] = [];
  for (let round = 0; round < rounds; round += 1) views.push(await firstView(stack));
  for (const name of ['paint', 'ready'] as const)
    console.log(
      spreadOf(
        name,
        views.map((view) => view[name]),
      ),
    );
} finally {
  await stack.close();
}

/** Without a cache: in a context of its own. */
async function firstView({ browser, origin }: PageStack): Promise<View> {
  const context = await browser.newContext({ viewport: SIZES.phone });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', SLOW_PHONE);
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  await page.goto(`${origin}/`);
  await page.locator('#results').waitFor();
  const view = await page.evaluate<View>(
    `({ paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, ready: performance.now() })`,
  );
  await context.close();
  return view;
}

function spreadOf(name: keyof View, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  const what = name === 'paint' ? 'first view' : 'first judgement';
  return `${what.padEnd(16)} median ${at(0.5)} ms, from ${at(0)} to ${at(1)} ms, ${sorted.length} rounds`;
}
