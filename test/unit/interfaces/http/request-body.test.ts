import { describe, expect, it } from '@jest/globals';
import { boundedBody } from '../../../../src/interfaces/http/request-body.ts';

/** A body in these chunks; it ends only if `ends`. */
function request(chunks: readonly string[], headers: Record<string, string> = {}, ends = true): Request {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      if (ends) controller.close();
    },
  });
  return new Request('https://sts.example.com', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
}

describe('reading a body', () => {
  it('takes one buffer of the declared length', async () => {
    const reserved: number[] = [];
    const bytes = await boundedBody(request(['ab', 'c'], { 'content-length': '3' }), 10, {
      reserve: (size) => void reserved.push(size),
    });
    expect([new TextDecoder().decode(bytes), bytes.buffer.byteLength, reserved]).toEqual(['abc', 3, [3]]);
  });

  it('reserves as it grows where no length was declared', async () => {
    const reserved: number[] = [];
    const bytes = await boundedBody(request(['abc', 'd', 'efgh']), 10, { reserve: (size) => void reserved.push(size) });
    expect([new TextDecoder().decode(bytes), reserved]).toEqual(['abcdefgh', [0, 3, 6, 10]]);
  });

  it.each(['x', '-5', '', '1e-9'])('reads on where the declared length is no length: %j', async (length) => {
    const bytes = await boundedBody(request(['abc'], { 'content-length': length }), 10);
    expect(new TextDecoder().decode(bytes)).toBe('abc');
  });

  it('has no more than what came where less came than was declared', async () => {
    expect((await boundedBody(request(['abc'], { 'content-length': '7' }), 10)).byteLength).toBe(3);
  });

  it('is empty without a body', async () => {
    expect((await boundedBody(new Request('https://sts.example.com'), 10)).byteLength).toBe(0);
  });

  it.each([{ 'content-length': '11' }, {}])('refuses more bytes than may be: %j', async (headers) => {
    const tooLarge = boundedBody(request(['abcdef', 'ghijkl'], headers, false), 10);
    await expect(tooLarge).rejects.toMatchObject({ kind: 'payload_too_large' });
  });

  it('reads nothing where the reservation is refused', async () => {
    const own = request(['abc'], { 'content-length': '3' });
    const refused = boundedBody(own, 10, {
      reserve: () => {
        throw new Error('full');
      },
    });
    await expect(refused).rejects.toThrow('full');
    expect(own.bodyUsed).toBe(false);
  });

  it('gives up on a body that does not come to its end in time', async () => {
    const slow = boundedBody(request(['abc'], { 'content-length': '7' }, false), 10, {
      signal: AbortSignal.timeout(20),
    });
    await expect(slow).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
