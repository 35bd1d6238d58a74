import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { boundedFetch } from '../../../../src/infrastructure/http/bounded-fetch.ts';

const BOUNDS = { timeoutMs: 1000, maxBytes: 100 };
const realFetch = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = realFetch;
});

function answering(response: Response): void {
  globalThis.fetch = jest.fn<typeof fetch>().mockResolvedValue(response);
}

describe('an answer', () => {
  it('that is longer than it says is counted all the same', async () => {
    answering(new Response('x'.repeat(101), { headers: { 'content-length': '10' } }));
    expect(await boundedFetch('https://a.example.com', {}, BOUNDS)).toMatchObject({ kind: 'too_large' });
  });

  it('that says to be too long is not read', async () => {
    let isStopped = false;
    const body = new ReadableStream({ cancel: () => void (isStopped = true) });
    answering(new Response(body, { headers: { 'content-length': '101' } }));
    expect(await boundedFetch('https://a.example.com', {}, BOUNDS)).toMatchObject({ kind: 'too_large' });
    expect(isStopped).toBe(true);
  });

  it('without a body is an empty text', async () => {
    answering(new Response(null, { status: 204 }));
    expect(await boundedFetch('https://a.example.com', {}, BOUNDS)).toMatchObject({ status: 204, text: '' });
  });

  it('that breaks off is none', async () => {
    const server = await cuttingServer();
    const { port } = server.address() as AddressInfo;
    expect(await boundedFetch(`http://127.0.0.1:${port}`, {}, BOUNDS)).toMatchObject({ kind: 'down' });
    server.close();
  });
});

/** Announces 50 bytes, sends 2 and hangs up. */
function cuttingServer(): Promise<Server> {
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}'));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
