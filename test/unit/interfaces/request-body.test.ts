import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { pourBody, requestText, requireDeclaredLength } from '../../../src/interfaces/request-body.ts';

afterEach(() => {
  jest.useRealTimers();
});

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

/** Takes so many bytes, then has enough. */
class Glass {
  text = '';

  constructor(private readonly room: number) {}

  get bytes(): number {
    return this.text.length;
  }

  add(piece: Uint8Array): void {
    this.text += new TextDecoder().decode(piece);
  }

  isOpen(): boolean {
    return this.bytes < this.room;
  }
}

describe('the text of a request', () => {
  it.each(['x', '-5', '', '1e-9', '2', '7'])('is what came, whatever length was declared: %j', async (length) => {
    expect(await requestText(request(['ab', 'c'], { 'content-length': length }), 10)).toBe('abc');
  });

  it.each([{ 'content-length': '11' }, { 'content-length': '1' }, {}])(
    'is refused with more bytes than may be: %j',
    async (headers) => {
      const tooLarge = requestText(request(['abcdef', 'ghijkl'], headers, false), 10);
      await expect(tooLarge).rejects.toMatchObject({ kind: 'payload_too_large' });
    },
  );

  it('is not read where too much was declared', async () => {
    const own = request(['abc'], { 'content-length': '11' });
    await expect(requestText(own, 10)).rejects.toMatchObject({ kind: 'payload_too_large' });
    expect(own.bodyUsed).toBe(false);
    expect(() => requireDeclaredLength(own, 10)).toThrow();
  });

  it('is empty without a body', async () => {
    expect(await requestText(new Request('https://sts.example.com'), 10)).toBe('');
  });
});

describe('a body that is poured', () => {
  it('comes whole', async () => {
    const glass = new Glass(100);
    await pourBody(request(['abc', 'd', 'efgh'], { 'content-length': '1' }), 8, glass);
    expect(glass.text).toBe('abcdefgh');
  });

  it('is refused at the byte beyond the limit, and no more of it is kept', async () => {
    const glass = new Glass(100);
    const tooLarge = pourBody(request(['abcdef', 'ghijkl'], {}, false), 10, glass);
    await expect(tooLarge).rejects.toMatchObject({ kind: 'payload_too_large' });
    expect(glass.text).toBe('abcdef');
  });

  it('ends where the taker has enough', async () => {
    const glass = new Glass(4);
    await pourBody(request(['abc', 'd', 'efgh'], {}, false), 100, glass);
    expect(glass.text).toBe('abcd');
  });

  it('ends though nothing comes any more, once the taker has enough', async () => {
    jest.useFakeTimers();
    let isOpen = true;
    const pour = pourBody(request(['abc'], {}, false), 100, { bytes: 0, add: () => undefined, isOpen: () => isOpen });
    await jest.advanceTimersByTimeAsync(1000);
    isOpen = false;
    await jest.advanceTimersByTimeAsync(500);
    await expect(pour).resolves.toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});
