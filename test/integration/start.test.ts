import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('npm start with claims to try', () => {
  const CLAIMS = { iss: 'https://gitlab.com', sub: 'project_path:acme/app:ref_type:branch:ref:main', exp: 1 };
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tried-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the line that it prints. */
  async function tried(...args: string[]): Promise<Readonly<Record<string, unknown>>> {
    const ports = ['port', 'github-port', 'issuer-port'].flatMap((name, at) => [`--${name}`, String(freePort(at))]);
    const child = spawn(process.execPath, ['scripts/start.ts', ...ports, ...args], { cwd: ROOT });
    try {
      let said = '';
      for await (const piece of child.stdout) {
        said += String(piece);
        const [, token = '', url] = /curl -s -H "Authorization: Bearer (\S+)" "(\S+identity=tried)"/.exec(said) ?? [];
        if (url === undefined) continue;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        return JSON.parse(await answer.text()) as Record<string, unknown>;
      }
      throw new Error(`there was no line to run: ${said}`);
    } finally {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }

  it('prints a line that exchanges them, though their issuer is far and their times are past', async () => {
    expect(await tried('--claims', JSON.stringify(CLAIMS))).toMatchObject({ permissions: { contents: 'read' } });
  });

  it('tries a policy, and the answer says why it refuses', async () => {
    const [claims, policy] = [join(folder, 'claims.json'), join(folder, 'mine.yaml')];
    writeFileSync(claims, JSON.stringify(CLAIMS));
    writeFileSync(policy, 'issuer: https://gitlab.com\nsubject: another\npermissions: { contents: read }\n');
    const { error, explanation } = await tried('--claims', claims, '--policy', policy);
    expect(error).toBe('permission_denied');
    expect(explanation).toMatchObject({
      fields: [
        { field: 'issuer', matched: true },
        { field: 'subject', expected: 'another', actual: CLAIMS.sub, matched: false },
        { field: 'audience', matched: true },
      ],
    });
  });

  it.each([
    [['--claims', '{'], '--claims must be a JSON object, or a file that holds one.'],
    [['--claims', '/nowhere/claims.json'], '--claims must be a JSON object, or a file that holds one.'],
    [['--claims', '{"iss": "https://gitlab.com"}'], '--claims must have a sub, which is a text.'],
    [['--claims', '{"sub": "x"}', '--policy', '/nowhere.yaml'], "--policy: /nowhere.yaml can't be read."],
    [['--policy', 'x'], '--policy needs --claims.'],
  ])('says what is wrong before it starts: %j', (args, sentence) => {
    const ports = ['port', 'github-port', 'issuer-port'].flatMap((name, at) => [`--${name}`, String(freePort(at))]);
    expect(start(...ports, ...args)).toEqual({ status: 1, remarks: `${sentence}\n` });
  });
});

/** Below the range that the system gives out, and beside the busy one. */
function freePort(index: number): number {
  return 20_000 + ((busy.port + index) % 10_000);
}
