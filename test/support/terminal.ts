import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url).pathname;
/** Of util-linux, and of the BSDs and macOS with options of its own: runs a command in a pseudo-terminal. */
const SCRIPT = '/usr/bin/script';
/** What `readline` writes after a question: where the cursor goes. */
// eslint-disable-next-line no-control-regex -- a terminal's own characters
const CURSOR = /\u001b\[\d*[A-Z]/g;

export const hasTerminal = existsSync(SCRIPT);

/** What ends the input of a terminal (Ctrl-D). */
export const END_OF_INPUT = '\u0004';

export interface TerminalResult {
  readonly exitCode: number | null;
  /** What stood on the screen: both outputs, with what was typed. */
  readonly screen: string;
}

/** Runs the built command line in a terminal, and types the next answer whenever it asks something. */
export function runInTerminal(
  args: readonly string[],
  answers: readonly string[],
  cwd: string,
): Promise<TerminalResult> {
  const command = [process.execPath, `${ROOT}dist-cli/octo-sts-worker.js`, ...args];
  const quoted = command.map((one) => `'${one.replaceAll("'", "'\\''")}'`).join(' ');
  const options = process.platform === 'linux' ? ['-qefc', quoted, '/dev/null'] : ['-qe', '/dev/null', ...command];
  return new Promise((resolve, reject) => {
    const child = spawn(SCRIPT, options, { cwd, env: { PATH: process.env.PATH, TERM: 'xterm' } });
    const typed = [...answers];
    let screen = '';
    let asked = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      screen = `${screen}${chunk.toString()}`.replaceAll(CURSOR, '');
      // Echoes of what was typed end with a line break, questions with a colon.
      if (screen.length === asked || !screen.endsWith(': ')) return;
      asked = screen.length;
      const answer = typed.shift() ?? END_OF_INPUT;
      child.stdin.write(answer === END_OF_INPUT ? answer : `${answer}\r`);
    });
    child.on('error', reject);
    child.stdin.on('error', () => undefined);
    child.on('close', (exitCode) => resolve({ exitCode, screen: screen.replaceAll('\r', '') }));
  });
}
