import { publicJwk } from '../support/signing-key.ts';
import type { SigningKey } from '../support/signing-key.ts';

/** An answer as it comes off the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Sent after the body, to make it large. */
  readonly paddingBytes?: number;
  /** The connection breaks after the body. */
  readonly breaksOff?: boolean;
}

export type Distorted = RawAnswer | 'reset' | 'timeout';

/** @param nth of this request of ours, from 0 */
export type Distort = (answer: RawAnswer, nth: number) => Distorted;

const GITHUB_API = 'https://api.github.com';
const PADDING = new Uint8Array(64 * 1024).fill(0x20);
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * What the service's `fetch` reaches: the local GitHub under GitHub's own address, and issuers whose keys are given. Every
 * other address is down. Notes each contact.
 */
export class Wire {
  readonly contacts: string[] = [];
  distort: Distort | undefined;
  readonly #fetch: typeof fetch;
  readonly #githubUrl: string;
  readonly #issuers: ReadonlyMap<string, SigningKey>;

  constructor(real: typeof fetch, githubUrl: string, issuers: ReadonlyMap<string, SigningKey>) {
    this.#fetch = real;
    this.#githubUrl = githubUrl;
    this.#issuers = issuers;
  }

  begin(): void {
    this.contacts.length = 0;
    this.distort = undefined;
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const nth = this.contacts.push(url) - 1;
    const answer = await this.#answer(url, init);
    const distorted = this.distort?.(answer, nth) ?? answer;
    if (distorted === 'reset') throw new TypeError('fetch failed');
    if (distorted === 'timeout') throw new DOMException('too late', 'TimeoutError');
    return asResponse(distorted);
  }

  async #answer(url: string, init: RequestInit): Promise<RawAnswer> {
    if (url.startsWith(`${GITHUB_API}/`)) {
      const response = await this.#fetch(this.#githubUrl + url.slice(GITHUB_API.length), init);
      const body = new Uint8Array(await response.arrayBuffer());
      return { status: response.status, headers: Object.fromEntries(response.headers), body };
    }
    for (const [issuer, key] of this.#issuers) {
      const keys = `${issuer}/keys`;
      if (url === `${issuer}/.well-known/openid-configuration`) return jsonAnswer({ issuer, jwks_uri: keys });
      if (url === keys) return jsonAnswer({ keys: [publicJwk(key)] });
    }
    throw new TypeError('fetch failed');
  }
}

function jsonAnswer(value: unknown): RawAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: new TextEncoder().encode(JSON.stringify(value)) };
}

function asResponse({ status, headers, body, paddingBytes = 0, breaksOff = false }: RawAnswer): Response {
  if (BODYLESS.has(status)) return new Response(null, { status, headers: { ...headers } });
  let left = paddingBytes;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (body.byteLength > 0) controller.enqueue(body);
    },
    pull: (controller) => {
      if (left > 0) controller.enqueue(PADDING);
      else if (breaksOff) controller.error(new TypeError('terminated'));
      else controller.close();
      left -= PADDING.byteLength;
    },
  });
  return new Response(stream, { status, headers: { ...headers } });
}
