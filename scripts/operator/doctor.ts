import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainText } from './plain-text.ts';

/** Exit codes of `npm run doctor`. */
const WELL = 0;
const ILL = 1;

/** Runs `npm run doctor -- URL` and shows what it says. */
export function npmDoctor(
  root: string,
  say: (text: string) => void,
): (url: string) => Promise<'well' | 'ill' | 'unknown'> {
  return (url) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    if (scripts.doctor === undefined) {
      say(`   This version has no doctor. Look at ${url}/healthz.`);
      return Promise.resolve('unknown');
    }
    return new Promise((resolve) => {
      const child = spawn('npm', ['run', '--silent', 'doctor', '--', url], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        shell: process.platform === 'win32',
      });
      const show = (text: string): void => say(plainText(text).trimEnd().replace(/^/gm, '   '));
      child.stdout.setEncoding('utf8').on('data', show);
      child.stderr.setEncoding('utf8').on('data', show);
      child.on('error', () => resolve('unknown'));
      child.on('close', (exitCode) => resolve(exitCode === WELL ? 'well' : exitCode === ILL ? 'ill' : 'unknown'));
    });
  };
}
