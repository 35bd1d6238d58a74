import type { App } from '../../domain/apps.ts';
import { isolateToken } from '../ports/token.ts';

/** Something that ordinary traffic showed. */
export interface Observation {
  readonly isWell: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** For the operator: what came back. */
  readonly detail: string;
}

/** GitHub's clock and ours, at one answer, in milliseconds since the epoch. */
export interface ClockReading {
  readonly theirs: number;
  readonly ours: number;
}

/**
 * What an isolate's own requests showed of the service's health: the last of each kind. Nothing here is asked for. Only what
 * no caller and no policy's author can bring about is noted as a failure: see `docs/adr/0018-health.md`.
 */
export class HealthObservations {
  private readonly credentials = new Map<string, Observation>();
  private lastOfGitHub: Observation | undefined;
  private lastReading: ClockReading | undefined;
  /** By App id, and under none where the App is not told. */
  private readonly accepted = new Map<string | undefined, number>();

  /** GitHub knew the App by its JWT. */
  acceptApp(app: App, at: number): void {
    this.credentials.set(app.id, { isWell: true, at, detail: '' });
  }

  /** GitHub refused the App's JWT, or there was none to send. */
  rejectApp(app: App, at: number, detail: string): void {
    this.credentials.set(app.id, { isWell: false, at, detail });
  }

  /** @param theirs GitHub's time, in milliseconds since the epoch, where the answer tells it */
  answerOfGitHub(at: number, theirs: number | undefined): void {
    this.lastOfGitHub = { isWell: true, at, detail: '' };
    if (theirs !== undefined) this.lastReading = { theirs, ours: at };
  }

  silenceOfGitHub(at: number, detail: string): void {
    this.lastOfGitHub = { isWell: false, at, detail };
  }

  /** A delivery's signature was right. */
  acceptDelivery(appId: string | undefined, at: number): void {
    if (this.accepted.size >= MAX_APPS) this.accepted.clear();
    this.accepted.set(appId, at);
  }

  credentialsOf({ id }: App): Observation | undefined {
    return this.credentials.get(id);
  }

  get github(): Observation | undefined {
    return this.lastOfGitHub;
  }

  get clocks(): ClockReading | undefined {
    return this.lastReading;
  }

  /** When a delivery of this App was last accepted, or (without an App) of any. */
  deliveryAcceptedAt(app?: App): number | undefined {
    if (app !== undefined) return this.accepted.get(app.id);
    return this.accepted.size === 0 ? undefined : Math.max(...this.accepted.values());
  }
}

export const HEALTH_OBSERVATIONS = isolateToken<HealthObservations>('HealthObservations');

/** Whoever delivers names the App; signed by us, so few. */
const MAX_APPS = 100;
