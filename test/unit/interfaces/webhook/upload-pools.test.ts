import { beforeEach, describe, expect, it } from '@jest/globals';
import { UploadPools, type Upload } from '../../../../src/interfaces/webhook/upload-pools.ts';
import { AdjustableClock } from '../../../support/clock.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

let clock: AdjustableClock;
let pools: UploadPools;

beforeEach(() => {
  clock = new AdjustableClock();
  clock.freeze(0);
  pools = new UploadPools(clock);
});

function uploaded(bytes: number): Upload {
  const upload = pools.open();
  upload.add(new Uint8Array(bytes));
  return upload;
}

describe('an upload', () => {
  it('has all that arrived, in its order, however it was cut', () => {
    const all = Uint8Array.from({ length: 300 * KIBIBYTE }, (_, index) => index % 251);
    for (const size of [1, 7, 4096, 100_000, all.byteLength]) {
      const upload = pools.open();
      const whole = size === 1 ? all.subarray(0, 9000) : all;
      for (let at = 0; at < whole.byteLength; at += size) upload.add(whole.subarray(at, at + size));
      expect(Buffer.compare(upload.joined(), whole)).toBe(0);
      upload.close();
    }
  });

  it('of the largest size has room, however it is cut', () => {
    for (const sizes of [[160], [1, 160], [1, 256], [256]]) {
      const upload = pools.open();
      for (let count = 0; upload.bytes < 25 * MEBIBYTE && upload.state === 'open'; count++) {
        const size = (sizes[count % sizes.length] ?? 1) * KIBIBYTE;
        upload.add(new Uint8Array(256 * KIBIBYTE).subarray(0, size));
      }
      expect([sizes, upload.state]).toEqual([sizes, 'open']);
      upload.close();
    }
  });

  it('of nothing is empty', () => {
    expect(pools.open().joined().byteLength).toBe(0);
  });
});

describe('bodies up to 1 MiB', () => {
  it('are not displaced by any number of uploads of which nothing came', () => {
    const idle = Array.from({ length: 10_000 }, () => pools.open());
    const small = uploaded(MEBIBYTE);
    expect(small.state).toBe('open');
    expect(idle.every(({ state }) => state === 'open')).toBe(true);
  });

  it('are not displaced by large ones', () => {
    const small = uploaded(MEBIBYTE);
    for (let count = 0; count < 10; count++) uploaded(20 * MEBIBYTE);
    expect(small.state).toBe('open');
    expect(uploaded(MEBIBYTE).state).toBe('open');
  });

  it('displace the oldest of their kind once they fill 8 MiB', () => {
    const old = Array.from({ length: 8 }, () => uploaded(MEBIBYTE));
    expect(old.map(({ state }) => state)).toEqual(Array.from({ length: 8 }, () => 'open'));
    const honest = uploaded(20 * KIBIBYTE);
    expect([honest.state, ...old.slice(0, 3).map(({ state }) => state)]).toEqual(['open', 'displaced', 'open', 'open']);
  });

  it('that were displaced hold nothing any more, and take nothing more', () => {
    const old = uploaded(MEBIBYTE);
    for (let count = 0; count < 8; count++) uploaded(MEBIBYTE);
    expect(old.isOpen()).toBe(false);
    const before = old.bytes;
    old.add(new Uint8Array(10));
    expect(old.bytes).toBe(before);
  });
});

describe('larger bodies', () => {
  it('of 25 MiB fit beside small ones', () => {
    const large = uploaded(25 * MEBIBYTE);
    for (let count = 0; count < 20; count++) uploaded(MEBIBYTE);
    expect(large.state).toBe('open');
    expect(large.joined().byteLength).toBe(25 * MEBIBYTE);
  });

  it('displace the oldest of their kind beyond 32 MiB', () => {
    const [first, second] = [uploaded(15 * MEBIBYTE), uploaded(15 * MEBIBYTE)];
    const third = uploaded(15 * MEBIBYTE);
    expect([first.state, second.state, third.state]).toEqual(['displaced', 'open', 'open']);
  });

  it('leave their room once they are closed, also twice or after they were displaced', () => {
    for (let count = 0; count < 10; count++) {
      const upload = uploaded(25 * MEBIBYTE);
      expect(upload.state).toBe('open');
      upload.close();
      upload.close();
    }
    const [first, second] = [uploaded(20 * MEBIBYTE), uploaded(20 * MEBIBYTE)];
    first.close();
    uploaded(12 * MEBIBYTE);
    expect(second.state).toBe('open');
  });
});

describe('an upload that is slow', () => {
  it('is cut after 4 seconds in which nothing came', () => {
    const upload = uploaded(20 * MEBIBYTE);
    clock.advance(4000);
    expect(upload.isOpen()).toBe(true);
    clock.advance(3999);
    expect(upload.isOpen()).toBe(true);
    clock.advance(1);
    expect([upload.isOpen(), upload.state]).toEqual([false, 'too_slow']);
  });

  it('is cut where 4 seconds bring less than 256 KiB, and stays cut', () => {
    const [slow, fast] = [uploaded(256 * KIBIBYTE - 1), uploaded(256 * KIBIBYTE)];
    clock.advance(4000);
    expect([slow.isOpen(), fast.isOpen()]).toEqual([false, true]);
    slow.add(new Uint8Array(MEBIBYTE));
    expect(slow.isOpen()).toBe(false);
  });

  it('is cut after 10 seconds, whatever it brings', () => {
    const upload = pools.open();
    for (let second = 1; second < 10; second++) {
      clock.advance(1000);
      upload.add(new Uint8Array(MEBIBYTE));
      expect(upload.isOpen()).toBe(true);
    }
    clock.advance(1000);
    upload.add(new Uint8Array(MEBIBYTE));
    expect([upload.isOpen(), upload.state]).toEqual([false, 'too_slow']);
  });
});
