import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { LocalStack } from '../support/local-stack.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
/** Where Debian puts it, and what it is called elsewhere. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const SIZES = {
  phone: { width: 360, height: 740 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1280, height: 800 },
};
export const SCHEMES = ['light', 'dark'] as const;

export interface Opened {
  readonly page: Page;
  /** What the page asked for, in order, with `POST` and the like in front. */
  readonly requests: string[];
  /** Errors, and everything that the browser's console was told. */
  readonly complaints: string[];
}

export interface PageOptions {
  readonly size?: keyof typeof SIZES;
  readonly scheme?: (typeof SCHEMES)[number];
  /** `#policy=…` */
  readonly fragment?: string;
  /** With axe in it, for `violations`. */
  readonly audited?: boolean;
}

/** The page as the built Worker serves it, in a real browser. */
export class PageStack {
  readonly stack: LocalStack;
  readonly browser: Browser;
  private readonly contexts: BrowserContext[] = [];

  private constructor(stack: LocalStack, browser: Browser) {
    this.stack = stack;
    this.browser = browser;
  }

  static async start(): Promise<PageStack> {
    const executablePath = browserPath();
    const stack = await LocalStack.start({ worker: { assetsPath: `${ROOT}dist-page` } });
    // A container's root has no user namespaces for Chromium's own sandbox; the page is ours.
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    return new PageStack(stack, browser);
  }

  get origin(): string {
    return this.stack.worker.url;
  }

  /** Opens the page, and waits until the workbench has judged for the first time. */
  async open({
    size = 'desktop',
    scheme = 'light',
    fragment = '',
    audited = false,
  }: PageOptions = {}): Promise<Opened> {
    const context = await this.browser.newContext({
      viewport: SIZES[size],
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    this.contexts.push(context);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: this.origin });
    // Before the page's own policy counts, which would not let it in.
    if (audited) await context.addInitScript(AXE);
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
    await page.goto(`${this.origin}/${fragment}`);
    await page.locator('#results').waitFor();
    return { page, requests, complaints };
  }

  /** What a test opened. */
  async closePages(): Promise<void> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.closePages();
    await this.browser.close();
    await this.stack.close();
  }
}

/** @throws where there is no browser: nothing of this suite passes without one */
function browserPath(): string {
  const path = process.env.CHROMIUM_PATH ?? PLACES.find((place) => existsSync(place));
  if (path === undefined || !existsSync(path))
    throw new Error('There is no Chromium here. Install it (apt-get install chromium), or set CHROMIUM_PATH.');
  return path;
}

/** The violations that axe finds, each with the elements. */
export async function violations(page: Page): Promise<readonly string[]> {
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
    'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}
