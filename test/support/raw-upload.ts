import { connect, type Socket } from 'node:net';

/** A request on a socket of its own, for what no HTTP client sends: headers that contradict each other, bodies that stop. */
export class RawUpload {
  readonly #socket: Socket;
  #received = '';
  readonly #ended: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data) => void (this.#received += data.toString('latin1')));
    // The server may have had enough half way.
    socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Sends the head, which `headers` complete, and nothing of the body. */
  static async start(url: string, headers: readonly string[]): Promise<RawUpload> {
    const { hostname, port, host, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    const upload = new RawUpload(socket);
    await upload.send([`POST ${pathname} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''].join('\r\n'));
    return upload;
  }

  /** Ends once the kernel has it all; or at once, where nobody takes it any more. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(data, () => resolve()));
  }

  /** Of the answer so far; 0 where none has come. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.#received)?.[1] ?? 0);
  }

  /** Whether nobody listens any more. */
  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#ended;
  }
}

/** As `Transfer-Encoding: chunked` frames it (RFC 9112 §7.1). */
export function framed(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
