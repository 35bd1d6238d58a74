/**
 * `npm run build:page`: the page at `/`, as files that a runtime serves beside the service. Every file but the page has a
 * hash of its content in its name, so a browser keeps it for good. Nothing of it is committed.
 *
 *   assets/page.html         what `/` hands to a browser
 *   assets/main-….js         what the first view needs
 *   assets/workbench-….js    the domain, loaded after that
 *   _headers                 read by the runtime, never served
 *   _redirects, .assetsignore   empty. Under Jest, Miniflare takes a file of these that is missing for a failure
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { PAGE_ASSET, PAGE_HEADERS } from '../src/interfaces/http/page-headers.ts';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'dist-page');
const ASSETS = join(OUTPUT, 'assets');
const EMPTY_FILES = ['_redirects', '.assetsignore'];
const KEPT_FOR_GOOD = 'public, max-age=31536000, immutable';

mkdirSync(ASSETS, { recursive: true });
const before = globSync('**', { cwd: OUTPUT });
const metafile = await bundle();
const icon = hashed('icon.svg', readFileSync(join(ROOT, 'page/icon.svg')));
const licences = hashed('licences.txt', licenceTexts(metafile));
writeFileSync(join(OUTPUT, PAGE_ASSET), html());
removeOthers();
writeFileSync(join(OUTPUT, '_headers'), headers());
for (const file of EMPTY_FILES) writeFileSync(join(OUTPUT, file), '');
report();

/** The same builds of the packages as the command line's. */
async function bundle(): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['page/main.ts', 'page/page.css'],
    outdir: ASSETS,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2023', 'chrome120', 'firefox121', 'safari17'],
    platform: 'browser',
    alias: { 'class-validator': './node_modules/class-validator/esm2015/index.js' },
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return metafile;
}

function hashed(name: string, content: string | Buffer): string {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const file = name.replace('.', `-${hash}.`);
  writeFileSync(join(ASSETS, file), content);
  return file;
}

/** Their licences ask that the packages' notices go where their code goes. */
function licenceTexts({ inputs }: Metafile): string {
  const names = Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const texts = [...new Set(names)].toSorted().map((name) => {
    const folder = join(ROOT, 'node_modules', name);
    const file = globSync('{LICENSE,LICENCE}*', { cwd: folder })[0];
    if (file === undefined) throw new Error(`${name} has no licence text`);
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  const own = `octo-sts-worker\n\n${readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim()}\n`;
  return [own, ...texts].join(`\n${'-'.repeat(72)}\n\n`);
}

/** What an earlier build left. Files that stay are never missing, so a service that runs beside the build goes on. */
function removeOthers(): void {
  const made = new Set([
    ...Object.keys(metafile.outputs).map((file) => basename(file)),
    ...[icon, licences, PAGE_ASSET, '_headers', ...EMPTY_FILES].map((file) => basename(file)),
  ]);
  for (const file of before) {
    const path = join(OUTPUT, file);
    if (existsSync(path) && statSync(path).isFile() && !made.has(basename(file))) rmSync(path);
  }
}

function html(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const values: Readonly<Record<string, string>> = {
    script: outputOf('page/main.ts'),
    style: outputOf('page/page.css'),
    icon,
    licences,
    version,
  };
  const template = readFileSync(join(ROOT, 'page/page.html'), 'utf8');
  return template.replaceAll(/%([a-z]+)%/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`page.html asks for ${name}`);
    return value;
  });
}

function outputOf(entryPoint: string): string {
  const [file] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entryPoint) ?? [];
  if (file === undefined) throw new Error(`the build made nothing of ${entryPoint}`);
  return basename(file);
}

/** Cloudflare Workers, "Static Assets", custom headers: a file of rules, where later ones add to earlier ones. */
function headers(): string {
  const rule = (path: string, lines: Readonly<Record<string, string>>): string =>
    [path, ...Object.entries(lines).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n');
  const forGood = globSync('*', { cwd: ASSETS })
    .toSorted()
    .filter((file) => `/assets/${file}` !== PAGE_ASSET)
    .map((file) => rule(`/assets/${file}`, { 'Cache-Control': KEPT_FOR_GOOD }));
  return [rule('/assets/*', PAGE_HEADERS), ...forGood].join('\n');
}

function report(): void {
  const sizes = globSync('*.{html,js,css,svg}', { cwd: ASSETS })
    .toSorted()
    .map((file) => ({ file, bytes: gzipSync(readFileSync(join(ASSETS, file)), { level: 9 }).length }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (!existsSync(join(OUTPUT, PAGE_ASSET))) throw new Error('there is no page');
  for (const { file, bytes } of sizes) console.log(`${kib(bytes)}  ${file}`);
  console.log(`${kib(total)}  in all, gzip`);
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
