import { requestToken } from '../../application/ports/token.ts';
import type { ExchangeData, HealthData, PolicyChangeData, RevocationData } from './event-data.ts';

/** An event on its way out. It holds ids, names and hashes only. */
interface Outgoing<Name extends string, Data> {
  readonly type: `dev.octo-sts.${Name}`;
  /** The short name, for the log line. */
  readonly name: Name;
  /** Unique among the events of this service. */
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  /** What the event is about: the scope and the identity, or a repository. Empty: nothing that has a name. */
  readonly subject: string;
  readonly data: Data;
}

export type OutgoingEvent =
  | Outgoing<'exchange', ExchangeData>
  | Outgoing<'policy', PolicyChangeData>
  | Outgoing<'revocation', RevocationData>
  | Outgoing<'health', HealthData>;

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
