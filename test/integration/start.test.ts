import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LoopbackServer } from '../support/loopback-server.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

let busy: LoopbackServer;

beforeEach(async () => {
  busy = await LoopbackServer.listen();
});

afterEach(async () => {
  await busy.close();
});

function start(...args: string[]): { readonly status: number | null; readonly remarks: string } {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/start.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, remarks: stderr };
}

describe('npm start', () => {
  it.each(['port', 'github-port', 'issuer-port'])('says in one sentence that --%s is in use', (option) => {
    const others = ['port', 'github-port', 'issuer-port'].filter((name) => name !== option);
    const free = others.flatMap((name, index) => [`--${name}`, String(freePort(index))]);
    expect(start(...free, `--${option}`, String(busy.port))).toEqual({
      status: 1,
      remarks: `Port ${busy.port} is in use. Take another one: npm start -- --${option} NUMBER\n`,
    });
  });

  it.each(['0', '65536', '0x10', 'http'])('says which option holds no port: %s', (text) => {
    const { status, remarks } = start('--port', text, '--issuer-port', String(busy.port));
    expect(status).toBe(1);
    expect(remarks).toContain('--port must be a number from 1 to 65535.\n');
    expect(remarks).not.toContain('    at ');
  });

  it('shows its options where there is no such option', () => {
    const { status, remarks } = start('--prot', '1');
    expect(status).toBe(1);
    expect(remarks).toMatch(/^Unknown option '--prot'.*\nnpm start -- \[--port 8787\]/);
  });
});

/** Below the range that the system gives out, and beside the busy one. */
function freePort(index: number): number {
  return 20_000 + ((busy.port + index) % 10_000);
}
