import { inject, injectable } from 'tsyringe';
import { appsOfEvent, FindEventInstallation, type EventSource } from './find-event-installation.ts';
import { APP_DIRECTORY, type AppDirectory } from '../ports/app-directory.ts';
import { DEFERRED_TASKS, type DeferredTasks } from '../ports/deferred-tasks.ts';
import { ForgetPolicies, type Forgetting } from '../policies/forget-policies.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { LOG, type Log } from '../ports/log.ts';
import { POLICY_CHANGE_LOG, type PolicyChange, type PolicyChangeLog } from '../ports/policy-change-log.ts';
import { Refusal } from '../refusal.ts';

/** What happened on GitHub that makes cache entries out of date. */
export type CacheChange =
  /** The default branch's policies changed, or may have. */
  | {
      readonly kind: 'pushed';
      readonly source: EventSource;
      readonly change: Omit<PolicyChange, 'time' | 'owner' | 'repository'>;
    }
  /** Installations of these accounts, and repositories, that are no longer what they were. */
  | {
      readonly kind: 'moved';
      readonly appId: string | undefined;
      readonly accounts: readonly string[];
      readonly repositories: readonly { readonly owner: string; readonly name: string }[];
    };

/** Refreshes or drops what is cached when a webhook tells of a change, before the webhook is answered. */
@injectable()
export class RefreshPolicies {
  constructor(
    @inject(FindEventInstallation) private readonly findInstallation: FindEventInstallation,
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(ForgetPolicies) private readonly forget: ForgetPolicies,
    @inject(POLICY_CHANGE_LOG) private readonly changeLog: PolicyChangeLog,
    @inject(DEFERRED_TASKS) private readonly deferredTasks: DeferredTasks,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Refusal `unavailable` if the store could not be written: GitHub's delivery must then be sent again */
  async execute(change: CacheChange): Promise<void> {
    const outcomes = change.kind === 'pushed' ? await this.pushed(change) : await this.moved(change);
    const failed = outcomes.find((outcome) => outcome.kind === 'store_failed');
    if (failed === undefined) return;
    const { detail } = failed;
    this.log.error('cache_not_refreshed', { detail });
    throw new Refusal('unavailable', 'The cache could not be refreshed. Deliver this again.', { detail });
  }

  /** The entry is only removed: the next exchange reads what was pushed. So nothing here waits for GitHub. */
  private async pushed({ source, change }: CacheChange & { kind: 'pushed' }): Promise<readonly Forgetting[]> {
    const { owner, repository } = source;
    const found = await this.findInstallation.execute(source);
    if (found.kind === 'foreign') return [];
    const time = this.clock.now();
    this.deferredTasks.add('policy_change', () => this.changeLog.record({ time, owner, repository, ...change }));
    return [await this.forget.ofRepository(owner, repository)];
  }

  private moved({ appId, accounts, repositories }: CacheChange & { kind: 'moved' }): Promise<readonly Forgetting[]> {
    const installations = accounts.flatMap((owner) =>
      appsOfEvent(this.apps.poolOf(owner), appId).map((app) => this.forget.ofInstallation(app, owner)),
    );
    const folders = repositories.map(({ owner, name }) => this.forget.ofRepository(owner, name));
    return Promise.all([...installations, ...folders]);
  }
}
