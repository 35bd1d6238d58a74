import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeStack, STS_DOMAIN, type Answer } from './node-stack.ts';

interface Shape {
  readonly baseUrl: string;
  readonly actionsIssuer: string;
  readonly graphqlPath: string;
  /** How the server is called in `resource` of RFC 8693. */
  readonly web: string;
}

const SHAPES: readonly Shape[] = [
  {
    baseUrl: 'https://api.github.com',
    actionsIssuer: 'https://token.actions.githubusercontent.com',
    graphqlPath: '/graphql',
    web: 'https://github.com',
  },
  {
    baseUrl: 'https://api.acme.ghe.com',
    actionsIssuer: 'https://token.actions.acme.ghe.com',
    graphqlPath: '/graphql',
    web: 'https://acme.ghe.com',
  },
  {
    baseUrl: 'https://ghe.example.com/api/v3',
    actionsIssuer: 'https://ghe.example.com/_services/token',
    graphqlPath: '/api/graphql',
    web: 'https://ghe.example.com',
  },
];

describe.each(SHAPES)('a GitHub server at $baseUrl', ({ baseUrl, actionsIssuer, graphqlPath, web }) => {
  const asked: string[] = [];
  const realFetch = globalThis.fetch;
  let stack: NodeStack;

  /** The names lead to the local GitHub and, for the Actions issuer, to an issuer under the test's control. */
  const redirected: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push(url.href);
    const isIssuer = url.href.startsWith(actionsIssuer);
    const target = isIssuer ? stack.issuer.origin : stack.emulator.url;
    const path = isIssuer ? url.href.slice(actionsIssuer.length) : url.pathname;
    return realFetch(target + path, init);
  };

  beforeAll(async () => {
    stack = await NodeStack.start({ GITHUB_BASE_URL: baseUrl, ALLOW_LOOPBACK_HTTP: undefined });
    stack.issuer.overrideDiscovery({ issuer: actionsIssuer, jwks_uri: `${actionsIssuer}/jwks` });
    stack.commitPolicies('acme/app', {
      'ghe.sts.yaml': `issuer: ${actionsIssuer}\nsubject: repo:acme/infra:ref:refs/heads/trunk\npermissions: { contents: read }\n`,
    });
    globalThis.fetch = redirected;
  });

  afterAll(async () => {
    globalThis.fetch = realFetch;
    expect(stack.emulator.violations).toEqual([]);
    await stack.close();
  });

  function token(claims: Record<string, string> = {}): string {
    const usual = stack.emulator.actionsIssuer.claims({ repository: 'acme/infra', audience: STS_DOMAIN });
    return stack.issuer.sign({ ...usual, iss: actionsIssuer, ...claims });
  }

  function ask(identity: string, claims: Record<string, string> = {}): Promise<Answer> {
    asked.length = 0;
    return stack.exchange('acme/app', identity, token(claims));
  }

  it('is asked at its own addresses, and nobody else is', async () => {
    expect((await ask('ghe')).status).toBe(200);
    expect(asked.map((url) => new URL(url).origin)).not.toContain('http://127.0.0.1');
    const addresses = [
      `${actionsIssuer}/.well-known/openid-configuration`,
      `${actionsIssuer}/jwks`,
      `${baseUrl}/users/acme/installation`,
      `${baseUrl}/app/installations/8001/access_tokens`,
      `${new URL(baseUrl).origin}${graphqlPath}`,
      `${baseUrl}/app/installations/8001/access_tokens`,
      `${baseUrl}/installation/token`,
    ];
    expect(asked).toEqual(addresses);
  });

  it('has an Actions issuer that is verified before GitHub is asked', async () => {
    const [header, payload] = token().split('.');
    asked.length = 0;
    const answer = await stack.exchange('acme/app', 'ghe', `${header}.${payload}.${'A'.repeat(342)}`);
    expect([answer.status, asked]).toEqual([401, []]);
  });

  it('makes insiders of its own workflows, who are told why, with a hint', async () => {
    const answer = await ask('ghe', { sub: 'repo:acme@9919001/infra@7002:ref:refs/heads/trunk' });
    expect(answer.status).toBe(403);
    const { fields } = answer.json.explanation as { fields: { field: string; hint?: string }[] };
    expect(fields.find(({ field }) => field === 'subject')?.hint).toBeDefined();
  });

  it('makes no insider of another server’s workflows', async () => {
    const other = SHAPES.find((shape) => shape.actionsIssuer !== actionsIssuer)!.actionsIssuer;
    const answer = await ask('ghe', { iss: other });
    expect([answer.status, answer.json.explanation]).toEqual([403, undefined]);
    expect(asked.filter((url) => url.startsWith(other))).toEqual([]);
  });

  it('is named by its web address in a token exchange, and no other is', async () => {
    expect((await tokenExchange(`${web}/acme/app`)).status).toBe(200);
    const elsewhere = await tokenExchange('https://github.example.com/acme/app');
    expect([elsewhere.status, elsewhere.json.error]).toEqual([400, 'invalid_target']);
  });

  function tokenExchange(resource: string): Promise<Answer> {
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource,
      identity: 'ghe',
    });
    return stack.isolate.send(new Request(`https://${STS_DOMAIN}/sts/exchange`, { method: 'POST', body }));
  }

  it('keeps what it caches apart from another server’s', () => {
    const keys = stack.kv.keys.filter((key) => !key.startsWith('keys|'));
    expect(keys.every((key) => key.startsWith(`${baseUrl}|`))).toBe(true);
    expect(keys.length).toBeGreaterThan(2);
  });
});
