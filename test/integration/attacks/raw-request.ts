import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a server may take to answer what is no HTTP, or to leave it unanswered. */
const PATIENCE_MS = 300;

/** Sends bytes past every check of an HTTP library. @returns whatever comes back, as text */
export async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  const ended = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (/\r\n\r\n[^]*\}/.test(received)) resolve();
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.write(text);
  await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })]);
  socket.destroy();
  return received;
}

/** The statuses of all answers, for smuggled requests would get one of their own. */
export function statusesIn(received: string): readonly number[] {
  return [...received.matchAll(/^HTTP\/1\.1 ([0-9]{3})/gm)].map((match) => Number(match[1]));
}

/** An exchange that would be granted, but for what the head and the body are made into. */
export const SMUGGLED: readonly (readonly [source: string, title: string, text: (token: string) => string])[] = [
  [
    'RFC 9112 §6.1',
    'a length beside a transfer coding, and a second request in the rest',
    (token) =>
      head(['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 4', 'Transfer-Encoding: chunked']) +
      `0\r\n\r\n${honest(token)}`,
  ],
  [
    'RFC 9112 §6.3',
    'two different lengths',
    (token) => head(['Content-Length: 0', 'Content-Length: 500']) + honest(token),
  ],
  ['RFC 9112 §6.3', 'a negative length', (token) => head(['Content-Length: -1']) + honest(token)],
  ['RFC 9112 §6.3', 'a length that is no number', (token) => head(['Content-Length: 0x10']) + honest(token)],
  [
    'RFC 9112 §7.1',
    'chunks whose size is no number',
    (token) => head(['Transfer-Encoding: chunked']) + `zz\r\n${honest(token)}`,
  ],
  [
    'RFC 9112 §6.1',
    'a transfer coding that nobody knows',
    (token) => head(['Transfer-Encoding: xchunked']) + honest(token),
  ],
  [
    'RFC 9112 §5.1',
    'a blank before the colon of a header',
    (token) => `GET /nothing HTTP/1.1\r\nHost : a\r\n\r\n${honest(token)}`,
  ],
  [
    'RFC 9112 §5.2',
    'a header that is folded',
    (token) => `GET /nothing HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer\r\n ${token}\r\n\r\n`,
  ],
  ['RFC 9112 §3', 'a request line without a version', () => 'GET /sts/exchange\r\n\r\n'],
  [
    'RFC 9112 §3',
    'a request line with a method in small letters',
    () => 'get /sts/exchange HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['RFC 9112 §2.2', 'a request that is none', () => '\u0000\u0001\u0002\r\n\r\n'],
  ['RFC 9113 §3.4', 'the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
];

function head(lines: readonly string[]): string {
  return ['POST /sts/exchange?scope=acme/app HTTP/1.1', 'Host: sts.example.com', ...lines, '', ''].join('\r\n');
}

/** What is smuggled: by itself it is granted. */
export function honest(token: string): string {
  return `GET /sts/exchange?scope=acme/app&identity=deploy HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`;
}
