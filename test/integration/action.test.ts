import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { ActionsRunner } from '../support/actions-runner.ts';
import type { ActionsTokenOptions } from '../support/github/actions-issuer.ts';
import { eventually, LocalStack } from '../support/local-stack.ts';
import { LoopbackServer } from '../support/loopback-server.ts';
import { selfSigned } from '../support/self-signed.ts';

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

/** For a server that never comes: how often it is tried is what matters, and not how long that takes. */
const WITHOUT_PAUSES = { NODE_OPTIONS: `--import=${new URL('../support/without-pauses.mjs', import.meta.url).href}` };
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
      '::error::The input domain must be a host name, such as sts.example.com, or several with commas between them.\n',
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
    expect(summary).toContain(`(${stack.worker.url}/#scope=acme%2Fapp&identity=deploy)`);
    expect(output).toMatch(
      /::error::The token does not match the trust policy\. \(permission_denied, request [0-9a-f-]{36}\)/,
    );
  });

  it('tells an outsider in general, and how to find out more', async () => {
    job = { repository: 'octocat/hello-world' };
    const { summary } = await runner.run('main', inputs());
    expect(summary).toContain('The token does not match the trust policy.');
    expect(summary).not.toContain('| field |');
    expect(summary).toContain('`octo-sts-worker explain`');
    expect(summary).not.toContain('npx');
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

  it('has a link to the workbench that holds what was asked for, and no Markdown of it', async () => {
    const { summary } = await runner.run('main', inputs({ identity: 'de_ploy_)[x](y' }));
    expect(summary).not.toContain('](y');
    stack.emulator.world.commit('acme/app', { '.github/chainguard/a_b_.sts.yaml': 'nothing' });
    await stack.restart();
    const refused = await runner.run('main', inputs({ identity: 'a_b_' }));
    expect(refused.summary).toContain('/#scope=acme%2Fapp&identity=a%5Fb%5F)');
    expect(refused.summary).not.toMatch(/#[^)\s]*(?:token|claims|eyJ)/);
  });

  it('has the GitHub server in that link, where it is not github.com', async () => {
    const links = [];
    for (const GITHUB_API_URL of ['https://api.github.com', 'https://ghe.example.com/api/v3']) {
      const { summary } = await runner.run('main', inputs({ identity: 'missing' }), {}, { GITHUB_API_URL });
      links.push(/#scope=\S*(?=\))/.exec(summary)?.[0]);
    }
    const asked = '#scope=acme%2Fapp&identity=missing';
    expect(links).toEqual([asked, `${asked}&github=https%3A%2F%2Fghe.example.com%2Fapi%2Fv3`]);
  });

  it('names the input of the step where the token is for another audience', async () => {
    const { summary, output } = await runner.run('main', inputs({ audience: 'another' }));
    expect(summary).toContain(`set the input audience to ${AUDIENCE}.`);
    expect(`${summary}${output}`).not.toContain('&audience=');
  });

  it('advises to change the App, not the policy alone, where GitHub refuses the permissions', async () => {
    const body = { message: 'The permissions requested are not granted to this installation.' };
    const match = { operation: 'apps/create-installation-access-token' };
    await stack.exchange();
    stack.emulator.faults.add({ kind: 'respond', status: 422, body, match });
    const { exitCode, summary } = await runner.run('main', inputs());
    expect(exitCode).toBe(1);
    expect(summary).toContain('GitHub refuses the permissions');
    expect(summary).toContain('Give the App the permission');
    expect(summary).not.toContain('run the job as the policy expects');
  });

  it('advises to ask for less where the inputs go beyond the policy', async () => {
    const { summary } = await runner.run('main', inputs({ permissions: 'issues:write' }));
    expect(summary).toContain('Ask for less in the inputs');
    expect(summary).not.toContain('run the job as the policy expects');
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

  it('says in the summary how long the limit lasts, and blames no policy', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 1800 });
    const { output, summary } = await runner.run('main', inputs());
    for (const text of [output, summary]) expect(text).toContain('The limit lasts 30 minutes more.');
    expect(summary).toContain('There is no decision on the identity <code>deploy</code> on <code>acme/app</code>:');
    expect(output + summary).not.toContain('refused');
  });

  it.each([
    [
      503,
      'application/json',
      '{"error":"unavailable","message":"GitHub is not available at the moment."}',
      'failed (503)',
    ],
    [504, 'text/html', '<html>timeout</html>', 'failed (504)'],
    [522, 'text/plain', 'error code: 522', 'failed (522)'],
    [429, 'text/html', '<html>slow down</html>', 'limits requests at the moment (429)'],
    [403, 'text/html', '<html>blocked</html>', 'answered 403, but not as this service does'],
    [200, 'text/html', '<html>sign in</html>', 'answered 200, but not as this service does'],
    [302, 'text/html', '', 'answered 302, but not as this service does'],
  ])(
    'is no refusal: status %d of %s',
    async (status, type, body, sentence) => {
      const front = await Front.start(status, type, body);
      const { exitCode, output, summary } = await runner.run('main', inputs({ domain: front.url }), {}, WITHOUT_PAUSES);
      await front.close();
      expect(exitCode).toBe(1);
      expect(output).toContain(`::error::${front.host} ${sentence}`);
      expect(summary).toContain(sentence.slice(0, 10));
      expect(summary).toContain('There is no decision on the identity <code>deploy</code> on <code>acme/app</code>:');
      expect(output + summary).not.toContain('refused');
    },
    60_000,
  );

  it('leaves a summary with the server’s name where nothing listens', async () => {
    const step = await runner.run('main', inputs({ domain: 'http://127.0.0.1:9' }), {}, WITHOUT_PAUSES);
    expect(step.exitCode).toBe(1);
    expect(step.output).toContain("::error::127.0.0.1:9 can't be reached");
    expect(step.summary).toContain("127.0.0.1:9 can't be reached");
    expect(step.summary).toContain('**What to do:**');
  }, 60_000);

  it('leaves a summary where the runner’s own endpoint fails', async () => {
    runner.oidcFailures.push(400);
    const { exitCode, summary } = await runner.run('main', inputs());
    expect(exitCode).toBe(1);
    expect(summary).toContain('GitHub gave no OIDC token: its status was 400.');
  });

  it('is not waited for where the certificate is wrong', async () => {
    const server = createServer(selfSigned('127.0.0.1'), (_, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { exitCode, output } = await runner.run('main', inputs({ domain: `https://127.0.0.1:${port}` }));
    server.close();
    expect(exitCode).toBe(1);
    expect(output).toContain(`::error::127.0.0.1:${port} can't be trusted: its certificate is not valid`);
    expect(output).not.toContain('again in');
  });

  it('is not waited for where the name has no address', async () => {
    // A label has at most 63 letters (RFC 1035 §2.3.4), so that no name server needs to be asked.
    const domain = `${'a'.repeat(64)}.invalid`;
    const { exitCode, output, summary } = await runner.run('main', inputs({ domain }));
    expect(exitCode).toBe(1);
    expect(output).toContain(`::error::${domain} can't be reached: there is no host of this name.`);
    expect(summary).toContain('there is no host of this name');
    expect(output).not.toContain('again in');
  });
});

describe('several domains', () => {
  it.each([
    [503, 'application/json', '{"error":"unavailable","message":"GitHub is not available."}'],
    [429, 'application/json', '{"error":"rate_limited","message":"Too many requests."}'],
    [200, 'text/html', '<html>sign in</html>'],
  ])('are asked in their order where one answers with %d of %s', async (status, type, body) => {
    const front = await Front.start(status, type, body);
    const domain = `${front.url}, ${stack.worker.url}`;
    const step = await runner.run('main', inputs({ domain }));
    await front.close();
    expect(step.exitCode).toBe(0);
    expect(live(step.outputs.token)).toBeDefined();
    expect(step.state.service).toBe(`${stack.worker.url}/`);
    expect(step.output).toMatch(
      new RegExp(`^::warning::${front.host} .* Asking ${new URL(stack.worker.url).host} instead.$`, 'm'),
    );
  });

  it('are asked where the first can’t be reached', async () => {
    const { exitCode } = await runner.run('main', inputs({ domain: `http://127.0.0.1:9\n${stack.worker.url}` }));
    expect(exitCode).toBe(0);
  });

  it('are not asked after a refusal', async () => {
    const front = await Front.start(200, 'application/json', '{"token":"ghs_of_the_second"}');
    const domain = `${stack.worker.url},${front.url}`;
    const step = await runner.run('main', inputs({ domain, identity: 'nothing' }));
    await front.close();
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toEqual({});
    expect(front.bearers).toEqual([]);
    expect(step.summary).toContain(`<code>${new URL(stack.worker.url).host}</code> refused`);
  });

  it('get each a token for itself alone, so that none can use it at another', async () => {
    const fronts = [await Front.start(503, 'text/plain', ''), await Front.start(503, 'text/plain', '')];
    const domain = fronts.map(({ url }) => url).join(',');
    const { exitCode, summary } = await runner.run('main', inputs({ domain, audience: '' }), {}, WITHOUT_PAUSES);
    for (const front of fronts) await front.close();
    expect(exitCode).toBe(1);
    expect(runner.audiences).toEqual(fronts.map(({ host }) => host));
    const seen = fronts.map(({ bearers }) => new Set(bearers.map(audienceOf)));
    expect(seen).toEqual(fronts.map(({ host }) => new Set([host])));
    for (const { host } of fronts) expect(summary).toContain(`${host} failed (503)`);
  }, 60_000);

  it('are all refused where one is no host', async () => {
    const { exitCode, output } = await runner.run(
      'main',
      inputs({ domain: `${stack.worker.url}, http://sts.example.com` }),
    );
    expect([exitCode, output.includes('The input domain must be a host name')]).toEqual([1, true]);
    expect(runner.audiences).toEqual([]);
  });
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

  describe.each([
    ['limits', 429, '{"error":"rate_limited","message":"Too many requests."}'],
    ['fails', 503, '{"error":"unavailable","message":"GitHub is not available."}'],
    ['is hidden behind a page', 401, '<html>sign in</html>'],
    ['takes it for no GitHub token', 400, '{"error":"invalid_token","message":"No."}'],
  ])('where the service %s', (_, status, body) => {
    it('gives the token back to GitHub itself, and prints it nowhere', async () => {
      const { state } = await runner.run('main', inputs());
      const front = await Front.start(status, 'application/json', body);
      const atGitHub = { GITHUB_API_URL: stack.emulator.url };
      const step = await runner.run('post', inputs(), { ...state, service: front.url }, atGitHub);
      await front.close();
      expect(step.exitCode).toBe(0);
      const [mask, ...rest] = step.output.split('\n');
      expect(mask).toBe(`::add-mask::${state.token}`);
      expect(rest.join('\n')).toContain('The token is revoked, by GitHub itself.');
      expect(rest.join('\n')).not.toContain(state.token);
      expect(live(state.token)).toBeUndefined();
    });
  });

  it('tells GitHub nothing where the service has revoked the token', async () => {
    const { state } = await runner.run('main', inputs());
    const front = await Front.start(204, 'text/plain', '');
    await runner.run('post', inputs(), state, { GITHUB_API_URL: front.url });
    await front.close();
    expect(front.bearers).toEqual([]);
  });

  it('sends the token to no API in clear text', async () => {
    const state = { token: 'ghs_none', service: 'http://127.0.0.1:9/' };
    const step = await runner.run('post', inputs(), state, { GITHUB_API_URL: 'http://github.example.com/api/v3' });
    expect([step.exitCode, step.output]).toEqual([0, expect.stringContaining('GITHUB_API_URL is no https address')]);
  });

  it('warns, and fails no job, where nobody can be reached', async () => {
    const state = { token: 'ghs_none', service: 'http://127.0.0.1:9/' };
    const api = { GITHUB_API_URL: 'http://127.0.0.1:9' };
    const { exitCode, output } = await runner.run('post', inputs(), state, api);
    expect(exitCode).toBe(0);
    expect(output).toContain('::warning::The token was not revoked (127.0.0.1:9 ');
  }, 60_000);

  it('knows the token as ended where GitHub does', async () => {
    const state = { token: 'ghs_unknown', service: 'http://127.0.0.1:9/' };
    const { output } = await runner.run('post', inputs(), state, { GITHUB_API_URL: `${stack.emulator.url}/` });
    expect(output).toContain('does not know the token any more');
  }, 60_000);
});

/** What may stand in the service's place: always the same answer, whatever is asked. */
class Front {
  readonly bearers: string[] = [];
  readonly url: string;
  readonly host: string;
  readonly #server: LoopbackServer;

  private constructor(server: LoopbackServer) {
    this.#server = server;
    this.url = server.origin;
    this.host = new URL(server.origin).host;
  }

  static async start(status: number, type: string, body: string): Promise<Front> {
    const server = await LoopbackServer.listen();
    const front = new Front(server);
    server.serve(async (request, response) => {
      front.bearers.push((request.headers.authorization ?? '').replace('Bearer ', ''));
      response.writeHead(status, { 'content-type': type, 'retry-after': '0' }).end(body);
    });
    return front;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

function audienceOf(token: string): unknown {
  return decodeJwt(token).aud;
}
