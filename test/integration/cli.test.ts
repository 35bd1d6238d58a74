import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { buildCommandLine, runCommand } from '../support/command-line.ts';
import type { CommandResult } from '../support/command-line.ts';
import { LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { END_OF_INPUT, hasTerminal, runInTerminal } from '../support/terminal.ts';
import { corpusCases, fileText } from '../unit/infrastructure/yaml/corpus-cases.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const FOLDER = '.github/chainguard';
const ID = '0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d';
const ACTIONS = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'repo:acme/infra:ref:refs/heads/trunk';
const VALID = `issuer: ${ACTIONS}\nsubject_pattern: 'repo:acme@9919001/infra@7002:ref:refs/heads/trunk'\npermissions:\n  contents: read\n`;

let folder: string;

beforeAll(async () => {
  await buildCommandLine();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policies-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function run(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { cwd: folder });
}

describe('help', () => {
  it.each([[[]], [['help']], [['--help']], [['help', 'nonsense']]])(
    'of %j names every command and exit code',
    async (args) => {
      const { exitCode, output } = await run(...args);
      expect(exitCode).toBe(0);
      for (const word of ['lint', 'explain', 'exchange', 'inventory', 'Exit codes']) expect(output).toContain(word);
    },
  );

  it.each(['lint', 'explain', 'exchange', 'inventory'])(
    'of %s is the same asked either way, and shows an example',
    async (command) => {
      const [asked, flagged] = [await run('help', command), await run(command, '--help')];
      expect(asked).toEqual(flagged);
      expect(asked.output).toMatch(new RegExp(`^ +.*octo-sts-worker ${command} -?-?[a-z]`, 'm'));
      expect(asked.output).not.toContain('npx');
    },
  );

  it.each([
    [['nonsense'], 'There is no command "nonsense".'],
    [['lint'], 'lint needs a file or a folder'],
    [['lint', 'nowhere'], 'There is no file or folder nowhere.'],
    [['lint', '.'], 'There is no policy below .'],
    [['lint', '--fromat', 'json', '.'], "Unknown option '--fromat'"],
    [['lint', '--format', 'xml', '.'], '--format must be one of human, json, sarif, github.'],
    [['explain'], 'explain needs --policy FILE.'],
    [['explain', '--policy', 'x'], 'explain needs --audience'],
    [['exchange', '--scope', 'a/b'], 'exchange needs --domain, --scope and --identity.'],
    [['exchange', '--domain', 'http://a.example', '--scope', 'a', '--identity', 'b'], '--domain must be a host name'],
    [['exchange', '--domain', 'a.example', '--scope', 'a', '--identity', 'b'], 'There is no OIDC token'],
    [['exchange', 'extra', '--domain', 'a.example'], '"extra" belongs to no option.'],
  ])('is offered for the wrong command line %j, with exit code 2', async (args, sentence) => {
    const { exitCode, output, remarks } = await run(...args);
    expect([exitCode, output]).toEqual([2, '']);
    expect(remarks).toContain(sentence);
    const [, suggested = ''] = /^Try: octo-sts-worker (.+)$/m.exec(remarks) ?? [];
    const help = await run(...suggested.split(' '));
    expect([help.exitCode, suggested.endsWith('help') || help.output.includes(`octo-sts-worker ${args[0]} `)]).toEqual([
      0,
      true,
    ]);
    expect(suggested).not.toMatch(/nonsense/);
  });
});

describe('lint', () => {
  it('finds nothing wrong with a good policy', async () => {
    write(`${FOLDER}/plan.sts.yaml`, VALID);
    expect(await run('lint', '.')).toEqual({ exitCode: 0, output: '1 file: 0 errors, 0 warnings\n', remarks: '' });
  });

  it('names every fault with its place, and what to write instead', async () => {
    write(`${FOLDER}/plan.sts.yaml`, VALID.replace('contents: read', 'pull-requests: write\n  contents: sometimes'));
    const { exitCode, output } = await run('lint', `${FOLDER}/plan.sts.yaml`);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^\.github\/chainguard\/plan\.sts\.yaml:4:3 {2}error {2}.*pull_requests/m);
    expect(output).toMatch(/^\.github\/chainguard\/plan\.sts\.yaml:5:3 {2}error {2}/m);
    expect(output).toMatch(/1 file: 2 errors, 0 warnings\n$/);
  });

  it('passes doubts, unless told to be strict', async () => {
    write(`${FOLDER}/plan.sts.yaml`, VALID.replace(/subject_pattern: .*/, `subject: '${SUBJECT}.*'`));
    const [usual, strict] = [await run('lint', '.'), await run('lint', '--strict', '.')];
    expect(usual.output).toMatch(/ warning .*1 file: 0 errors, 1 warning\n$/s);
    expect([usual.exitCode, strict.exitCode]).toEqual([0, 1]);
  });

  it('gives advice as notices, in every format, which fail nothing even when strict', async () => {
    write(`${FOLDER}/plan.sts.yaml`, VALID.replace(/subject_pattern: .*/, `subject: ${SUBJECT}`));
    const formats = ['human', 'json', 'sarif', 'github'];
    const [human, json, sarif, github] = await Promise.all(
      formats.map((format) => run('lint', '--strict', '--format', format, '.')),
    );
    expect([human, json, sarif, github].map((one) => one?.exitCode)).toEqual([0, 0, 0, 0]);
    expect(human?.output).toMatch(/ notice .*\(subject-by-name\)\n\n1 file: 0 errors, 0 warnings, 1 notice\n$/s);
    expect(JSON.parse(json?.output ?? '')).toMatchObject({ errors: 0, warnings: 0, notices: 1 });
    const levels = (JSON.parse(sarif?.output ?? '') as SarifLog).runs.flatMap(({ results }) => results);
    expect(levels.map(({ level }) => level)).toEqual(['note']);
    expect(github?.output).toMatch(
      /^::notice file=\.github\/chainguard\/plan\.sts\.yaml,line=2,col=1,title=subject-by-name::/,
    );
  });

  describe('mends', () => {
    const NEAR = [
      '# who may deploy',
      'issuer:   https://token.actions.githubusercontent.com/  # GitHub',
      "subject: 'acme/app:ref:main'",
      '',
      '',
      '',
      'claim_pattern:',
      '  repo: "acme/app"',
      '  job_workflow_ref: acme/app/.github/workflows/x.yml@main # the workflow',
      '  environment: on',
      'permissions: { contents: read }',
      '',
    ].join('\r\n');
    const MENDED = [
      '# who may deploy',
      'issuer:   https://token.actions.githubusercontent.com  # GitHub',
      "subject: 'repo:acme/app:ref:refs/heads/main'",
      '',
      '',
      '',
      'claim_pattern:',
      '  repository: "acme/app"',
      "  job_workflow_ref: 'acme/app/\\.github/workflows/x\\.yml@refs/heads/main' # the workflow",
      "  environment: 'on'",
      'permissions: { contents: read }',
      '',
    ].join('\r\n');
    const file = (): string => readFileSync(join(folder, FOLDER, 'plan.sts.yaml'), 'utf8');

    it('what is surely meant, and keeps comments and layout', async () => {
      write(`${FOLDER}/plan.sts.yaml`, NEAR);
      const { exitCode, output, remarks } = await run('lint', '--strict', '--fix', '.');
      expect(file()).toBe(MENDED);
      expect([exitCode, output]).toEqual([0, '1 file: 0 errors, 0 warnings\n']);
      expect(remarks).toMatch(/plan\.sts\.yaml:2:1 {2}fixed {2}Write: issuer: .*\(issuer-near-miss\)/);
      const again = await run('lint', '--fix', '.');
      expect([file(), again.remarks]).toEqual([MENDED, '']);
    });

    it('nothing that would match more than was written, nor a file that can’t be read, nor what a link leads to', async () => {
      const glob = VALID.replace(/subject_pattern: .*/, "subject: 'repo:acme/*'");
      write(`${FOLDER}/plan.sts.yaml`, glob);
      write(`${FOLDER}/broken.sts.yaml`, 'issuer: [https://token.actions.githubusercontent.com/\n');
      write('target', NEAR);
      symlinkSync('../../target', join(folder, FOLDER, 'link.sts.yaml'));
      await run('lint', '--fix', '.');
      expect(file()).toBe(glob);
      expect(readFileSync(join(folder, 'target'), 'utf8')).toBe(NEAR);
    });

    describe('with ids that GitHub tells', () => {
      const asked: string[] = [];
      let server: Server;
      beforeAll(async () => {
        server = createServer((request, response) => {
          asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`);
          const isKnown = request.url === '/repos/acme/app';
          response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
          response.end(JSON.stringify(isKnown ? { id: 456, full_name: 'Acme/app', owner: { id: 123 } } : {}));
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
      });
      afterAll(() => void server.close());

      const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const immutable = () => {
        const args = ['lint', '--loopback', '--github', address(), '--fix', 'immutable', '.'];
        return runCommand(args, { cwd: folder, environment: { GITHUB_TOKEN: 'ghs_of-the-job' } });
      };
      const policyOf = (subject: string): string =>
        `issuer: ${address()}/_services/token\nsubject: ${subject} # main\npermissions: { contents: read }\n`;

      it('writes them into an exact subject', async () => {
        write(`${FOLDER}/plan.sts.yaml`, policyOf('repo:acme/app:ref:refs/heads/main'));
        expect((await immutable()).exitCode).toBe(0);
        expect(file()).toBe(policyOf('repo:acme@123/app@456:ref:refs/heads/main'));
        expect(asked).toEqual(['/repos/acme/app Bearer ghs_of-the-job']);
      });

      it('leaves the file where GitHub does not tell them', async () => {
        write(`${FOLDER}/plan.sts.yaml`, policyOf('repo:acme/gone:ref:refs/heads/main'));
        const { exitCode, remarks } = await immutable();
        expect([exitCode, remarks]).toEqual([2, expect.stringContaining('acme/gone')]);
        expect(remarks).not.toContain('ghs_');
        expect(file()).toBe(policyOf('repo:acme/gone:ref:refs/heads/main'));
      });
    });
  });

  it('searches folders, and passes over what is none of its business', async () => {
    write(`a/${FOLDER}/one.sts.yaml`, VALID);
    write(`b/${FOLDER}/two.sts.yml`, VALID);
    write(`b/${FOLDER}/trusted-token-issuers.yaml`, 'issuers: [https://a.example.com]\n');
    write(`node_modules/x/${FOLDER}/three.sts.yaml`, 'broken');
    write('values.yaml', 'broken: [');
    const { output } = await run('lint', '--format', 'json', '.');
    const { files } = JSON.parse(output) as { files: { path: string; findings: { rule: string }[] }[] };
    expect(files.map(({ path }) => path)).toEqual([
      `a/${FOLDER}/one.sts.yaml`,
      `b/${FOLDER}/trusted-token-issuers.yaml`,
      `b/${FOLDER}/two.sts.yml`,
    ]);
    expect(files[2]?.findings.map(({ rule }) => rule)).toEqual(['file-suffix']);
  });

  it('judges an allowlist', async () => {
    write(`${FOLDER}/trusted-token-issuers.yaml`, 'issuers: [http://a.example.com]\nmode: maybe\n');
    const { exitCode, output } = await run('lint', '.');
    expect(exitCode).toBe(1);
    expect(output).toMatch(/allowlist-mode/);
  });

  it('refuses symbolic links, binary files and files of 65 KiB', async () => {
    write(`${FOLDER}/target`, VALID);
    symlinkSync('target', join(folder, FOLDER, 'link.sts.yaml'));
    writeFileSync(join(folder, FOLDER, 'binary.sts.yaml'), Uint8Array.of(0xff, 0xfe, 0x00));
    write(`${FOLDER}/big.sts.yaml`, `${VALID}#${'x'.repeat(65 * 1024)}\n`);
    const { exitCode, output } = await run('lint', '.');
    expect(exitCode).toBe(1);
    for (const rule of ['symbolic-link', 'not-text', 'file-too-large']) expect(output).toContain(rule);
  });

  describe.each([
    ['the option', (): string[] => ['--repository', 'acme/.github'], {}],
    ['the remote of the clone', (): string[] => [], {}],
    ['the job', (): string[] => [], { GITHUB_REPOSITORY: 'acme/.github' }],
  ])('where %s says that it is the policy repository', (name, options, environment) => {
    it('lets a policy name repositories', async () => {
      write(`${FOLDER}/release.sts.yaml`, `${VALID}repositories: [infra]\n`);
      const before = await run('lint', '.');
      if (name === 'the remote of the clone') {
        write('.git/config', '[remote "origin"]\n\turl = git@github.com:acme/.github.git\n');
      }
      const after = await runCommand(['lint', ...options(), '.'], { cwd: folder, environment });
      expect([before.exitCode, after.exitCode]).toEqual([1, 0]);
      expect(before.output).toContain('organization-only');
    });
  });

  it('writes annotations that no text of a policy can break', async () => {
    write(`${FOLDER}/plan.sts.yaml`, `${VALID}"x%0A::error::y": 1\n`);
    const { exitCode, output } = await run('lint', '--format', 'github', '.');
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^::error file=\.github\/chainguard\/plan\.sts\.yaml,line=5,col=1,title=[a-z-]+::.*%250A/);
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });

  describe('writes SARIF', () => {
    async function sarifOf(cwd: string, ...paths: string[]): Promise<SarifLog> {
      const { output } = await runCommand(['lint', '--format', 'sarif', ...paths], { cwd });
      return JSON.parse(output) as SarifLog;
    }

    it('with rule, level, place and sentence', async () => {
      write(`${FOLDER}/a b#c.sts.yaml`, VALID.replace('contents', 'content'));
      const [first] = (await sarifOf(folder, '.')).runs;
      const result = first?.results.find(({ level }) => level === 'error');
      expect(result).toMatchObject({ message: { text: expect.stringMatching(/content/) } });
      expect(result?.locations[0]?.physicalLocation).toEqual({
        artifactLocation: { uri: `${FOLDER}/a%20b%23c.sts.yaml` },
        region: { startLine: 4, startColumn: 3 },
      });
      expect(first?.tool.driver.rules[Number(result?.ruleIndex)]?.id).toBe(result?.ruleId);
    });

    it('that is valid by the published schema, for every rule of the corpus', async () => {
      for (const [index, one] of corpusCases().entries()) {
        const name = one.kind === 'allowlist' ? 'trusted-token-issuers.yaml' : 'case.sts.yaml';
        write(`${index}/${FOLDER}/${name}`, fileText(one));
      }
      const log = await sarifOf(folder, '.');
      expect(schemaFaults(log)).toEqual([]);
      expect(log.runs[0]?.tool.driver.rules.length).toBeGreaterThan(40);
    });

    // GitHub, "SARIF support for code scanning": the properties that it requires, and their lengths.
    it('with all that GitHub requires of a rule', async () => {
      write(`${FOLDER}/plan.sts.yaml`, VALID.replace('contents', 'content').replace('subject_pattern', 'subject'));
      const { $schema, version, runs } = await sarifOf(folder, '.');
      expect([$schema, version, runs.length]).toEqual([expect.stringContaining('sarif-2.1.0'), '2.1.0', 1]);
      const driver = runs[0]?.tool.driver;
      expect(driver?.informationUri).toMatch(/^https:\/\//);
      expect(driver?.rules.length).toBeGreaterThan(0);
      for (const { id, name, shortDescription, fullDescription, help, defaultConfiguration } of driver?.rules ?? []) {
        expect(name).not.toBe(id);
        for (const text of [shortDescription.text, fullDescription.text]) {
          expect(text.length).toBeGreaterThan(10);
          expect(text.length).toBeLessThan(1024);
          expect(text).not.toMatch(/[`*]{2}|\]\(/);
        }
        expect(help.markdown.length).toBeGreaterThanOrEqual(fullDescription.text.length);
        expect(['error', 'warning', 'note']).toContain(defaultConfiguration.level);
      }
    });

    it.each([
      [
        'a clone',
        (): void => {
          mkdirSync(join(folder, 'clone/.git'));
        },
      ],
      ['a worktree', (): void => writeFileSync(join(folder, 'clone/.git'), 'gitdir: elsewhere\n')],
    ])('with paths from the root of %s, wherever it runs', async (_, mark) => {
      write(`clone/${FOLDER}/plan.sts.yaml`, VALID.replace('contents', 'content'));
      mark();
      const uri = `${FOLDER}/plan.sts.yaml`;
      for (const [cwd, path] of [
        ['clone', '.'],
        [`clone/.github`, 'chainguard/plan.sts.yaml'],
        [`clone/${FOLDER}`, '.'],
        ['.', 'clone'],
      ] as const) {
        const { runs } = await sarifOf(resolve(folder, cwd), path);
        const uris = runs[0]?.results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri);
        expect(new Set(uris)).toEqual(new Set([uri]));
        const { output } = await runCommand(['lint', '--format', 'github', path], { cwd: resolve(folder, cwd) });
        expect(output).toContain(`file=${uri},`);
      }
    });
  });
});

interface SarifText {
  readonly text: string;
}

interface SarifRule {
  readonly id: string;
  readonly name?: string;
  readonly shortDescription: SarifText;
  readonly fullDescription: SarifText;
  readonly help: SarifText & { readonly markdown: string };
  readonly defaultConfiguration: { readonly level: string };
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[];
}

interface SarifLog {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly informationUri: string; readonly rules: readonly SarifRule[] } };
    readonly results: readonly SarifResult[];
  }[];
}

// The package is CommonJS; how its default export looks depends on who loads it.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as (ajv: Ajv) => Ajv;

/** Judged by the schema that OASIS publishes (draft 4 of JSON Schema), as Microsoft's package for Jest carries it. */
function schemaFaults(log: SarifLog): readonly unknown[] {
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema, id, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  expect([$schema, id]).toEqual(['http://json-schema.org/draft-04/schema#', expect.stringContaining('sarif-2.1.0')]);
  // Of what changed after draft 4, the schema has only the two names that are taken off here.
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  validate(log);
  return validate.errors ?? [];
}

describe('new', () => {
  const written = (identity: string): string => readFileSync(join(folder, FOLDER, `${identity}.sts.yaml`), 'utf8');

  it('writes a policy in which the linter finds nothing, for a workflow at its branch', async () => {
    const flags = ['--from', 'acme/app', '--at', 'branch:main', '--workflow', 'release.yml'];
    const args = [
      'new',
      'release',
      '--provider',
      'github-actions',
      ...flags,
      '--permissions',
      'contents:write,issues:read',
    ];
    expect(await run(...args)).toEqual({ exitCode: 0, output: `${FOLDER}/release.sts.yaml\n`, remarks: '' });
    expect(written('release')).toBe(
      `issuer: ${ACTIONS}\nsubject: repo:acme/app:ref:refs/heads/main\nclaim_pattern:\n  job_workflow_ref: 'acme/app/\\.github/workflows/release\\.yml@refs/heads/main'\npermissions:\n  contents: write\n  issues: read\n`,
    );
    expect((await run('lint', '--strict', '.')).output).toBe('1 file: 0 errors, 0 warnings\n');
  });

  it.each([
    [
      'gitlab',
      ['--issuer', 'https://gitlab.com', '--from', 'acme/app', '--at', 'tag:v1'],
      'project_path:acme/app:ref_type:tag:ref:v1',
    ],
    ['google', ['--subject', '117012345678901234567'], "'117012345678901234567'"],
    [
      'kubernetes',
      ['--issuer', 'https://oidc.acme.dev', '--subject', 'system:serviceaccount:prod:app'],
      'system:serviceaccount:prod:app',
    ],
    ['other', ['--issuer', 'https://idp.acme.dev', '--subject', "it's: me"], "'it''s: me'"],
    [
      'aws',
      ['--issuer', `https://${ID}.tokens.sts.global.api.aws`, '--subject', 'arn:aws:iam::123456789012:role/x'],
      'arn:aws:iam::123456789012:role/x',
    ],
    [
      'terraform',
      ['--from', 'acme/Default Project/prod', '--at', 'apply'],
      "'organization:acme:project:Default Project:workspace:prod:run_phase:apply'",
    ],
    [
      'entra',
      ['--issuer', `https://login.microsoftonline.com/${ID}/v2.0`, '--subject', ID, '--audience', 'api://sts'],
      `'${ID}'\naudience: api://sts`,
    ],
  ])('writes one for %s', async (provider, flags, subject) => {
    expect((await run('new', 'x', '--provider', provider, ...flags, '--permissions', 'contents:read')).exitCode).toBe(
      0,
    );
    expect(written('x')).toContain(`\nsubject: ${subject}\n`);
    expect((await run('lint', '--strict', '.')).output).toBe('1 file: 0 errors, 0 warnings\n');
  });

  it.each([
    [
      'buildkite',
      ['--from', 'acme/app', '--at', 'tag:v1'],
      "subject_pattern: 'organization:acme:pipeline:app:ref:refs/tags/v1:commit:[0-9a-f]+:step:[^:]*'",
    ],
    ['circleci', ['--from', `${ID}/${ID}`], `subject_pattern: 'org/${ID}/project/${ID}/user/[0-9a-f-]+'`],
  ])('writes a pattern for %s, whose subjects differ from run to run', async (provider, flags, line) => {
    const args = ['new', 'x', '--provider', provider, ...flags, '--permissions', 'read-code'];
    expect((await run(...args)).exitCode).toBe(0);
    expect(written('x')).toContain(`\n${line}\n`);
    expect((await run('lint', '--strict', '.')).output).toBe('1 file: 0 errors, 0 warnings\n');
  });

  it('takes a purpose for permissions, and the issuer of the configured server', async () => {
    const args = ['--provider', 'github-actions', '--from', 'acme/app', '--at', 'main', '--workflow', ''];
    const server = ['--github', 'https://ghe.acme.dev/api/v3'];
    expect((await run('new', 'x', ...args, ...server, '--permissions', 'open-pull-requests')).exitCode).toBe(0);
    expect(written('x')).toBe(
      'issuer: https://ghe.acme.dev/_services/token\nsubject: repo:acme/app:ref:refs/heads/main\npermissions:\n  contents: write\n  pull_requests: write\n',
    );
  });

  it.each([
    [['--provider', 'google', '--subject', '1', '--from', 'acme/app'], '--from is not for google.'],
    [['--provider', 'github-actions', '--from', 'acme'], '--from does not fit.'],
    [['--provider', 'google', '--subject', '1', '--permissions', 'everything'], '--permissions does not fit.'],
  ])('refuses %j', async (flags, sentence) => {
    const { exitCode, remarks } = await run('new', 'x', ...flags);
    expect([exitCode, remarks]).toEqual([2, expect.stringContaining(sentence)]);
  });

  (hasTerminal ? it : it.skip)(
    'asks in a terminal for what no flag says, again where an answer does not fit',
    async () => {
      const typed = ['gitlab', 'gitlab.com', 'https://gitlab.com', 'acme/app', 'tag:v1'];
      const { exitCode, screen } = await runInTerminal(['new', 'x', '--permissions', 'read-code'], typed, folder);
      expect([exitCode, screen]).toEqual([
        0,
        expect.stringContaining('That does not fit. The address of the GitLab server'),
      ]);
      expect(screen.trimEnd().split('\n').at(-1)).toBe(`${FOLDER}/x.sts.yaml`);
      expect(written('x')).toBe(
        'issuer: https://gitlab.com\nsubject: project_path:acme/app:ref_type:tag:ref:v1\npermissions:\n  contents: read\n',
      );
    },
  );

  (hasTerminal ? it : it.skip)('asks three times at most, and writes nothing where nobody answers', async () => {
    const wrong = await runInTerminal(['new', 'x'], ['a', 'b', 'c', 'd'], folder);
    expect([wrong.exitCode, wrong.screen.match(/One of/g)?.length]).toEqual([2, 4]);
    const ended = await runInTerminal(['new', 'x'], ['google', END_OF_INPUT], folder);
    expect([ended.exitCode, ended.screen]).toEqual([2, expect.stringContaining('There was no answer.')]);
    expect(existsSync(join(folder, FOLDER))).toBe(false);
  });

  it('writes nothing that the linter warns of, and says why', async () => {
    const flags = [
      '--provider',
      'google',
      '--subject',
      'a@b.iam.gserviceaccount.com',
      '--permissions',
      'contents:read',
    ];
    const { exitCode, remarks } = await run('new', 'x', ...flags);
    expect([exitCode, existsSync(join(folder, FOLDER))]).toEqual([1, false]);
    expect(remarks).toMatch(/uniqueId.*Nothing was written\.\n$/s);
  });

  it('writes over no file, to no other place, and asks for what no flag says', async () => {
    write(`${FOLDER}/x.sts.yaml`, VALID);
    const google = ['--provider', 'google', '--subject', '1', '--permissions', 'contents:read'];
    expect((await run('new', 'x', ...google)).exitCode).toBe(2);
    expect(written('x')).toBe(VALID);
    expect((await run('new', '../../x', ...google)).exitCode).toBe(2);
    const { exitCode, remarks } = await run('new', 'y', '--provider', 'google');
    expect([exitCode, remarks]).toEqual([2, expect.stringContaining('--subject')]);
    expect((await run('new', 'y', '--provider', 'nobody')).remarks).toContain('github-actions');
  });

  it('keeps a line break out of the file', async () => {
    const flags = ['--provider', 'other', '--issuer', 'https://idp.acme.dev', '--subject', 'a\npermissions: {}'];
    expect((await run('new', 'x', ...flags, '--permissions', 'contents:read')).exitCode).not.toBe(0);
    expect(existsSync(join(folder, FOLDER))).toBe(false);
  });
});

describe('explain', () => {
  const claims = { iss: ACTIONS, sub: SUBJECT, aud: STS_DOMAIN };

  function explain(text: string, told: object, ...more: string[]): Promise<CommandResult> {
    write(`${FOLDER}/plan.sts.yaml`, text);
    write('claims.json', JSON.stringify(told));
    return run(
      'explain',
      '--policy',
      `${FOLDER}/plan.sts.yaml`,
      '--claims',
      'claims.json',
      '--audience',
      STS_DOMAIN,
      ...more,
    );
  }

  const plain = VALID.replace(/subject_pattern: .*/, `subject: ${SUBJECT}`);

  it('says yes, and what would be granted', async () => {
    const { exitCode, output } = await explain(plain, claims);
    expect(exitCode).toBe(0);
    expect(output).toContain('The token matches. It would be granted contents: read.');
  });

  it('says no field by field, with the hint', async () => {
    const sub = 'repo:acme@9919001/infra@7002:ref:refs/heads/trunk';
    const { exitCode, output } = await explain(plain, { ...claims, sub });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/MISMATCH {2}subject\n/);
    expect(output).toContain(`hint: `);
    expect(output).toContain(`subject: ${sub}`);
    expect(output).toContain('The token does not match the trust policy: subject.');
  });

  it('reads a token from standard input, as the pipe of its help shows it', async () => {
    write(`${FOLDER}/plan.sts.yaml`, plain);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256' })}.${part({ ...claims, exp: 1 })}.c2lnbmF0dXJl`;
    const args = ['explain', '--policy', `${FOLDER}/plan.sts.yaml`, '--token', '-', '--audience', STS_DOMAIN];
    const { exitCode, remarks } = await runCommand(args, { cwd: folder, input: `${token}\n` });
    expect(exitCode).toBe(0);
    expect(remarks).toContain('This token has expired');
    expect(remarks).toContain('Not checked here: signature');
  });

  it.each([
    [['--permissions', 'contents:read'], 0, 'It would be granted contents: read.'],
    [['--permissions', 'contents:write'], 1, 'The trust policy does not grant these permissions.'],
    [['--permissions', 'issues:read'], 1, 'The trust policy does not grant these permissions.'],
    [['--repositories', 'infra', '--repository', 'acme/infra'], 0, 'It would be granted contents: read.'],
    [['--repositories', 'app', '--repository', 'acme/infra'], 1, 'The trust policy does not grant these repositories.'],
  ])('judges what a request asks for, as an exchange does: %j', async (asked, code, sentence) => {
    const { exitCode, output } = await explain(plain, claims, ...asked);
    expect([exitCode, output]).toEqual([code, expect.stringContaining(sentence)]);
  });

  it('judges it for organizations, where policies name repositories, or serve the caller’s own', async () => {
    const of = ['--repository', 'acme/.github'];
    const two = `${plain}repositories: [app, infra]\n`;
    const json = async (text: string, ...asked: string[]): Promise<unknown> => {
      const { exitCode, output } = await explain(
        text,
        { ...claims, repository: 'acme/infra' },
        ...of,
        ...asked,
        '--json',
      );
      return [exitCode, (JSON.parse(output) as { granted?: unknown }).granted];
    };
    expect(await json(two, '--repositories', 'App')).toEqual([
      0,
      { permissions: { contents: 'read' }, repositories: ['App'] },
    ]);
    expect(await json(two, '--repositories', 'web')).toEqual([1, null]);
    expect(await json(plain, '--repositories', 'web')).toEqual([0, expect.objectContaining({ repositories: ['web'] })]);
    const own = `${plain}caller_repository_only: true\n`;
    expect(await json(own, '--repositories', 'infra')).toEqual([0, expect.anything()]);
    expect(await json(own, '--repositories', 'app')).toEqual([1, null]);
    expect(await json(two)).toEqual([0, undefined]);
  });

  it.each([
    [['--permissions', ''], '--permissions must be name:level'],
    [['--repositories', 'acme/app'], "--repositories must be repositories' names"],
    [['--repositories', 'app'], '--repositories needs --repository OWNER/NAME'],
  ])('can’t read %j, and says so', async (asked, sentence) => {
    const { exitCode, remarks } = await explain(plain, claims, ...asked);
    expect([exitCode, remarks]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it('shows the faults of an invalid policy', async () => {
    const { exitCode, remarks } = await explain(plain.replace('contents', 'content'), claims);
    expect(exitCode).toBe(1);
    expect(remarks).toMatch(/The policy is invalid.*\n.*plan\.sts\.yaml:4:3/);
  });

  it.each([
    [['--token', 'claims.json'], 'either --token FILE'],
    [['--policy', 'nowhere'], "nowhere can't be read."],
  ])('refuses %j', async (more, sentence) => {
    const { exitCode, remarks } = await explain(plain, claims, ...more);
    expect([exitCode, remarks.includes(sentence)]).toEqual([2, true]);
  });
});

describe('exchange', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await LocalStack.start();
  });

  afterAll(async () => {
    await stack.close();
    expect(stack.emulator.violations).toEqual([]);
  });

  function exchange(token: string, ...more: string[]): Promise<CommandResult> {
    const order = ['--domain', stack.worker.url, '--scope', 'acme/app', '--identity', 'deploy', '--token-file', '-'];
    return runCommand(['exchange', ...order, ...more], { cwd: folder, input: token });
  }

  it('prints the token and nothing else', async () => {
    const { exitCode, output, remarks } = await exchange(stack.actionsToken());
    expect([exitCode, remarks]).toEqual([0, '']);
    expect(stack.emulator.tokens.findLive(output.trimEnd())?.permissions).toMatchObject({ deployments: 'write' });
  });

  it('narrows, and prints the whole answer as JSON', async () => {
    const { output } = await exchange(stack.actionsToken(), '--permissions', 'contents:read', '--json');
    expect(JSON.parse(output)).toMatchObject({ permissions: { contents: 'read', metadata: 'read' } });
  });

  it('explains a refusal in the words of explain', async () => {
    const token = stack.actionsToken({ immutableSubject: true });
    const { exitCode, output, remarks } = await exchange(token);
    expect([exitCode, output]).toEqual([1, '']);
    write(
      'deploy.sts.yaml',
      `issuer: ${stack.emulator.actionsIssuer.issuer}\nsubject: ${SUBJECT}\npermissions: { contents: read }\n`,
    );
    const args = ['explain', '--policy', 'deploy.sts.yaml', '--token', '-', '--audience', STS_DOMAIN];
    const local = ['--github', stack.emulator.url, '--loopback'];
    const offline = await runCommand([...args, ...local], { cwd: folder, input: token });
    const words = (text: string): string[] => text.split('\n').filter((line) => /^(ok|MISMATCH| {10})/.test(line));
    expect(words(remarks)).toEqual(words(offline.output));
    expect(words(remarks).join('\n')).toContain('hint: ');
  });

  it('gets the token of a job itself, and masks the result', async () => {
    const { ActionsRunner } = await import('../support/actions-runner.ts');
    const runner = await ActionsRunner.start((audience) => stack.actionsToken({ audience }));
    const order = [
      '--domain',
      stack.worker.url,
      '--scope',
      'acme/app',
      '--identity',
      'deploy',
      '--audience',
      STS_DOMAIN,
    ];
    const environment = { ...runner.environment, GITHUB_ACTIONS: 'true' };
    const { exitCode, output, remarks } = await runCommand(['exchange', ...order], { cwd: folder, environment });
    await runner.close();
    expect([exitCode, remarks]).toEqual([0, `::add-mask::${output}`]);
  });

  it('ends with exit code 3 where it gets no answer', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 600 });
    const { exitCode, remarks } = await exchange(stack.actionsToken());
    stack.emulator.faults.clear();
    expect(exitCode).toBe(3);
    expect(remarks).toContain('rate_limited');
    expect(remarks).toContain('The limit lasts 10 minutes more.');
  });

  it('ends with exit code 3 where a page stands in the place of the service', async () => {
    const page = await LoopbackServer.listen();
    page.serve(async (_, response) => void response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'));
    const { exitCode, output, remarks } = await exchange(stack.actionsToken(), '--domain', page.origin);
    await page.close();
    expect([exitCode, output]).toEqual([3, '']);
    expect(remarks).toContain('answered 403, but not as this service does');
  });
});

describe('npm run --silent cli', () => {
  it('prints the result alone, of paths from the folder where it is called', async () => {
    write(`${FOLDER}/plan.sts.yaml`, VALID);
    const args = ['run', '--silent', '--prefix', ROOT, 'cli', '--', 'lint', FOLDER];
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', env: CALLER });
    expect([status, stdout, stderr]).toEqual([0, '1 file: 0 errors, 0 warnings\n', '']);
  });

  it('ends with the exit code of the command', () => {
    const args = ['run', '--silent', 'cli', '--', 'nonsense'];
    expect(spawnSync('npm', args, { cwd: ROOT, env: CALLER }).status).toBe(2);
  });
});

describe('the packed tarball', () => {
  /** Of a copy, since packing changes the manifest for as long as it lasts. */
  function packed(): string {
    const copy = join(folder, 'checkout');
    for (const name of [...PARTS, 'package.json', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: copy, stdio: 'pipe', env: CALLER });
    return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  }

  it('is installed with nothing beside it, and runs', async () => {
    const tarball = packed();
    write('project/package.json', '{"private":true}');
    const project = join(folder, 'project');
    // Whatever it depended on would have to be fetched, and offline that fails.
    const args = ['install', '--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache'), tarball];
    execFileSync('npm', args, { cwd: project, stdio: 'pipe', env: CALLER });
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'octo-sts-worker',
    ]);
    write(`${FOLDER}/plan.sts.yaml`, VALID);
    const script = join(project, 'node_modules/.bin/octo-sts-worker');
    const { exitCode, output } = await runCommand(['lint', FOLDER], { cwd: folder, script });
    expect([exitCode, output]).toEqual([0, '1 file: 0 errors, 0 warnings\n']);
  });

  it('holds every file that its documents link to, and no source of the service', () => {
    execFileSync('tar', ['-xzf', packed()], { cwd: folder });
    const root = join(folder, 'package');
    const documents = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/cli.md', 'action/README.md']));
    const dead = documents.flatMap((name) =>
      linksOf(readFileSync(join(root, name), 'utf8'))
        .filter((link) => !existsSync(join(root, dirname(name), link)))
        .map((link) => `${name}: ${link}`),
    );
    expect(dead).toEqual([]);
    expect(readdirSync(root)).not.toContain('src');
  });

  it('leaves the manifest of the checkout as it was', () => {
    packed();
    const manifest = (place: string): string => readFileSync(join(place, 'package.json'), 'utf8');
    expect(manifest(join(folder, 'checkout'))).toBe(manifest(ROOT));
  });
});

/** What the command line is built of. */
const PARTS = ['src', 'action', 'docs', 'schemas', 'scripts', 'tsconfig.json', 'tsconfig.base.json', 'examples'];
/** npm as a person calls it: not as the script of another package that this suite is. */
const CALLER = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/.test(name)),
);

/** The files that a document links to. */
function linksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\(([^)\s#:]+)(?:#[^)\s]*)?\)/g)].map(([, link = '']) => link);
}
