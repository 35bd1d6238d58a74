import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../support/compile-cache.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
export const NODE = join(ROOT, 'node_modules/.bin/node');

export interface Finding {
  readonly what: string;
  readonly verdict: 'well' | 'ill' | 'note' | 'unseen';
  readonly sentence: string;
  readonly remedy?: string;
  readonly link?: string;
}

export interface Diagnosis {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly findings: readonly Finding[];
}

let folder: string | undefined;

/** A file of the test's own, outside the checkout. */
export function scratchFile(name: string, text: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'doctor-'));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** As `npm run doctor` runs it. */
export function doctor(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  return new Promise((resolve) => {
    const options = {
      cwd: ROOT,
      env: { ...process.env, ...COMPILE_CACHE, NODE_OPTIONS: '', ...environment },
      timeout: 60_000,
    };
    execFile(NODE, ['scripts/doctor.ts', ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, stdout, stderr, findings: findingsIn(stdout) });
    });
  });
}

function findingsIn(stdout: string): readonly Finding[] {
  if (!stdout.startsWith('{')) return [];
  return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
}

/** What must be mended. */
export function ills({ findings }: Diagnosis): string[] {
  return findings.filter(({ verdict }) => verdict === 'ill').map(({ what }) => what);
}

/** A report as if it were about the service at this address: a test's Worker has another one than its own name. */
export function reportAbout(address: string, stored: string): string {
  return stored.replace(/"host":"[^"]*"/, `"host":"${new URL(address).host}"`);
}
