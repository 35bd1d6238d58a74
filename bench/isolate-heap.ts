/** What the debugger's protocol says of an isolate's heap (V8, "Runtime.getHeapUsage"), in bytes. */
interface HeapUsage {
  readonly usedSize: number;
  /** Of array buffers, which lie outside of the heap. */
  readonly backingStorageSize?: number;
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
}

interface InspectorTarget {
  readonly id: string;
  readonly webSocketDebuggerUrl: string;
}

const MIB = 1024 * 1024;
/** Miniflare has Workers of its own in the process. */
const USER_WORKER = 'core:user:';
const MOST_TRIES = 100;
const PAUSE_MS = 50;

/** The memory that counts against the platform's limit: of one isolate, not of the process that runs it. */
export class IsolateHeap {
  private calls = 0;
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  private readonly socket: WebSocket;

  private readonly wake: () => Promise<unknown>;

  private constructor(socket: WebSocket, wake: () => Promise<unknown>) {
    this.socket = socket;
    this.wake = wake;
    socket.addEventListener('message', ({ data }) => this.receive(JSON.parse(String(data)) as Reply));
  }

  /**
   * @param inspector the address that Miniflare gives
   * @param wake makes the Worker run: workerd collects garbage only then
   */
  static async connect(inspector: URL, wake: () => Promise<unknown>): Promise<IsolateHeap> {
    const list = (await (await fetch(`http://${inspector.host}/json/list`)).json()) as InspectorTarget[];
    const target = list.find(({ id }) => id.startsWith(USER_WORKER));
    if (target === undefined) throw new Error('the inspector knows no Worker');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    return new IsolateHeap(socket, wake);
  }

  /** What is alive: garbage is collected first. */
  async usedMib(): Promise<number> {
    await this.collectGarbage();
    const { usedSize, backingStorageSize = 0 } = (await this.call('Runtime.getHeapUsage')) as HeapUsage;
    return (usedSize + backingStorageSize) / MIB;
  }

  private async collectGarbage(): Promise<void> {
    const collected = this.call('HeapProfiler.collectGarbage').then(() => true);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      await this.wake();
      const pause = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PAUSE_MS));
      if (await Promise.race([collected, pause])) return;
    }
    throw new Error('the isolate collected no garbage');
  }

  close(): void {
    this.socket.close();
  }

  private call(method: string): Promise<unknown> {
    const id = (this.calls += 1);
    return new Promise((resolve) => {
      this.waiting.set(id, ({ result }) => resolve(result));
      this.socket.send(JSON.stringify({ id, method, params: {} }));
    });
  }

  private receive(reply: Reply): void {
    if (reply.id === undefined) return;
    this.waiting.get(reply.id)?.(reply);
    this.waiting.delete(reply.id);
  }
}
