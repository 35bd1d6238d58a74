import type { Delivery, DeliveryOptions } from './github/webhooks.ts';
import type { CheckRun } from './github/world-model.ts';
import type { JsonObject } from './json.ts';
import { LocalStack } from './local-stack.ts';
import type { StackOptions } from './local-stack.ts';

/** The Worker as GitHub drives it: by webhooks. */
export class WebhookStack {
  readonly local: LocalStack;

  private constructor(local: LocalStack) {
    this.local = local;
  }

  static async start(options: StackOptions = {}): Promise<WebhookStack> {
    return new WebhookStack(await LocalStack.start(options));
  }

  get world(): LocalStack['emulator']['world'] {
    return this.local.emulator.world;
  }

  get url(): string {
    return `${this.local.worker.url}/webhook`;
  }

  async close(): Promise<void> {
    await this.local.close();
  }

  /** Delivers every further change of the world by itself. */
  connect(): void {
    this.local.seed.app.webhookUrl = this.url;
  }

  disconnect(): void {
    this.local.seed.app.webhookUrl = undefined;
  }

  deliver(event: string, payload: JsonObject, options: Partial<DeliveryOptions> = {}): Promise<Delivery> {
    const { app } = this.local.seed;
    return this.local.emulator.webhooks.deliver(event, payload, {
      url: this.url,
      secret: app.webhookSecret,
      appId: app.id,
      ...options,
    });
  }

  /** Ends when deliveries are answered and what follows the answers is done. */
  async settled(): Promise<void> {
    const { emulator, worker } = this.local;
    // What follows an answer may change the world, of which further deliveries tell.
    for (let delivered = -1; delivered !== emulator.webhooks.deliveries.length;) {
      await emulator.webhooks.settled();
      delivered = emulator.webhooks.deliveries.length;
      await worker.settled();
      await emulator.webhooks.settled();
    }
  }

  /** Ours on the commit. */
  runs(repository: string, sha?: string): CheckRun[] {
    return this.world.checkRuns(repository, sha).filter(({ name }) => name === 'Trust Policy Validation');
  }

  /** GitHub requests by operation. */
  requests(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.local.emulator.requests) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }
}
