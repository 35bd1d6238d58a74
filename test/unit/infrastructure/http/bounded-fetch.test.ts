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

  it('that breaks off is none, and the detail says so', async () => {
    const server = await cuttingServer('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}');
    const outcome = await boundedFetch(addressOf(server), {}, BOUNDS);
    server.close();
    expect(outcome).toEqual({ kind: 'down', detail: expect.stringMatching(/^the answer broke off \(\w+\)$/) });
  });

  const NO_ANSWER = /^no connection, or it ended before an answer \(\w+\)$/;

  it('that never begins is none, and the detail says so', async () => {
    const server = await cuttingServer('');
    const outcome = await boundedFetch(addressOf(server), {}, BOUNDS);
    server.close();
    expect(outcome).toEqual({ kind: 'down', detail: expect.stringMatching(NO_ANSWER) });
  });

  it('can’t come where nobody listens, and the detail says so', async () => {
    const server = await cuttingServer('');
    const address = addressOf(server);
    await new Promise((resolve) => server.close(resolve));
    const outcome = await boundedFetch(address, {}, BOUNDS);
    expect(outcome).toEqual({ kind: 'down', detail: expect.stringMatching(NO_ANSWER) });
  });
});

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends this in answer to the first request, and hangs up. */
function cuttingServer(answer: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(answer));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
