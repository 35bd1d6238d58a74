import type { App } from '../../domain/apps.ts';
import type { InstallationState } from '../../domain/installation-health.ts';
import type { HookDelivery, HookSetup } from '../../domain/webhook-health.ts';
import type {
  AppDescription,
  AppInspector,
  AppLookup,
  DeliveriesLookup,
  HookLookup,
} from '../../application/ports/app-inspector.ts';
import type { InstallationInspection, InstallationInspector } from '../../application/ports/installation-inspector.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

/** What GitHub knows of Apps and installations, as a test says. Without a description GitHub does not know the App. */
export class MemoryAppInspector implements AppInspector, InstallationInspector {
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** By App id. */
  readonly descriptions = new Map<string, AppDescription>();
  readonly hooks = new Map<string, HookSetup>();
  readonly delivered = new Map<string, readonly HookDelivery[]>();
  /** By App id and owner. */
  readonly installations = new Map<string, InstallationState>();
  /** No answer to anything, while it is set. */
  failing: Unavailable | undefined;
  /** What comes with every request, as in the real client: it is counted, and shows whether GitHub answers. */
  onRequest: () => void = () => undefined;

  describe({ id }: App): Promise<AppLookup> {
    this.ask(`app ${id}`);
    const description = this.descriptions.get(id);
    return Promise.resolve(this.failing ?? (description === undefined ? UNKNOWN_APP : { kind: 'found', description }));
  }

  hook({ id }: App): Promise<HookLookup> {
    this.ask(`hook ${id}`);
    const setup = this.hooks.get(id);
    return Promise.resolve(this.failing ?? (setup === undefined ? { kind: 'none' } : { kind: 'found', setup }));
  }

  deliveries({ id }: App): Promise<DeliveriesLookup> {
    this.ask(`deliveries ${id}`);
    return Promise.resolve(this.failing ?? { kind: 'found', deliveries: (this.delivered.get(id) ?? []).slice(0, 30) });
  }

  inspect({ id }: App, owner: string): Promise<InstallationInspection> {
    this.ask(`installation ${id} ${owner}`);
    const state = this.installations.get(`${id}/${owner.toLowerCase()}`);
    return Promise.resolve(this.failing ?? (state === undefined ? { kind: 'absent' } : { kind: 'found', state }));
  }

  private ask(what: string): void {
    this.asked.push(what);
    this.onRequest();
  }
}

const UNKNOWN_APP: Unavailable = { kind: 'unavailable', cause: 'credentials', detail: 'Integration not found' };
