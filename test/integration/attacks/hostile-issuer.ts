import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { LoopbackServer } from '../../support/loopback-server.ts';

/** What is answered to one request: a JSON document, or whatever the handler does. */
export type Page = { readonly json: unknown } | ((response: ServerResponse, origin: string) => void);

/** The two documents of an issuer; from its own address, for they name it. */
export interface Script {
  readonly discovery?: (issuer: string, origin: string) => Page;
  readonly jwks?: (issuer: string, origin: string) => Page;
}

/** One server with an issuer under each path, every one of them misbehaving as its row says. */
export class HostileIssuers {
  readonly #server: LoopbackServer;
  readonly #scripts: readonly Script[];
  readonly #asked: string[] = [];

  private constructor(server: LoopbackServer, scripts: readonly Script[]) {
    this.#server = server;
    this.#scripts = scripts;
    server.serve((request, response) => this.#answer(request, response));
  }

  static async start(scripts: readonly Script[]): Promise<HostileIssuers> {
    return new HostileIssuers(await LoopbackServer.listen(), scripts);
  }

  issuer(index: number): string {
    return `${this.#server.origin}/${index}`;
  }

  get issuers(): readonly string[] {
    return this.#scripts.map((_, index) => this.issuer(index));
  }

  /** Every path that was asked for below an issuer's, and beside all of them. */
  asked(index: number): readonly string[] {
    const own = `/${index}/`;
    return this.#asked.filter((path) => path.startsWith(own)).map((path) => path.slice(own.length));
  }

  /** Requests to what no row is to lead to. */
  get trapped(): readonly string[] {
    return this.#asked.filter((path) => path.startsWith('/trap'));
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #answer({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#asked.push(url);
    const [, index = '', ...rest] = url.split('/');
    const script = this.#scripts[Number(index)];
    const issuer = `${this.#server.origin}/${index}`;
    const page = script === undefined ? undefined : pageOf(script, rest.join('/'), issuer, this.#server.origin);
    if (page === undefined) response.writeHead(404).end('{}');
    else if (typeof page === 'function') page(response, this.#server.origin);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page.json));
  }
}

function pageOf(script: Script, path: string, issuer: string, origin: string): Page | undefined {
  if (path === '.well-known/openid-configuration') {
    return (script.discovery ?? usualDiscovery)(issuer, origin);
  }
  return path === 'jwks' ? script.jwks?.(issuer, origin) : undefined;
}

export function usualDiscovery(issuer: string): { readonly json: Readonly<Record<string, unknown>> } {
  return { json: { issuer, jwks_uri: `${issuer}/jwks` } };
}

export function status(code: number, body = '{}'): Page {
  return (response) => response.writeHead(code, { 'content-type': 'application/json' }).end(body);
}

export function body(text: string | Buffer, headers: Readonly<Record<string, string>> = {}): Page {
  return (response) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
}

/** To a place that notes who comes. */
export function redirect(code: number): Page {
  return (response, origin) => response.writeHead(code, { location: `${origin}/trap` }).end();
}

/** A few kilobytes that become many megabytes. */
export function bomb(megabytes: number): Page {
  return body(gzipSync(' '.repeat(megabytes * 1024 * 1024)), { 'content-encoding': 'gzip' });
}

/** Bytes as they are, past every check of an HTTP library. */
export function raw(text: string): Page {
  return (response) => {
    const { socket } = response;
    socket?.write(text);
    socket?.end();
  };
}
