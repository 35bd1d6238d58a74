import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import type { Answer, Ask } from '../support/local-stack.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const FOLDER = join(ROOT, 'dist-page');
const ASSETS = join(FOLDER, 'assets');
/** All of the page that a browser loads, compressed. */
const MAX_GZIP_BYTES = 150 * 1024;
/** What stands between a person and the first view. */
const MAX_FIRST_VIEW_BYTES = 20 * 1024;
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start({ worker: { assetsPath: FOLDER } });
});

afterAll(async () => {
  await stack.close();
});

function browse(ask: Ask = {}): Promise<Answer> {
  return stack.send({ path: '/', ...ask, headers: { ...BROWSER, ...ask.headers } });
}

function assetsOf(html: string): readonly string[] {
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
}

describe('the page at /', () => {
  it('is for browsers, and programs get the JSON', async () => {
    const page = await browse();
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toMatch(/^<!doctype html>/);
    expect(page.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const program = await stack.send({ path: '/' });
    expect(program.json).toMatchObject({ name: 'octo-sts-worker', documentation: `https://${STS_DOMAIN}/` });
  });

  it('holds no inline script, style or handler, and names no other host', async () => {
    const { text } = await browse();
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=|javascript:/i);
    expect(text.match(/https?:\/\/[^"<\s]+/g)).toEqual(['https://api.github.com']);
  });

  it('leads to files that are there, each of which is kept for good and as strictly bound', async () => {
    const paths = assetsOf((await browse()).text);
    expect(paths.length).toBeGreaterThanOrEqual(4);
    for (const path of paths) {
      const answer = await stack.send({ path });
      expect([path, answer.status]).toEqual([path, 200]);
      expect(path).toMatch(/-[0-9A-Za-z]{8}\.[a-z]+$/);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('costs the Worker nothing but its HTML', async () => {
    const paths = assetsOf((await browse()).text);
    await stack.worker.settled();
    const before = stack.worker.log.length;
    for (const path of paths) await stack.send({ path });
    await stack.worker.settled();
    expect(stack.worker.log.slice(before)).toEqual([]);
  });

  it('is not sent again to a browser that has it', async () => {
    const tag = (await browse()).headers.get('etag') ?? '';
    expect(tag).not.toBe('');
    const again = await browse({ headers: { 'if-none-match': tag } });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('has the same headers for HEAD, and takes no other method', async () => {
    const head = await browse({ method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), head.text]).toEqual([200, 'text/html; charset=utf-8', '']);
    const post = await browse({ method: 'POST' });
    expect([post.status, post.json.error, post.headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET, HEAD']);
  });

  it.each([
    '/index.html',
    '/page.html',
    '/_headers',
    '/assets',
    '/assets/',
    '/assets/none.js',
    '/assets/../package.json',
  ])('adds no path but those of its files: %s', async (path) => {
    const answer = await browse({ path });
    expect([answer.status, answer.json.error]).toEqual([404, 'not_found']);
  });
});

describe('the page under another host', () => {
  beforeAll(async () => {
    const address = `https://v1-${STS_DOMAIN}.preview.example.net`;
    const local = { ALLOW_LOOPBACK_HTTP: undefined, GITHUB_BASE_URL: undefined };
    await stack.restart({ bindings: () => local, worker: { assetsPath: FOLDER, address } });
  });

  it('is refused, for that runs old code', async () => {
    const answer = await browse();
    expect([answer.status, answer.json.error]).toEqual([421, 'misdirected']);
  });
});

describe('with documentation that the operator publishes', () => {
  beforeAll(async () => {
    const bindings = (): Record<string, string> => ({ DOCUMENTATION_URL: 'https://docs.example.com/sts' });
    await stack.restart({ bindings, worker: { assetsPath: FOLDER } });
  });

  it('the page links it', async () => {
    expect((await browse()).text).toContain('<a id="documentation" href="https://docs.example.com/sts">');
  });
});

describe('without the files', () => {
  beforeAll(() => stack.restart({}));

  it('a browser gets what programs get', async () => {
    const answer = await browse();
    expect([answer.status, answer.json.name]).toEqual([200, 'octo-sts-worker']);
  });
});

describe('the files of the page', () => {
  const sizes = (pattern: RegExp): number =>
    readdirSync(ASSETS)
      .filter((name) => pattern.test(name))
      .reduce((sum, name) => sum + gzipSync(readFileSync(join(ASSETS, name)), { level: 9 }).length, 0);

  it('take at most 150 KiB in all, compressed', () => {
    const bytes = sizes(/\.(html|js|css|svg)$/);
    expect(bytes).toBeGreaterThan(MAX_FIRST_VIEW_BYTES);
    expect(bytes).toBeLessThanOrEqual(MAX_GZIP_BYTES);
  });

  it('take at most 20 KiB before the first view: the domain comes after it', () => {
    expect(sizes(/^(page.html|(main|chunk|page)-.*)$/)).toBeLessThanOrEqual(MAX_FIRST_VIEW_BYTES);
  });

  it('hold the licences of the packages that are in them', () => {
    const licences = readdirSync(ASSETS).find((name) => name.startsWith('licences-')) ?? '';
    const text = readFileSync(join(ASSETS, licences), 'utf8');
    for (const name of ['class-validator', 're2js', 'yaml']) expect(text).toContain(`\n${name}\n\n`);
  });
});
