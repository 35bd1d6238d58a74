import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { noteExposure } from './canary.ts';
import { LoopbackServer, readBody } from './loopback-server.ts';

export interface ReceivedEvent {
  readonly url: string;
  readonly contentType: string;
  readonly authorization: string | undefined;
  readonly text: string;
}

/** What the ingress does with the next requests: an HTTP status, or no answer at all. */
export type IngressMood = number | 'hang' | 'reset' | { readonly redirectTo: string };

/** The other end of `EVENT_INGRESS_URI`. */
export class EventIngress {
  readonly received: ReceivedEvent[] = [];
  /** Used up one by one, then 202. */
  readonly moods: IngressMood[] = [];
  readonly #server: LoopbackServer;

  private constructor(server: LoopbackServer) {
    this.#server = server;
    server.serve((request, response) => this.#receive(request, response));
  }

  static async start(): Promise<EventIngress> {
    return new EventIngress(await LoopbackServer.listen());
  }

  get url(): string {
    return `${this.#server.origin}/events`;
  }

  /** What was taken, parsed. */
  events(): Record<string, unknown>[] {
    return this.received.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await readBody(request)).toString('utf8');
    const mood = this.moods.shift() ?? 202;
    noteExposure('event', text);
    const { authorization, 'content-type': contentType = '' } = request.headers;
    this.received.push({ url: request.url ?? '', contentType, authorization, text });
    if (mood === 'hang') return sleep(60_000, undefined, { ref: false });
    if (mood === 'reset') response.socket?.resetAndDestroy();
    else if (typeof mood === 'object') response.writeHead(307, { location: mood.redirectTo }).end();
    else response.writeHead(mood).end();
  }
}
