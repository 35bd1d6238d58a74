import { isAppNumber, type App } from '../../domain/apps.ts';
import type { AppNumbers } from '../../application/ports/app-numbers.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

export type EventApp =
  /** `id`: as the operator configured it. */
  | { readonly kind: 'configured'; readonly id: string }
  /** GitHub names no App, or none that is configured. */
  | { readonly kind: 'other' }
  | Unavailable;

/**
 * Whose delivery it is. GitHub names the App by its number; where the operator names Apps by their client IDs, their numbers
 * are asked of GitHub.
 *
 * @param target `X-GitHub-Hook-Installation-Target-ID`. The signature does not cover it
 */
export async function eventApp(
  target: string | undefined,
  apps: readonly App[],
  numbers: AppNumbers,
): Promise<EventApp> {
  if (target === undefined || !isAppNumber(target)) return { kind: 'other' };
  if (apps.some(({ id }) => id === target)) return { kind: 'configured', id: target };
  let failure: Unavailable | undefined;
  for (const app of apps.filter(({ id }) => !isAppNumber(id))) {
    const answer = await numbers.of(app);
    if (answer.kind === 'unavailable') failure = answer;
    else if (answer.number === target) return { kind: 'configured', id: app.id };
  }
  return failure ?? { kind: 'other' };
}
