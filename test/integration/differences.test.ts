import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { checkPolicyFile, type PolicyFileReading } from '../../src/infrastructure/yaml/policy-file.ts';
import { symlink, type FileContent } from '../support/github/git-objects.ts';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { actionsPolicy, LocalStack, STS_DOMAIN, type Answer } from '../support/local-stack.ts';
import { generateSigningKey, signToken, type Claims } from '../support/signing-key.ts';

const ROOT = `${import.meta.dirname}/../..`;
const FOLDER = '.github/chainguard';
const SUBJECT = 'repo:acme/infra:ref:refs/heads/trunk';
const READ = 'permissions: { contents: read }';
const DAY_SECONDS = 86_400;

let stack: LocalStack;
/** Known to the operator, so that what is wrong with its documents is told. */
let known: OidcIssuer;

beforeAll(async () => {
  known = await OidcIssuer.start();
  stack = await LocalStack.start({ bindings: () => ({ KNOWN_ISSUERS: known.issuer }) });
});

afterEach(async () => {
  stack.emulator.faults.clear();
  known.clearFaults();
});

afterAll(async () => {
  await stack.close();
  await known.close();
  expect(stack.emulator.violations).toEqual([]);
});

interface Row {
  readonly line: string;
  readonly situation: string;
  /** The cell that says what this service answers. */
  readonly here: string;
}

/** The rows of a document's tables, so that none stands there that nothing holds. */
function rowsOf(document: string): readonly Row[] {
  const sections = readFileSync(`${ROOT}/${document}`, 'utf8').split('<!-- differences -->').slice(1);
  return sections.flatMap((section) => {
    const table = section.split('<!-- /differences -->')[0] ?? '';
    const rows = table.split('\n').filter((line) => line.startsWith('|'));
    return rows.slice(2).map((line) => {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return { line, situation: cells[1] ?? '', here: cells[3] ?? '' };
    });
  });
}

/** Shows a row's answer, and returns what the row must name: the status and key, or "granted". */
type Proof = () => Promise<readonly (string | number)[]>;

async function outcome(asked: Promise<Answer> | Answer): Promise<readonly (string | number)[]> {
  const { status, json } = await asked;
  return status === 200 ? ['granted'] : [status, String(json.error)];
}

/** A token of an issuer that no policy names, and whose keys nobody has asked for. */
const strangersToken = () => stack.issuer.sign({ sub: 'stranger', aud: STS_DOMAIN });

const policy = (...lines: readonly string[]) => actionsPolicy(stack.emulator.actionsIssuer.issuer, lines);

let owners = 0;

/** An exchange by a policy in a repository that nothing has read yet. */
function byPolicy(file: FileContent, token = stack.actionsToken(), identity = 'p'): Promise<Answer> {
  owners += 1;
  const owner = `owner-${owners}`;
  stack.addOwner(owner, { repositories: { app: { [`${FOLDER}/p.sts.yaml`]: file } } });
  return stack.exchangeFor(`${owner}/app`, identity, token);
}

function checked(file: string): PolicyFileReading {
  const { issuer } = stack.emulator.actionsIssuer;
  const context = {
    level: 'repository' as const,
    allowLoopbackHttp: true,
    isActionsIssuer: (one: string) => one === issuer,
    operatorListsIssuers: false,
  };
  return checkPolicyFile(file, context, { path: `${FOLDER}/p.sts.yaml`, repository: 'app', actionsIssuer: issuer });
}

function warningsOf(file: string): readonly string[] {
  const reading = checked(file);
  return reading.kind === 'valid' ? reading.doubts.map(({ rule }) => rule) : [];
}

/** Each is refused at an exchange, and by the check. */
async function invalid(...files: readonly string[]): Promise<readonly (string | number)[]> {
  for (const file of files) {
    expect([file, ...(await outcome(byPolicy(file)))]).toEqual([file, 404, 'policy_invalid']);
    expect([file, checked(file).kind]).toEqual([file, 'invalid']);
  }
  return [404, 'policy_invalid'];
}

/** Each policy grants a token of `known`'s with its claims. */
async function granted(
  ...cases: readonly { readonly policy?: string; readonly claims?: Claims; readonly issuer?: OidcIssuer }[]
): Promise<readonly string[]> {
  for (const { policy: lines = '', claims = {}, issuer = known } of cases) {
    const token = issuer.sign({ sub: 'x', aud: STS_DOMAIN, ...claims });
    expect([lines, await outcome(byPolicy(ofIssuer(issuer, lines), token))]).toEqual([lines, ['granted']]);
  }
  return ['granted'];
}

function ofIssuer({ issuer }: OidcIssuer, lines: string): string {
  const subject = /^subject/m.test(lines) ? '' : 'subject: x\n';
  return `issuer: ${issuer}\n${subject}${READ}\n${lines}\n`;
}

/** What a token of `known`'s gets that its policy would admit. */
function tokenOutcome(claims: Claims, header: Claims = {}): Promise<readonly (string | number)[]> {
  const token = known.sign({ sub: 'x', aud: STS_DOMAIN, ...claims }, { header });
  return outcome(byPolicy(ofIssuer(known, ''), token));
}

async function withIssuer<T>(work: (issuer: OidcIssuer) => Promise<T>, path = ''): Promise<T> {
  const issuer = await OidcIssuer.start({ path });
  try {
    return await work(issuer);
  } finally {
    await issuer.close();
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** What an issuer's list of this text decides for an Actions token that a policy admits. */
function byAllowlist(list: string): Promise<Answer> {
  owners += 1;
  const owner = `owner-${owners}`;
  stack.addOwner(owner, {
    policyFiles: { [`${FOLDER}/trusted-token-issuers.yaml`]: list },
    repositories: { app: { [`${FOLDER}/p.sts.yaml`]: policy(READ) } },
  });
  return stack.exchangeFor(`${owner}/app`, 'p');
}

const ANSWERS: Readonly<Record<string, Proof>> = {
  'success, asked by GET': async () => {
    const { json } = await stack.exchange();
    expect(json.token).toBe(json.access_token);
    expect(json.expiry).toBe(json.expires_at);
    return Object.keys(json);
  },
  'any error': async () => {
    const { json } = await stack.exchangeFor('acme/app', 'no-such');
    expect(json).toMatchObject({ code: 5, message: expect.any(String), details: [] });
    return ['error', 'request_id'].filter((name) => name in json);
  },
  'a mismatch, caller of the same owner': async () => {
    const answer = await stack.exchangeFor('acme/app', 'ci');
    expect(answer.json.explanation).toMatchObject({ fields: expect.any(Array) });
    return [...(await outcome(answer)), 'explanation'];
  },
  'a mismatch, any other caller': async () => {
    const file = policy("claim_pattern: { actor: 'somebody-secret' }", READ);
    const answer = await byPolicy(file);
    expect(answer.text).not.toMatch(/somebody-secret|actor|explanation/);
    return outcome(answer);
  },
  'no installation or policy, token proven': async () => [
    ...(await outcome(stack.exchangeFor('nobody/app', 'ci'))),
    ...(await outcome(stack.exchangeFor('acme/app', 'no-such'))),
  ],
  'no installation or policy, token not proven': async () => {
    const sentences = [];
    for (const [scope, identity] of [
      ['nobody/app', 'ci'],
      ['acme/none', 'ci'],
      ['acme/app', 'none'],
    ] as const) {
      sentences.push((await stack.exchangeFor(scope, identity, strangersToken())).json.message);
    }
    expect(new Set(sentences).size).toBe(1);
    return outcome(stack.exchangeFor('nobody/app', 'ci', strangersToken()));
  },
  'an issuer that the policy does not name': async () => {
    const answer = await outcome(stack.exchangeFor('acme/app', 'deploy', strangersToken()));
    expect(stack.issuer.hits).toEqual({ discovery: 0, jwks: 0 });
    return answer;
  },
  'a forged token of an issuer that only the policy names': () =>
    withIssuer(async (issuer) => {
      const forged = signToken(generateSigningKey(), issuer.claims({ sub: 'x', aud: STS_DOMAIN }));
      const answer = await byPolicy(ofIssuer(issuer, ''), forged);
      expect(issuer.hits.jwks).toBeGreaterThan(0);
      const unnamed = await stack.exchangeFor('acme/app', 'deploy', strangersToken());
      expect(answer.json.message).toBe(unnamed.json.message);
      return outcome(answer);
    }),
  'GitHub limits us': async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 7 });
    const answer = await stack.exchange();
    expect(answer.headers.get('retry-after')).toBe('7');
    return outcome(answer);
  },
  'GitHub is down': async () => {
    stack.emulator.faults.add({ kind: 'respond', status: 503 });
    return outcome(stack.exchange());
  },
  'GitHub grants more than was asked': async () => {
    stack.emulator.faults.add({ kind: 'overgrant', permissions: { administration: 'write' } });
    return outcome(stack.exchange());
  },
  'the issuer is down': () =>
    withIssuer(async (issuer) => {
      issuer.addFault({ kind: 'status', status: 503 });
      return outcome(byPolicy(ofIssuer(issuer, ''), issuer.sign({ sub: 'x', aud: STS_DOMAIN })));
    }),
  "the organization's issuer list is broken, and no good one is known": () => outcome(byAllowlist('issuers: 7\n')),
  'the owner in another letter case': () => outcome(stack.exchangeFor('ACME/App', 'deploy')),
  'an identity with a slash': async () => {
    stack.resetCounters();
    const answer = await outcome(byPolicy(policy(READ), stack.actionsToken(), 'folder/p'));
    expect(stack.githubRequests()).toBe(0);
    return answer;
  },
  '`permissions` and `repositories` in the request': async () => {
    const query = { scope: 'acme/app', identity: 'deploy', permissions: 'contents:read', repositories: 'app' };
    const answer = await stack.exchange({ query });
    expect(answer.json.permissions).toEqual({ metadata: 'read', contents: 'read' });
    return outcome(answer);
  },
  'RFC 8693 token exchange': async () => {
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: stack.actionsToken(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${stack.emulator.url}/acme/app`,
      identity: 'deploy',
    };
    const answer = await stack.send({ path: '/sts/exchange', form });
    const names = ['access_token', 'issued_token_type'].filter((name) => name in answer.json);
    return [...(await outcome(answer)), ...names];
  },
  '`POST /sts/revoke`': async () => {
    const { json } = await stack.exchange();
    const { status } = await stack.send({ method: 'POST', path: '/sts/revoke', token: String(json.token) });
    return [status];
  },
  '`POST /sts/exchange/pat`': () =>
    outcome(stack.send({ method: 'POST', path: '/sts/exchange/pat', token: stack.actionsToken() })),
  gRPC: async () => {
    const path = '/chainguard.platform.oidc.SecurityTokenService/Exchange';
    const { status, headers } = await stack.send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/grpc' },
    });
    expect(headers.get('grpc-message')).toContain(`https://${STS_DOMAIN}/sts/exchange`);
    return [status, `grpc-status: ${headers.get('grpc-status')}`];
  },
};

const TOKENS: Readonly<Record<string, Proof>> = {
  'bearer without `exp`, or expired': async () => {
    stack.resetCounters();
    const token = stack.issuer.sign({ sub: 'x', exp: undefined });
    const answer = await outcome(stack.exchangeFor('acme/app', 'build-farm', token));
    expect(stack.issuer.hits).toEqual({ discovery: 0, jwks: 0 });
    expect(await tokenOutcome({ exp: now() - 60 })).toEqual(answer);
    return answer;
  },
  'clocks that differ': async () => {
    await granted({ claims: { exp: now() - 10 } }, { claims: { nbf: now() + 20 } }, { claims: { iat: now() + 20 } });
    const refused = await tokenOutcome({ exp: now() - 45 });
    expect(await tokenOutcome({ nbf: now() + 60 })).toEqual(refused);
    expect(await tokenOutcome({ iat: now() + 60 })).toEqual(refused);
    return ['30 seconds', ...refused];
  },
  'a token that lives longer than a day': () => tokenOutcome({ exp: now() + DAY_SECONDS + 60 }),
  'an access, logout, security event or DPoP token (`typ`)': async () => {
    const answers = [];
    for (const typ of ['at+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt'])
      answers.push(await tokenOutcome({}, { typ }));
    expect(new Set(answers.map(String)).size).toBe(1);
    return answers[0] ?? [];
  },
  'a subject with spaces, brackets, or up to 1,000 characters': () =>
    granted(
      ...['repo:acme/app:environment:My Production [EU]', 'x'.repeat(1000)].map((sub) => ({
        policy: `subject: '${sub}'`,
        claims: { sub },
      })),
    ),
  'an audience with spaces or brackets': () =>
    granted({ policy: "audience: 'My Service [EU]'", claims: { aud: 'My Service [EU]' } }),
  'the audience `https://` and the domain, where the policy names none': () =>
    granted({ claims: { aud: `https://${STS_DOMAIN}` } }),
  'a list or a whole number as a claim': () =>
    granted(
      { policy: "claim_pattern: { groups: 'ops' }", claims: { groups: ['dev', 'ops'] } },
      { policy: "claim_pattern: { project_id: '[0-9]+' }", claims: { project_id: 4711 } },
    ),
  'a claim of more than 1,000 characters': async () => {
    const file = ofIssuer(known, "claim_pattern: { note: 'x+' }");
    await granted({ policy: "claim_pattern: { note: 'x+' }", claims: { note: 'x'.repeat(1000) } });
    return outcome(byPolicy(file, known.sign({ sub: 'x', aud: STS_DOMAIN, note: 'x'.repeat(1001) })));
  },
  'an issuer host of one label or of numbers, or `%` in its path': async () => {
    const answers = [];
    for (const iss of ['https://issuer', 'https://10.0.0.1', 'https://3232235777', 'https://a.example.com/%41']) {
      answers.push(await tokenOutcome({ iss }));
    }
    expect(new Set(answers.map(String)).size).toBe(1);
    return answers[0] ?? [];
  },
  "`~` at the end of an issuer's path, or twice in a row": async () => {
    for (const path of ['/x~', '/x~~y']) await withIssuer((issuer) => granted({ issuer }), path);
    return ['granted'];
  },
  'an issuer that redirects': () =>
    withIssuer(async (issuer) => {
      issuer.addFault({ kind: 'redirect', location: known.issuer });
      return outcome(byPolicy(ofIssuer(issuer, ''), issuer.sign({ sub: 'x', aud: STS_DOMAIN })));
    }),
  'a key set of more than 64 KiB or 50 keys': () =>
    withIssuer(async (issuer) => {
      issuer.addFault({ kind: 'oversize', bytes: 70_000, document: 'jwks' });
      return outcome(byPolicy(ofIssuer(issuer, ''), issuer.sign({ sub: 'x', aud: STS_DOMAIN })));
    }),
};

const POLICIES: Readonly<Record<string, Proof>> = {
  'an unknown permission or key': async () => {
    const file = `${policy('permissions: { coffee: read }')}colour: red\n`;
    const reading = checked(file);
    const findings = reading.kind === 'invalid' ? reading.findings : [];
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ rule, line }) => `${rule}@${line}`)).toEqual(['permission-unknown@3', 'key-unknown@4']);
    return invalid(file);
  },
  'a pattern that does not compile, or no issuer': () =>
    invalid(policy(READ, "claim_pattern: { a: '(' }"), `subject: ${SUBJECT}\n${READ}\n`),
  '`a\\|b` without brackets': async () => {
    const file = policy(READ, "claim_pattern: { actor: 'alice|bob' }");
    const asActor = (actor: string) => outcome(byPolicy(file, stack.actionsToken({ actor })));
    expect(await asActor('alice')).toEqual(['granted']);
    expect(await asActor('not-bob')).toEqual([403, 'permission_denied']);
    return asActor('alice-too');
  },
  'a pattern that begins with `*` or `?`, like a file glob': () =>
    invalid(...["'*'", "'*:main'", "'?'"].map((pattern) => policy(READ, `claim_pattern: { actor: ${pattern} }`))),
  "an organization permission (`members`, …) at `write`, in a repository's policy": () =>
    invalid(policy('permissions: { members: write }')),
  'the same at `read`': async () => {
    const file = policy('permissions: { members: read }');
    expect(warningsOf(file)).toContain('permission-organization');
    return [...(await outcome(byPolicy(file))), 'warning'];
  },
  'a level that GitHub does not list for the permission (`workflows: read`)': async () => {
    const file = policy('permissions: { workflows: read }');
    // The local GitHub has a published list of levels, and takes no other: what passes the check is sent.
    expect(checked(file).kind).toBe('valid');
    expect(warningsOf(file)).toContain('permission-level');
    return ['warning'];
  },
  'any other level (`read,write`, `none`)': () =>
    invalid(policy("permissions: { contents: 'read,write' }"), policy('permissions: { contents: none }')),
  "a permission of a user's account (`emails`, …)": () => invalid(policy('permissions: { emails: read }')),
  '`permissions` empty or absent': () => invalid(policy('permissions: {}'), policy()),
  'a field without a value (`audience:`)': () =>
    invalid(policy(READ, 'audience:'), policy(READ, 'claim_pattern:'), policy(READ, 'claim_pattern: { a: }')),
  'keys in another letter case (`Subject:`)': async () => {
    const file = policy(READ).replace('subject:', 'Subject:');
    const reading = checked(file);
    const messages = reading.kind === 'invalid' ? reading.findings.map(({ message }) => message) : [];
    expect(messages.join(' ')).toMatch(/did you mean/i);
    return [...(await invalid(file, policy('permissions: { Contents: read }'))), 'did you mean'];
  },
  '`on`, `yes`, `0123`, `1_000`, long numbers, without quotes': () =>
    granted(
      ...['on', 'yes', '0123', '1_000', '117000000000000000000'].map((sub) => ({
        policy: `subject: ${sub}`,
        claims: { sub },
      })),
    ),
  'merge keys, a second document, tags, `%` lines': () =>
    invalid(
      policy('permissions: { <<: { contents: read } }'),
      `${policy(READ)}---\n${policy(READ)}`,
      policy('permissions: { contents: !mine read }'),
      `%YAML 1.1\n---\n${policy(READ)}`,
    ),
  'U+0085, U+2028 or U+2029 in the file': () =>
    invalid(...['\u0085', '\u2028', '\u2029'].map((end) => `${policy(READ)}# a comment${end}audience: other\n`)),
  'an issuer that is no acceptable URL': () =>
    invalid(
      ...['https://issuer', 'https://10.0.0.1', 'http://a.example.com'].map(
        (issuer) => `issuer: ${issuer}\nsubject: x\n${READ}\n`,
      ),
    ),
  'a policy beyond the [limits](policies.md#limits)': () =>
    invalid(
      policy(READ, `# ${'x'.repeat(65_536)}`),
      policy(READ, `claim_pattern: { a: '(a?){1001}' }`),
      policy(READ, `claim_pattern: { a: '${'x'.repeat(1025)}' }`),
    ),
  'a symbolic link to a policy': async () => {
    owners += 1;
    const owner = `owner-${owners}`;
    const files = { [`${FOLDER}/p.sts.yaml`]: symlink('real.sts.yaml'), [`${FOLDER}/real.sts.yaml`]: policy(READ) };
    stack.addOwner(owner, { repositories: { app: files } });
    expect(await outcome(stack.exchangeFor(`${owner}/app`, 'real'))).toEqual(['granted']);
    return outcome(stack.exchangeFor(`${owner}/app`, 'p'));
  },
  '`jwks`, `caller_repository_only`, `app`, `app_pattern`': async () =>
    outcome(byPolicy(policy(READ, "app_pattern: '.*'"))),
  'a `/` in each alternative of a pattern of the issuer list': async () => {
    const { host } = new URL(stack.emulator.actionsIssuer.issuer);
    const escaped = host.replaceAll('.', '\\.');
    return outcome(byAllowlist(`issuer_patterns: ['http://${escaped}/(?:_services/token|a/b)']\n`));
  },
};

const PROOFS: Readonly<Record<string, Proof>> = { ...ANSWERS, ...TOKENS, ...POLICIES };
const ROWS = rowsOf('docs/differences.md');

describe('what differs from octo-sts', () => {
  it('has a proof for every row, and a row for every proof', () => {
    expect(ROWS.map(({ situation }) => situation)).toEqual(Object.keys(PROOFS));
  });

  it('stands in the README as it stands in docs/differences.md', () => {
    const short = rowsOf('README.md').map(({ line }) => line);
    expect(short.length).toBeGreaterThan(5);
    expect(ROWS.map(({ line }) => line).filter((line) => short.includes(line))).toEqual(short);
  });

  it('is not due to the policy that the proofs start from', async () => {
    expect(await outcome(byPolicy(policy(READ)))).toEqual(['granted']);
    expect(checked(policy(READ)).kind).toBe('valid');
    await granted({});
  });

  it.each(ROWS)('is answered as its row says: $situation', async ({ situation, here }) => {
    const proof = PROOFS[situation];
    const shown = (await proof?.()) ?? ['no proof'];
    expect(shown).not.toEqual([]);
    for (const part of shown) expect(here).toContain(String(part));
  });
});
