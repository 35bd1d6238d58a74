import type { AppSigner } from '../application/ports/app-signer.ts';
import { boundedText } from '../infrastructure/http/body-reader.ts';
import type { BoundedFetch, FetchOutcome } from '../infrastructure/http/bounded-fetch.ts';
import type { EventSink } from '../infrastructure/events/event-sink.ts';

/** A quarter of an hour after 1970 began: the example's token is valid then, and never again. */
export const EXAMPLE_TIME_MS = 700_000;
export const EXAMPLE_DOMAIN = 'sts.example.com';
const ISSUER = 'https://token.actions.githubusercontent.com';
const API = 'https://api.github.com';

/** The form of key that GitHub hands out, and no key. */
export const EXAMPLE_ENVIRONMENT = {
  STS_DOMAIN: EXAMPLE_DOMAIN,
  GITHUB_APP_ID: '1',
  GITHUB_APP_PRIVATE_KEY: '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----',
  LOG_LEVEL: 'error',
};

/** Signed once, with a key that was thrown away. */
export const EXAMPLE_TOKEN =
  'eyJhbGciOiJFUzI1NiIsImtpZCI6ImV4YW1wbGUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL3Rva2VuLmFjdGlvbnMuZ2l0aHVidXNlcmNvbnRlbnQuY29tIiwic3ViIjoicmVwbzphY21lL2FwcDpyZWY6cmVmcy9oZWFkcy9tYWluIiwiYXVkIjoic3RzLmV4YW1wbGUuY29tIiwiZXhwIjo5MDAsImlhdCI6NjAwLCJuYmYiOjYwMCwicmVwb3NpdG9yeSI6ImFjbWUvYXBwIiwicmVwb3NpdG9yeV9vd25lciI6ImFjbWUiLCJyZXBvc2l0b3J5X293bmVyX2lkIjoiMiIsInJlcG9zaXRvcnlfaWQiOiIzIiwicmVmIjoicmVmcy9oZWFkcy9tYWluIn0.BT5YlGgl8eMAuel1FMX0SDaAcIH_20w_7NzCXvyQFz8n4kEa1xex-d57qGLjPNsDwGgQ7UZ31g4-9H0XnPoShw';
const KEY = {
  kty: 'EC',
  crv: 'P-256',
  kid: 'example',
  alg: 'ES256',
  use: 'sig',
  x: 'tc533BDjtID9nJt2MKOc5o68GxVf8fzQ8khg9eTA3iA',
  y: 'CTUVJdrVIxC_rmtfFbytrwXl13VgsWz8mgkxhseRe4I',
};

const POLICY = `# An example
issuer: ${ISSUER}
subject_pattern: 'repo:acme/(app|lib):ref:refs/heads/main'
claim_pattern: { ref: "refs/heads/.*" }
permissions:
  contents: read
  pull_requests: write
`;
/** Identities with a policy each: one that grants, one that does not match, one that can't be read. */
export const EXAMPLE_IDENTITIES = { granted: 'example', refused: ['mismatch', 'broken'] } as const;
const POLICIES = {
  'example.sts.yaml': POLICY,
  'mismatch.sts.yaml': POLICY.replace('heads/main', 'tags/.*'),
  'broken.sts.yaml': `${POLICY}  issues: [write]\nclaim_patterns: { ref: '(' }\n`,
};
const ALLOWLIST = `issuers:\n  - ${ISSUER}\nissuer_patterns: ['https://[a-z]+\\.example\\.com']\n`;

const TOKEN_ANSWER = {
  token: 'example',
  expires_at: '1970-01-01T01:00:00Z',
  permissions: { contents: 'read', pull_requests: 'write' },
  repository_selection: 'selected',
  repositories: [{ id: 3, name: 'app' }],
};

function folderOf(repositoryId: number, files: Readonly<Record<string, string>>): object {
  const entries = Object.entries(files).map(([name, text]) => {
    const blob = { __typename: 'Blob', byteSize: text.length, isBinary: false, isTruncated: false, text };
    return { name, mode: 0o100644, type: 'blob', object: blob };
  });
  const owner = { __typename: 'Organization', databaseId: 2 };
  return { databaseId: repositoryId, owner, object: { __typename: 'Tree', entries } };
}

const ANSWERS: Readonly<Record<string, readonly [status: number, body?: object]>> = {
  [`GET ${ISSUER}/.well-known/openid-configuration`]: [200, { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }],
  [`GET ${ISSUER}/jwks`]: [200, { keys: [KEY] }],
  [`GET ${API}/users/acme/installation`]: [200, { id: 1, account: { id: 2 } }],
  [`POST ${API}/app/installations/1/access_tokens`]: [201, TOKEN_ANSWER],
  [`POST ${API}/graphql`]: [
    200,
    {
      data: {
        target: folderOf(3, POLICIES),
        organization: folderOf(4, { 'trusted-token-issuers.yaml': ALLOWLIST }),
      },
    },
  ],
  [`DELETE ${API}/installation/token`]: [204],
};

/** Stands in for the network, which a Worker may not use before its first request. */
export const exampleFetch: BoundedFetch = async (url, init, { maxBytes }): Promise<FetchOutcome> => {
  const answer = ANSWERS[`${init.method ?? 'GET'} ${url}`];
  if (answer === undefined) return { kind: 'down', detail: 'nothing answers in an example' };
  const [status, body] = answer;
  const text = (await boundedText(body === undefined ? null : streamOf(JSON.stringify(body)), maxBytes)) ?? '';
  return { kind: 'answered', status, headers: new Headers({ 'x-ratelimit-remaining': '9000' }), text };
};

/** Signs nothing: the example's network believes all. */
export const EXAMPLE_SIGNER: AppSigner = {
  check: () => Promise.resolve({ kind: 'usable' }),
  sign: () => Promise.resolve({ kind: 'signed', signature: new Uint8Array(256) }),
};

export const EXAMPLE_SINK: EventSink = {
  name: 'example',
  write: (event) => {
    JSON.stringify(event);
    return Promise.resolve();
  },
};

/** As much of a stream as is read here; a real one is forbidden before the first request. */
function streamOf(text: string): ReadableStream {
  let rest: Uint8Array | undefined = new TextEncoder().encode(text);
  const read = () => {
    const value = rest;
    rest = undefined;
    return Promise.resolve(value === undefined ? { done: true } : { done: false, value });
  };
  const reader = { read, readAtLeast: read, cancel: () => Promise.resolve() };
  return { getReader: () => reader } as unknown as ReadableStream;
}
