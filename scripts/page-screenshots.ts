/** `npm run build && node scripts/page-screenshots.ts`: the pictures of docs/images, taken in Chromium. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { generateAppKeys } from '../test/support/github/app-keys.ts';
import { RunningWorker } from '../test/support/running-worker.ts';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'docs/images');
const SHOWN_HOST = 'sts.example.com';
const SIZES = {
  phone: { width: 360, height: 740 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1280, height: 900 },
};
/** Flat colours: a palette holds them all. */
const PALETTE = { palette: true, colours: 64, effort: 10, compressionLevel: 9 };
/** A slip that people make: a branch is meant, and a glob is written. */
const POLICY = `issuer: https://token.actions.githubusercontent.com
subject: repo:acme/app:ref:refs/heads/*
claim_pattern:
  job_workflow_ref: acme/app/\\.github/workflows/release\\.yml@.+
permissions:
  contents: write
  pull_requests: write
`;

mkdirSync(OUTPUT, { recursive: true });
const worker = await RunningWorker.start({
  assetsPath: join(ROOT, 'dist-page'),
  address: `https://${SHOWN_HOST}`,
  bindings: { STS_DOMAIN: SHOWN_HOST, GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: generateAppKeys().pkcs1Pem },
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', `--host-resolver-rules=MAP ${SHOWN_HOST}:80 127.0.0.1:${new URL(worker.url).port}`],
});
try {
  for (const [name, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
      await page.goto(`http://${SHOWN_HOST}/`);
      await page.locator('#results').waitFor();
      if (name === 'desktop') {
        await page.locator('#policy').fill(POLICY);
        await page.locator('#verdict.no').waitFor();
        await page
          .locator('#bench-form')
          .evaluate('window.scrollTo(0, document.getElementById("bench-form").offsetTop - 16)');
      }
      const picture = await page.screenshot();
      await sharp(picture)
        .png(PALETTE)
        .toFile(join(OUTPUT, `page-${name}-${colorScheme}.png`));
      await page.close();
    }
  }
} finally {
  await browser.close();
  await worker.close();
}
