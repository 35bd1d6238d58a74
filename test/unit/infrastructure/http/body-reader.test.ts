import { describe, expect, it } from '@jest/globals';
import { boundedText, declaredLength } from '../../../../src/infrastructure/http/body-reader.ts';

/** Gives one chunk for each pull, and notes whether it was told to stop. */
function streamOf(chunks: readonly Uint8Array[]): {
  stream: ReadableStream;
  pulled: () => number;
  stopped: () => boolean;
} {
  let [next, isStopped] = [0, false];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const chunk = chunks[next++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => void (isStopped = true),
    },
    { highWaterMark: 0 },
  );
  return { stream, pulled: () => next, stopped: () => isStopped };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a text of bounded length', () => {
  it('is decoded across chunks that cut characters', async () => {
    const all = bytes('a€𝄞ü');
    const { stream } = streamOf([...all].map((byte) => Uint8Array.of(byte)));
    expect(await boundedText(stream, all.byteLength)).toBe('a€𝄞ü');
  });

  it('that ends within a character has a replacement for it', async () => {
    expect(await boundedText(streamOf([bytes('a€').subarray(0, 2)]).stream, 10)).toBe('a\ufffd');
  });

  it('may be as long as the limit, and not a byte longer', async () => {
    expect(await boundedText(streamOf([bytes('12345'), bytes('67890')]).stream, 10)).toBe('1234567890');
    expect(await boundedText(streamOf([bytes('12345'), bytes('678901')]).stream, 10)).toBeUndefined();
  });

  it('is given up at the chunk that passes the limit, and its sender told', async () => {
    const endless = streamOf(Array.from({ length: 1000 }, () => bytes('1234')));
    expect(await boundedText(endless.stream, 10)).toBeUndefined();
    expect([endless.pulled(), endless.stopped()]).toEqual([3, true]);
  });

  it('is empty without a body', async () => {
    expect(await boundedText(null, 10)).toBe('');
  });

  it('fails as its stream does', async () => {
    const stream = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
    await expect(boundedText(stream, 10)).rejects.toThrow('reset');
  });
});

describe('a declared length', () => {
  it.each([
    ['7', 7],
    ['x', 0],
    ['-5', 0],
    ['', 0],
  ])('%j counts as %d', (value, length) => {
    expect(declaredLength(new Headers({ 'content-length': value }))).toBe(length);
  });

  it('that is missing counts as 0', () => {
    expect(declaredLength(new Headers())).toBe(0);
  });
});
