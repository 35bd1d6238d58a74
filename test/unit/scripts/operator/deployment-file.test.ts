import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  deploymentNameFault,
  readDeployment,
  variablesOf,
  withEntry,
  workerName,
  wranglerConfig,
  type Deployment,
} from '../../../../scripts/operator/deployment-file.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SHARED = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');

function read(own: string, shared = SHARED): Deployment {
  const result = readDeployment('production', shared, own);
  if (result.kind === 'faulty') throw new Error(result.faults.join('\n'));
  return result.deployment;
}

function faults(own: string): readonly string[] {
  const result = readDeployment('production', SHARED, own);
  return result.kind === 'faulty' ? result.faults : [];
}

describe('a deployment', () => {
  it('is laid over the shared file: tables name by name, anything else replaced', () => {
    const shared = 'name = "a"\n[observability]\nenabled = true\n[[kv_namespaces]]\nbinding = "X"\n[vars]\nONE = "1"\n';
    const { config } = read(
      'name = "b"\n[observability]\nhead_sampling_rate = 1\n[[kv_namespaces]]\nbinding = "Y"\n[vars]\nTWO = "2"\n',
      shared,
    );
    expect(config).toEqual({
      name: 'b',
      observability: { enabled: true, head_sampling_rate: 1 },
      kv_namespaces: [{ binding: 'Y' }],
      vars: { ONE: '1', TWO: '2' },
      keep_vars: false,
    });
  });

  it('keeps what the shared file bundles and binds', () => {
    const deployment = read('name = "sts"\n[vars]\nSTS_DOMAIN = "sts.acme.dev"\n');
    expect(workerName(deployment)).toBe('sts');
    expect(variablesOf(deployment)).toEqual({ STS_DOMAIN: 'sts.acme.dev' });
    expect(JSON.parse(wranglerConfig(deployment))).toMatchObject({
      main: 'src/interfaces/worker.ts',
      kv_namespaces: [{ binding: 'OCTO_STS_KV' }],
      preview_urls: false,
      keep_vars: false,
    });
  });

  it('hides what setup noted from wrangler', () => {
    const deployment = read('[setup]\napp_page = "https://github.com/apps/x"\n');
    expect(deployment.notes).toEqual({ app_page: 'https://github.com/apps/x' });
    expect(deployment.config).not.toHaveProperty('setup');
  });

  it.each(['main = "other.ts"', '[alias]\nyaml = "./mine.js"', '[env.staging]\nname = "x"', '[build]\ncommand = "x"'])(
    'can’t change what is bundled: %s',
    (own) => {
      expect(faults(own)).toEqual([
        expect.stringMatching(/^deployments\/production\.toml: "\w+" belongs to wrangler\.toml/),
      ]);
    },
  );

  it('tells the line of a slip', () => {
    expect(faults('name = "a"\nvars = \n')).toEqual([
      expect.stringMatching(/^deployments\/production\.toml, line 2: /),
    ]);
  });

  it.each(['__proto__', 'constructor'])('takes %s as a name like any other', (name) => {
    const { config } = read(`[vars]\n${name} = "x"\n[${name}]\npolluted = true\n`);
    expect(Object.hasOwn(config, name)).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each(['', '../x', 'a/b', 'A', 'a.b', 'example', '-a', 'a'.repeat(32), 'a\n'])('has no such name: %j', (name) => {
    expect(deploymentNameFault(name)).toEqual(expect.any(String));
  });
});

describe('an entry that is set', () => {
  it.each([
    ['an empty file', '', { key: 'name', value: 'x' }, 'name = "x"\n'],
    [
      'the top',
      '# mine\nname = "a" # old\n\n[vars]\nA = "1"\n',
      { key: 'name', value: 'b' },
      '# mine\nname = "b"\n\n[vars]\nA = "1"\n',
    ],
    [
      'the top, before tables',
      '[vars]\nA = "1"\n',
      { key: 'workers_dev', value: false },
      'workers_dev = false\n[vars]\nA = "1"\n',
    ],
    [
      'a table',
      '[vars]\nA = "1"\n# B = "9"\n\n[x]\nB = "3"\n',
      { table: 'vars', key: 'B', value: '2' },
      '[vars]\nA = "1"\n# B = "9"\nB = "2"\n\n[x]\nB = "3"\n',
    ],
    [
      'a new table',
      'name = "a"\n',
      { table: 'setup', key: 'p', value: 'q"\n' },
      'name = "a"\n\n[setup]\np = "q\\"\\n"\n',
    ],
  ] as const)('leaves everything else as it was: %s', (_, before, entry, after) => {
    expect(withEntry(before, entry)).toBe(after);
  });

  it.each(['vars = { A = "1" }\n', 'vars.A = "1"\n', '[vars]\nA = """\nB = 1\n"""\n'])(
    'is left to the operator where lines don’t show what is meant: %j',
    (text) => {
      expect(withEntry(text, { table: 'vars', key: 'B', value: '2' })).toBeUndefined();
    },
  );
});
