import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ActionsRunner } from '../support/actions-runner.ts';
import type { ActionsTokenOptions } from '../support/github/actions-issuer.ts';
import { eventually, LocalStack } from '../support/local-stack.ts';

let stack: LocalStack;
let runner: ActionsRunner;
/** The workflow run that the runner's tokens speak of. */
let job: Partial<ActionsTokenOptions>;

beforeAll(async () => {
  stack = await LocalStack.start();
  runner = await ActionsRunner.start((audience) => stack.actionsToken({ ...job, audience }));
});

beforeEach(() => {
  job = {};
  runner.audiences.length = 0;
});

afterEach(() => {
  stack.emulator.faults.clear();
});

afterAll(async () => {
  await runner.close();
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

const AUDIENCE = 'sts.example.com';

function inputs(change: Record<string, string> = {}): Record<string, string> {
  return { domain: stack.worker.url, audience: AUDIENCE, scope: 'acme/app', identity: 'deploy', ...change };
}

function live(token: string | undefined) {
  return token === undefined ? undefined : stack.emulator.tokens.findLive(token);
}

describe('the main step', () => {
  it('sets a token that GitHub accepts as its output, and keeps it for the post step', async () => {
    const step = await runner.run('main', inputs());
    expect(step.exitCode).toBe(0);
    expect(live(step.outputs.token)?.permissions).toMatchObject({ deployments: 'write' });
    expect(step.state).toEqual({ token: step.outputs.token, service: `${stack.worker.url}/` });
    expect(step.summary).toBe('');
  });

  it('masks both tokens before it prints anything else that holds them', async () => {
    const { output, outputs } = await runner.run('main', inputs());
    const [first = '', second = '', ...rest] = output.split('\n');
    expect(first).toMatch(/^::add-mask::ey/);
    expect(second).toBe(`::add-mask::${outputs.token}`);
    expect(rest.join('\n')).not.toMatch(/ghs_|eyJ/);
  });

  it('asks for the audience that is the domain, unless told otherwise', async () => {
    await runner.run('main', inputs({ audience: '' }));
    await runner.run('main', inputs({ audience: 'another' }));
    expect(runner.audiences).toEqual([new URL(stack.worker.url).host, 'another']);
  });

  it('encodes what it sends', async () => {
    const { summary, exitCode } = await runner.run('main', inputs({ identity: 'deploy&scope=acme/infra' }));
    expect(exitCode).toBe(1);
    expect(summary).toContain('identity must be the name of a trust policy');
  });

  it('narrows, with commas or line breaks between the entries', async () => {
    const asked = { permissions: 'contents: read\nissues:write\n', repositories: 'app', identity: 'ci' };
    job = { repository: 'acme/app' };
    const { outputs } = await runner.run('main', inputs(asked));
    expect(live(outputs.token)?.permissions).toEqual({ metadata: 'read', contents: 'read', issues: 'write' });
  });

  it.each(['domain', 'scope', 'identity'])('names a missing input: %s', async (name) => {
    const { exitCode, output } = await runner.run('main', inputs({ [name]: ' ' }));
    expect([exitCode, output]).toEqual([1, `::error::Missing input: ${name}.\n`]);
  });

  it('sends a token to no address in clear text but this machine’s', async () => {
    const { exitCode, output } = await runner.run('main', inputs({ domain: 'http://sts.example.com' }));
    expect([exitCode, output]).toEqual([
      1,
      '::error::The input domain must be a host name, such as sts.example.com.\n',
    ]);
  });

  it('says what permission the job lacks where the runner has no OIDC endpoint', async () => {
    const step = await runner.run('main', inputs(), {}, { ACTIONS_ID_TOKEN_REQUEST_URL: undefined });
    expect(step.exitCode).toBe(1);
    expect(step.output).toContain('id-token: write');
  });
});

describe('a refusal', () => {
  it('is a job summary with every field, the values, and what to do', async () => {
    job = { immutableSubject: true };
    const { exitCode, summary, output, outputs } = await runner.run('main', inputs());
    expect(exitCode).toBe(1);
    expect(outputs).toEqual({});
    expect(summary).toContain('| ❌ | <code>subject</code> | <code>repo:acme/infra:ref:refs/heads/trunk</code> |');
    expect(summary).toContain('| ✅ | <code>issuer</code> |');
    expect(summary).toContain('subject: repo:acme&#64;9919001/infra&#64;7002:ref:refs/heads/trunk');
    expect(summary).toContain('**What to do:**');
    expect(output).toMatch(
      /::error::The token does not match the trust policy\. \(permission_denied, request [0-9a-f-]{36}\)/,
    );
  });

  it('tells an outsider in general, and how to find out more', async () => {
    job = { repository: 'octocat/hello-world' };
    const { summary } = await runner.run('main', inputs());
    expect(summary).toContain('The token does not match the trust policy.');
    expect(summary).not.toContain('| field |');
    expect(summary).toContain('npx octo-sts-worker explain');
  });

  it('names the file that was almost meant', async () => {
    stack.emulator.world.commit('acme/app', { '.github/chainguard/almost.sts.yml': 'issuer: x\n' });
    await stack.restart();
    const { summary } = await runner.run('main', inputs({ identity: 'almost' }));
    expect(summary).toContain('almost.sts.yml');
    expect(summary).toContain('must be on the default branch');
  });

  it('lets nothing of a token or a policy become Markdown, HTML or a command', async () => {
    const text = '<img src=x>|@everyone `a` [b](c)\n::set-output name=token::x';
    job = { claims: { event_name: text }, repository: 'acme/app' };
    const { summary, output } = await runner.run('main', inputs({ identity: 'ci' }));
    expect(summary).not.toMatch(/<img|@everyone|`a`|\]\(c\)/);
    expect(output).not.toMatch(/^::set-output/m);
  });

  it('is final: the service is asked once', async () => {
    stack.resetCounters();
    const before = stack.worker.logged('exchange').length;
    await runner.run('main', inputs({ identity: 'nothing' }));
    await eventually(() => stack.worker.logged('exchange').length > before);
    expect(stack.worker.logged('exchange').length - before).toBe(1);
  });
});

describe('a failure that may pass', () => {
  it('is tried again: the runner’s own endpoint', async () => {
    runner.oidcFailures.push(503);
    const { exitCode, output } = await runner.run('main', inputs());
    expect(exitCode).toBe(0);
    expect(output).toMatch(/answered 503; again in \d s \(attempt 1 of 4\)/);
  });

  it('is tried again after the wait that the service asks for', async () => {
    await stack.exchange();
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 2, times: 1 });
    const startedAt = Date.now();
    const { exitCode, output } = await runner.run('main', inputs());
    expect(exitCode).toBe(0);
    expect(output).toContain('answered 429; again in 2 s');
    expect(Date.now() - startedAt).toBeGreaterThan(1900);
  });

  it('is not waited for longer than a runner’s time is worth', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 1800 });
    const { exitCode, output } = await runner.run('main', inputs());
    expect(exitCode).toBe(1);
    expect(output).toContain('rate_limited');
  });

  it('ends with the server’s name where nothing listens', async () => {
    const step = await runner.run('main', inputs({ domain: 'http://127.0.0.1:9' }));
    expect(step.exitCode).toBe(1);
    expect(step.output).toContain("::error::127.0.0.1:9 can't be reached");
  }, 60_000);
});

describe('the post step', () => {
  it('gives the token back through the service', async () => {
    const { state } = await runner.run('main', inputs());
    const { exitCode, output } = await runner.run('post', inputs(), state);
    expect(exitCode).toBe(0);
    expect(output).toBe(`::add-mask::${state.token}\nThe token is revoked.\n`);
    expect(live(state.token)).toBeUndefined();
  });

  it('is content where the token has ended already', async () => {
    const { state } = await runner.run('main', inputs());
    await runner.run('post', inputs(), state);
    const { exitCode, output } = await runner.run('post', inputs(), state);
    expect([exitCode, output.split('\n')[1]]).toEqual([0, 'The token had ended already.']);
  });

  it('does nothing where there was no token', async () => {
    expect(await runner.run('post', inputs())).toMatchObject({ exitCode: 0, output: '' });
  });

  it('warns, and fails no job, where the service can’t be reached', async () => {
    const state = { token: 'ghs_none', service: 'http://127.0.0.1:9/' };
    const { exitCode, output } = await runner.run('post', inputs(), state);
    expect(exitCode).toBe(0);
    expect(output).toContain('::warning::The token could not be revoked');
  }, 60_000);
});
