import type { JsonWebKey } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdjustableClock } from '../clock.ts';
import { LoopbackServer, sendJson } from '../loopback-server.ts';
import { generateSigningKey, publicJwk, signToken } from '../signing-key.ts';
import type { Claims, SigningKey, SigningKeyOptions } from '../signing-key.ts';

const SENT_AT_ONCE = 64 * 1024;
const LIFETIME_SECONDS = 300;

export type IssuerDocument = 'discovery' | 'jwks';

export type IssuerFault = (
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 307 | 308 }
  /** Valid JSON, padded to this size. */
  | { readonly kind: 'oversize'; readonly bytes: number }
  /** The same in chunks beside `Content-Length: 10`, which Node's own server would not send. */
  | { readonly kind: 'lying-length'; readonly bytes: number; readonly onSent?: (bytes: number) => void }
  | { readonly kind: 'not-json'; readonly body?: string }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly when?: 'before-headers' | 'mid-body' }
) & {
  /** Both documents unless given. */
  readonly document?: IssuerDocument;
  readonly times?: number;
};

export interface OidcIssuerOptions {
  readonly port?: number;
  /** `/some/path`; one slash at its end is part of the issuer. */
  readonly path?: string;
  readonly clock?: AdjustableClock;
  /** The first key's. */
  readonly key?: SigningKeyOptions;
}

export interface IssuerSignOptions {
  /** The newest key unless given; it need not be published. */
  readonly key?: SigningKey;
  /** Put over the key's own `alg`, `kid` and `typ`. */
  readonly header?: Claims;
}

/** An OpenID Connect issuer on loopback whose keys and faults a test decides. */
export class OidcIssuer {
  readonly clock: AdjustableClock;
  /** Told the URL of each request that a `hang` leaves without an answer. */
  onHang: (url: string) => void = () => undefined;
  readonly #server: LoopbackServer;
  readonly #path: string;
  readonly #hits: Record<IssuerDocument, number> = { discovery: 0, jwks: 0 };
  #keys: SigningKey[] = [];
  #rawKeys: JsonWebKey[] = [];
  #discovery: Claims = {};
  #faults: { readonly fault: IssuerFault; left: number }[] = [];

  private constructor(server: LoopbackServer, options: OidcIssuerOptions) {
    this.#server = server;
    this.#path = options.path ?? '';
    this.clock = options.clock ?? new AdjustableClock();
    this.addKey(options.key);
    server.serve((request, response) => this.#receive(request, response));
  }

  static async start(options: OidcIssuerOptions = {}): Promise<OidcIssuer> {
    return new OidcIssuer(await LoopbackServer.listen(options.port), options);
  }

  /** The `iss` of its tokens. */
  get issuer(): string {
    return this.#server.origin + this.#path;
  }

  get origin(): string {
    return this.#server.origin;
  }

  get hits(): Readonly<Record<IssuerDocument, number>> {
    return { ...this.#hits };
  }

  resetCounters(): void {
    this.#hits.discovery = 0;
    this.#hits.jwks = 0;
  }

  // --- keys ----------------------------------------------------------------------------------

  get currentKey(): SigningKey {
    const key = this.#keys.at(-1);
    if (key === undefined) throw new Error('this issuer has no key');
    return key;
  }

  /** Published beside the others; signs from now on. */
  addKey(options: SigningKeyOptions = {}): SigningKey {
    const key = generateSigningKey(options);
    this.#keys.push(key);
    return key;
  }

  /** A new key in place of all others. */
  rotate(options: SigningKeyOptions = {}): SigningKey {
    this.#keys = [];
    return this.addKey(options);
  }

  withdraw(key: SigningKey): void {
    this.#keys = this.#keys.filter((one) => one !== key);
  }

  /** Published as it is, before the issuer's own keys: corrupt keys, symmetric ones, other uses. */
  publishRaw(...keys: JsonWebKey[]): void {
    this.#rawKeys = keys;
  }

  jwks(): { keys: JsonWebKey[] } {
    return { keys: [...this.#rawKeys, ...this.#keys.map(publicJwk)] };
  }

  // --- tokens --------------------------------------------------------------------------------

  /** `iss`, `iat` and `exp` are set unless given; `undefined` takes a claim away. */
  sign(claims: Claims, options: IssuerSignOptions = {}): string {
    return signToken(options.key ?? this.currentKey, this.claims(claims), options.header);
  }

  claims(claims: Claims): Claims {
    const now = this.clock.seconds();
    return { iss: this.issuer, iat: now, exp: now + LIFETIME_SECONDS, ...claims };
  }

  // --- faults --------------------------------------------------------------------------------

  /** Another `issuer` or `jwks_uri` in the discovery document; `undefined` takes a field away. */
  overrideDiscovery(fields: Claims): void {
    this.#discovery = fields;
  }

  addFault(fault: IssuerFault): void {
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Takes back faults, raw keys and overrides; the keys stay. */
  clearFaults(): void {
    this.#faults = [];
    this.#rawKeys = [];
    this.#discovery = {};
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const base = this.#path.replace(/\/$/, '');
    const { pathname, href } = new URL(request.url ?? '/', this.#server.origin);
    if (pathname === `${base}/.well-known/openid-configuration`) {
      await this.#publish('discovery', this.#discoveryDocument(base), href, response);
    } else if (pathname === `${base}/jwks`) {
      await this.#publish('jwks', this.jwks(), href, response);
    } else {
      sendJson(response, 404, { error: 'not_found' });
    }
  }

  #discoveryDocument(base: string): Claims {
    return {
      issuer: this.issuer,
      jwks_uri: `${this.#server.origin}${base}/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: this.#keys.map((key) => key.alg),
      ...this.#discovery,
    };
  }

  async #publish(document: IssuerDocument, content: object, url: string, response: ServerResponse): Promise<void> {
    this.#hits[document] += 1;
    const faults = this.#takeFaults(document);
    for (const fault of faults) if (fault.kind === 'delay') await sleep(fault.ms, undefined, { ref: false });
    const fault = faults.find((one) => one.kind !== 'delay');
    if (fault === undefined) sendJson(response, 200, content);
    else misbehave(fault, content, response);
    if (fault?.kind === 'hang') this.onHang(url);
  }

  #takeFaults(document: IssuerDocument): IssuerFault[] {
    const taken = this.#faults.filter(({ fault }) => (fault.document ?? document) === document);
    for (const entry of taken) entry.left -= 1;
    this.#faults = this.#faults.filter(({ left }) => left > 0);
    return taken.map(({ fault }) => fault);
  }
}

function misbehave(fault: IssuerFault, content: object, response: ServerResponse): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body ?? '{"error":"fault"}');
      return;
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.location }).end();
      return;
    case 'oversize':
      sendJson(response, 200, { ...content, padding: 'x'.repeat(fault.bytes) });
      return;
    case 'lying-length':
      void sendLyingLength(JSON.stringify({ ...content, padding: 'x'.repeat(fault.bytes) }), response, fault.onSent);
      return;
    case 'not-json':
      response.writeHead(200, { 'content-type': 'application/json' }).end(fault.body ?? '<html>not JSON</html>');
      return;
    case 'reset':
      if (fault.when !== 'mid-body') {
        response.socket?.resetAndDestroy();
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"', () => response.socket?.resetAndDestroy());
      return;
    case 'hang':
    case 'delay':
      return;
  }
}

async function sendLyingLength(body: string, { socket }: ServerResponse, onSent?: (bytes: number) => void) {
  const head = ['HTTP/1.1 200 OK', 'Connection: close', 'Content-Length: 10', 'Transfer-Encoding: chunked'];
  // The client may have had enough half way.
  socket?.on('error', () => undefined);
  socket?.write(`${head.join('\r\n')}\r\n\r\n${body.length.toString(16)}\r\n`);
  let sent = 0;
  for (; sent < body.length && socket?.writable === true; sent += SENT_AT_ONCE) {
    const piece = body.slice(sent, sent + SENT_AT_ONCE);
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  }
  socket?.end('\r\n0\r\n\r\n');
  onSent?.(sent);
}
