import type { Clock } from '../../application/ports/clock.ts';
import { isolateToken } from '../../application/ports/token.ts';

/** Nearly all of GitHub's deliveries are far smaller. They have a pool of their own, which larger ones can't fill. */
const SMALL_BODY_BYTES = 1024 * 1024;
/** To push a small delivery out, somebody must send this much while it arrives, which takes milliseconds. */
const SMALL_POOL_BYTES = 8 * 1024 * 1024;
/** One of the largest bodies (25 MiB) fits beside others. With the small ones a third of an isolate's 128 MB. */
const LARGE_POOL_BYTES = 32 * 1024 * 1024;
/** GitHub itself gives up after 10 s. */
const MAX_UPLOAD_MS = 10_000;
/** In each such time a body must end or bring `MIN_WINDOW_BYTES`: 64 KiB a second. */
const PACE_WINDOW_MS = 4000;
const MIN_WINDOW_BYTES = 256 * 1024;
const FIRST_BLOCK_BYTES = 4096;
const MAX_BLOCK_BYTES = 256 * 1024;

/** `displaced`: newer uploads needed the room. */
export type UploadState = 'open' | 'displaced' | 'too_slow';

/**
 * The isolate's memory for bodies whose signature is not checked yet, which needs the whole body. Only bytes that have
 * arrived count. When a pool is full, its oldest upload is ended: an honest one has finished by then.
 */
export class UploadPools {
  private readonly small = new UploadPool(SMALL_POOL_BYTES);
  private readonly large = new UploadPool(LARGE_POOL_BYTES);

  constructor(private readonly clock: Clock) {}

  /** Must always be closed. An upload that a cancelled request left open holds no memory, and is ended first. */
  open(): Upload {
    return new Upload(this.small, this.large, this.clock);
  }
}

export const UPLOAD_POOLS = isolateToken<UploadPools>('UploadPools');

/** A body that is arriving. */
export class Upload {
  private readonly blocks: Uint8Array[] = [];
  private readonly share: Share = { bytes: 0, isDisplaced: false, blocks: new WeakRef(this.blocks) };
  private pool: UploadPool;
  private arrived = 0;
  /** Free bytes at the end of the last block. */
  private free = 0;
  private isTooSlow = false;
  private readonly openedMs: number;
  private windowMs: number;
  private arrivedBeforeWindow = 0;

  constructor(
    small: UploadPool,
    private readonly large: UploadPool,
    private readonly clock: Clock,
  ) {
    this.pool = small;
    this.openedMs = clock.now();
    this.windowMs = this.openedMs;
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.arrived;
  }

  get state(): UploadState {
    if (this.share.isDisplaced) return 'displaced';
    return this.isTooSlow ? 'too_slow' : 'open';
  }

  /** Must be called regularly: only then is it noticed that nothing arrives any more. */
  isOpen(): boolean {
    this.isTooSlow ||= this.fallsBehind(this.clock.now());
    return this.state === 'open';
  }

  /** Copies the piece: else one byte would keep the whole buffer alive that it came in. */
  add(piece: Uint8Array): void {
    for (let rest = piece; rest.byteLength > 0 && !this.share.isDisplaced;) {
      if (this.free === 0) this.addBlock();
      const part = rest.subarray(0, this.free);
      const block = this.blocks.at(-1);
      block?.set(part, block.byteLength - this.free);
      this.free -= part.byteLength;
      this.arrived += part.byteLength;
      rest = rest.subarray(part.byteLength);
    }
  }

  /** All that arrived, in one. */
  joined(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.arrived);
    let offset = 0;
    for (const block of this.blocks.splice(0)) {
      all.set(block.subarray(0, this.arrived - offset), offset);
      offset += block.byteLength;
    }
    return all;
  }

  close(): void {
    this.pool.release(this.share);
    this.blocks.length = 0;
  }

  /** As large as all before, so that no more than twice of what has arrived is held. */
  private addBlock(): void {
    const size = Math.min(Math.max(this.share.bytes, FIRST_BLOCK_BYTES), MAX_BLOCK_BYTES);
    this.blocks.push(new Uint8Array(size));
    this.free = size;
    const held = this.share.bytes + size;
    if (this.pool !== this.large && held > SMALL_BODY_BYTES) {
      this.pool.release(this.share);
      this.pool = this.large;
    }
    this.pool.hold(this.share, held);
  }

  private fallsBehind(nowMs: number): boolean {
    if (nowMs - this.openedMs >= MAX_UPLOAD_MS) return true;
    if (nowMs - this.windowMs < PACE_WINDOW_MS) return false;
    const isSlow = this.arrived - this.arrivedBeforeWindow < MIN_WINDOW_BYTES;
    this.windowMs = nowMs;
    this.arrivedBeforeWindow = this.arrived;
    return isSlow;
  }
}

/** What one upload holds of a pool. Weak, so that a cancelled request's memory goes with it. */
interface Share {
  bytes: number;
  isDisplaced: boolean;
  readonly blocks: WeakRef<Uint8Array[]>;
}

class UploadPool {
  /** Oldest first. */
  private readonly shares = new Set<Share>();
  private bytes = 0;

  constructor(private readonly limitBytes: number) {}

  hold(share: Share, bytes: number): void {
    this.bytes += bytes - (this.shares.has(share) ? share.bytes : 0);
    share.bytes = bytes;
    this.shares.add(share);
    for (const oldest of this.shares) {
      if (this.bytes <= this.limitBytes) return;
      this.displace(oldest);
    }
  }

  release(share: Share): void {
    if (this.shares.delete(share)) this.bytes -= share.bytes;
  }

  /** Frees the memory at once, for it is needed now. Its request notices later. */
  private displace(share: Share): void {
    this.release(share);
    share.isDisplaced = true;
    share.blocks.deref()?.splice(0);
  }
}
