import { requestToken } from '../../application/ports/token.ts';

/** An audit event on its way out. `data` is what schemas/ describes; ids, names and hashes only. */
export interface OutgoingEvent {
  readonly type: 'dev.octo-sts.exchange' | 'dev.octo-sts.policy' | 'dev.octo-sts.revocation';
  /** The short name, for the log line. */
  readonly name: 'exchange' | 'policy' | 'revocation';
  /** Unique among the events of this service. */
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  /** What the event is about: the scope and the identity, or a repository. Empty: nothing that has a name. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A place where audit events go. A failure is thrown; whoever calls keeps it from the others. */
export interface EventSink {
  readonly name: string;
  write(event: OutgoingEvent): Promise<void>;
}

export const EVENT_SINKS = requestToken<readonly EventSink[]>('EventSinks');

/** Why a sink did not take an event; the message holds no address and nothing that the other server wrote. */
export class UndeliveredError extends Error {
  override readonly name = 'UndeliveredError';
}
