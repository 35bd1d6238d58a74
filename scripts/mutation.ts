/**
 * Changes the code in small ways, one at a time, and counts how many of the changes a test notices:
 * `npm run mutation -- [--concurrency N] [--again] [--survivors] [FILE OR FOLDER ...]`, without a path for domain and
 * application. A file is judged by the suites that mirror it, or, where it has none, by those of its folder. A file whose
 * text and suites are as they were keeps its result; `--survivors` only prints what is stored. Apart from CI: it takes hours.
 * `mutation/equivalents.json` lists the changes that nobody could notice, each with the reason.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import generateRsaKeys from '../test/support/generate-rsa-keys.mjs';
import removeRsaKeys from '../test/support/remove-rsa-keys.mjs';
import {
  isEquivalent,
  score,
  scoreText,
  stale,
  survivors,
  type Equivalent,
  type FileResult,
  type Survivor,
} from './mutation/result.ts';
import { TypeCheck } from './mutation/type-check.ts';

const STRYKER = 'mutation/node_modules/@stryker-mutator/core/bin/stryker.js';
const EQUIVALENTS = 'mutation/equivalents.json';
const REPORTS = 'reports/mutation';
const FOLDERS = ['src/domain', 'src/application'];
/** A table that a program makes, and interfaces with the names of their tokens. */
const LEFT_OUT = /\.generated\.ts$|\/ports\//;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
    survivors: { type: 'boolean', default: false },
  },
});

function sourceFiles(path: string): readonly string[] {
  const found = statSync(path).isDirectory() ? globSync(`${path}/**/*.ts`).sort() : [path];
  return found.filter((file) => !LEFT_OUT.test(file));
}

/** `x.test.ts` and `x.properties.test.ts`; else every suite of the folder. */
function suitesOf(file: string): readonly string[] {
  const mirrored = file.replace(/^src/, 'test/unit').replace(/\.ts$/, '');
  const own = globSync(`${mirrored}{,.*}.test.ts`);
  return (own.length === 0 ? globSync(`${dirname(mirrored)}/*.test.ts`) : own).sort();
}

function digest(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function reportPath(file: string): string {
  return `${REPORTS}/${file.replaceAll('/', '_')}.json`;
}

function storedResult(file: string): FileResult | undefined {
  const path = reportPath(file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as FileResult) : undefined;
}

/** @throws where Stryker fails, for example because a test fails without any change */
function mutate(file: string): FileResult {
  const suites = suitesOf(file);
  const before = storedResult(file);
  const now = digest([file, ...suites]);
  if (!values.again && before?.digest === now) return before;
  const report = `${REPORTS}/last.json`;
  writeFileSync(report, '{"files":{}}');
  const options = ['run', 'mutation/stryker.config.mjs', '--concurrency', values.concurrency, '--mutate', file];
  const { status } = spawnSync(process.execPath, [STRYKER, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MUTATION_SUITES: JSON.stringify(suites), MUTATION_REPORT: report },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status ?? 'a signal'} on ${file}`);
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly mutants: FileResult['mutants'] }>>;
  };
  const mutants = (files[file]?.mutants ?? []).map(({ mutatorName, replacement, status, location }) => ({
    mutatorName,
    replacement,
    status,
    location,
  }));
  const result: FileResult = { file, digest: now, mutants };
  writeFileSync(reportPath(file), JSON.stringify(result));
  return result;
}

mkdirSync(REPORTS, { recursive: true });
await generateRsaKeys();
process.on('exit', removeRsaKeys);
if (!values.survivors && !existsSync(STRYKER)) {
  const options = ['ci', '--prefix', 'mutation', '--no-audit', '--no-fund'];
  if (spawnSync('npm', options, { stdio: 'inherit' }).status !== 0) process.exit(1);
}
const equivalents = JSON.parse(readFileSync(EQUIVALENTS, 'utf8')) as readonly Equivalent[];
const types = new TypeCheck('tsconfig.json');
for (const folder of positionals.length === 0 ? FOLDERS : positionals) {
  const results: FileResult[] = [];
  const lived: Survivor[] = [];
  let left = 0;
  for (const file of sourceFiles(folder)) {
    const result = values.survivors ? storedResult(file) : mutate(file);
    if (result === undefined) continue;
    const found = survivors(result, readFileSync(file, 'utf8'));
    const counted = found.filter((one) => !isEquivalent(one, equivalents) && types.accepts(file, one));
    results.push(result);
    lived.push(...found);
    left += found.length - counted.length;
    console.log(`${file}: ${scoreText(score([result], found.length - counted.length))}`);
    for (const { lineNumber, original, replacement } of counted)
      console.log(`  ${file}:${lineNumber}\n  - ${original}\n  + ${replacement}`);
  }
  console.log(`${folder}: ${scoreText(score(results, left))}; ${left} do not compile or are listed as equivalent`);
  const judged = equivalents.filter(({ file }) => results.some((result) => result.file === file));
  for (const { file, line } of stale(judged, lived)) console.log(`no longer about a survivor: ${file}: ${line}`);
}
