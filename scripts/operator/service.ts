import { isLoopbackHost } from '../../src/domain/issuer-url.ts';
import { plainText } from './plain-text.ts';

export type LiveResult =
  /** `status`: what `/healthz` says. */
  { readonly kind: 'live'; readonly status: string } | { readonly kind: 'not-live'; readonly last: string };

const PAUSE_MILLISECONDS = 2000;
const TIMEOUT_MILLISECONDS = 10_000;
const MAX_ANSWER_CHARACTERS = 64 * 1024;

/** A service on this machine is a rehearsal, and has no certificate. */
export function serviceUrl(host: string): string {
  const name = host.replace(/:\d+$/, '');
  return `${isLoopbackHost(name) ? 'http' : 'https'}://${host}`;
}

/** One look at `/healthz`. */
export async function look(url: string): Promise<LiveResult> {
  try {
    const response = await fetch(`${url}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const text = (await response.text()).slice(0, MAX_ANSWER_CHARACTERS);
    const health = healthIn(text);
    if (health?.checks?.host === 'failing') {
      return { kind: 'not-live', last: `${url} answers, and is not the host that STS_DOMAIN names` };
    }
    if (response.status === 200 && typeof health?.status === 'string') {
      return { kind: 'live', status: plainText(health.status) };
    }
    return { kind: 'not-live', last: `/healthz answered ${response.status}: ${plainText(text).slice(0, 500)}` };
  } catch (error) {
    const { name, cause } = error as Error & { readonly cause?: { readonly code?: unknown } };
    return {
      kind: 'not-live',
      last: `${url} can't be reached (${typeof cause?.code === 'string' ? cause.code : name})`,
    };
  }
}

/** A new address takes a while until its name and certificate are known everywhere. */
export async function waitUntilLive(url: string, withinMilliseconds: number): Promise<LiveResult> {
  const until = Date.now() + withinMilliseconds;
  for (;;) {
    const result = await look(url);
    if (result.kind === 'live' || Date.now() + PAUSE_MILLISECONDS > until) return result;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
}

interface Health {
  readonly status?: unknown;
  readonly checks?: { readonly host?: unknown } | null;
}

function healthIn(text: string): Health | undefined {
  try {
    return (JSON.parse(text) as Health | null) ?? undefined;
  } catch {
    return undefined;
  }
}
