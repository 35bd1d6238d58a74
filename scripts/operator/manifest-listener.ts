import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { escaped, manifestPage, type AppManifest } from './app-manifest.ts';

/** What GitHub's codes are made of, and room for longer ones. */
const CODE = /^[A-Za-z0-9_-]{1,200}$/;
const SECRET_BYTES = 32;
const ADDRESS = '127.0.0.1';

const ANSWERS = {
  notHere: [404, 'There is nothing here.'],
  otherHost: [421, 'This page is served under its own address alone.'],
  method: [405, 'GET alone.'],
  forged: [400, 'This did not come from the page that was opened for you. Nothing was done.'],
  noCode: [400, 'GitHub sent no code that can be used. Go back, and register the App again.'],
  used: [410, 'This was used already. Go on in the terminal.'],
  done: [200, 'The App is registered. Close this page, and go on in the terminal.'],
} as const satisfies Record<string, readonly [number, string]>;

/**
 * Sends a browser to GitHub with a manifest, and takes the code that GitHub sends back: once, on loopback, on a port
 * that is free. Another page in the same browser has neither the path of the page nor the state, and gets nothing done.
 * Another user of the machine may read both on the browser's command line: the App that comes back is taken from the owner
 * alone that was asked for.
 */
export class ManifestListener {
  /** GitHub hands it back, so that a code of somebody else's App is not taken (RFC 6749 §10.12). */
  private readonly state = randomBytes(SECRET_BYTES).toString('base64url');
  private readonly start = `/${randomBytes(SECRET_BYTES).toString('base64url')}`;
  private isUsed = false;
  private takeCode: (code: string) => void = () => undefined;
  private readonly code = new Promise<string>((resolve) => (this.takeCode = resolve));

  private constructor(
    private readonly server: Server,
    private readonly port: number,
    private readonly registration: string,
    private readonly manifest: (redirectUrl: string) => AppManifest,
  ) {
    server.on('request', (request, response) => this.answer(request, response));
  }

  /** @param registration GitHub's page that takes the manifest, without a query */
  static async listen(registration: string, manifest: (redirectUrl: string) => AppManifest): Promise<ManifestListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, ADDRESS, resolve);
    });
    return new ManifestListener(server, (server.address() as AddressInfo).port, registration, manifest);
  }

  /** What to open in a browser. */
  get page(): string {
    return `http://${this.authority}${this.start}`;
  }

  /** @returns the code, or nothing where none came in time */
  async received(withinMilliseconds: number): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>(
      (resolve) => (timer = setTimeout(() => resolve(undefined), withinMilliseconds)),
    );
    try {
      return await Promise.race([this.code, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    // An answer that is under way may end; a connection that somebody holds open may not keep the program.
    setTimeout(() => this.server.closeAllConnections(), 500).unref();
    await closed;
  }

  private get authority(): string {
    return `${ADDRESS}:${this.port}`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // A name that an attacker's DNS points to loopback comes with that name (DNS rebinding).
    const answer = request.headers.host === this.authority ? this.judged(request) : 'otherHost';
    if (answer === 'page') this.sendPage(response);
    else tell(response, answer);
  }

  private judged({ method, url: target = '/' }: IncomingMessage): keyof typeof ANSWERS | 'page' {
    if (method !== 'GET') return 'method';
    // A target such as `//host` is no path of ours.
    const url = URL.canParse(target, `http://${this.authority}`)
      ? new URL(target, `http://${this.authority}`)
      : undefined;
    if (url?.host !== this.authority) return 'notHere';
    if (isSame(url.pathname, this.start)) return this.isUsed ? 'used' : 'page';
    return url.pathname === '/callback' ? this.callback(url.searchParams) : 'notHere';
  }

  private callback(query: URLSearchParams): keyof typeof ANSWERS {
    const [state, ...otherStates] = query.getAll('state');
    const [code, ...otherCodes] = query.getAll('code');
    if (state === undefined || otherStates.length > 0 || !isSame(state, this.state)) return 'forged';
    if (this.isUsed) return 'used';
    if (code === undefined || otherCodes.length > 0 || !CODE.test(code)) return 'noCode';
    this.isUsed = true;
    this.takeCode(code);
    return 'done';
  }

  private sendPage(response: ServerResponse): void {
    const nonce = randomBytes(SECRET_BYTES).toString('base64url');
    const action = `${this.registration}?state=${this.state}`;
    const page = manifestPage(this.manifest(`http://${this.authority}/callback`), action, nonce);
    send(
      response,
      200,
      page,
      `default-src 'none'; script-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'`,
    );
  }
}

function tell(response: ServerResponse, answer: keyof typeof ANSWERS): void {
  const [status, sentence] = ANSWERS[answer];
  send(
    response,
    status,
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>octo-sts-worker</title>\n<p>${escaped(sentence)}</p>\n</html>\n`,
    "default-src 'none'; frame-ancestors 'none'",
  );
}

function send(response: ServerResponse, status: number, body: string, policy: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-store',
    // The page's path is a secret; GitHub may know the origin.
    'referrer-policy': 'strict-origin',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(body);
}

/** In a time that does not tell how much is right. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
