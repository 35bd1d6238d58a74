import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import type { GitHubServer } from '../../domain/github-server.ts';
import { CLOCK, type Clock } from '../../application/ports/clock.ts';
import { LOG, type Log } from '../../application/ports/log.ts';
import type { Unavailable, UnavailableCause } from '../../application/ports/unavailable.ts';
import { HEALTH_OBSERVATIONS, type HealthObservations } from '../../application/health/health-observations.ts';
import { RequestBudget } from '../../application/budget/request-budget.ts';
import { RequestDeadline } from '../../application/budget/request-deadline.ts';
import { BOUNDED_FETCH, type BoundedFetch, type FetchOutcome } from '../http/bounded-fetch.ts';
import { member, parsedJson } from '../json/untrusted-json.ts';
import { GITHUB_API_VERSION } from './api-version.ts';
import { QUOTA_BOOK, type QuotaBook, type QuotaSubject } from './quota-book.ts';
import { APP_JWTS, type AppJwts } from './app-jwts.ts';
import { isolateToken } from '../../application/ports/token.ts';

export interface GitHubRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path below the REST root, or `graphql`. */
  readonly path: string;
  readonly body?: unknown;
  readonly maxBytes?: number;
  /** It was counted in advance, and no bound may stop it: else a flood of requests would leave tokens alive. */
  readonly isCleanup?: true;
}

export interface GitHubAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  /** Parsed; nothing where there was no body. */
  readonly json: unknown;
}

/** No answer that can be used. */
export interface GitHubFailure extends Unavailable {
  /** The answer was larger than the request allowed. A smaller request may succeed. */
  readonly tooLarge?: true;
}

/** Whose quota a request uses. The quota headers of the answer are noted there. */
interface QuotaOwner {
  readonly app: App;
  readonly owner: string;
  readonly subject: QuotaSubject;
}

/**
 * What a failure of a request tells of GitHub. Nothing where the caller's own token was sent: a server may close the
 * connection on one that it does not like the size of, and a stranger could make it.
 */
type FailuresTold = 'any_failure' | 'no_connection' | 'nothing';

const TIMEOUT_MS = 8000;
/** A page of 100 changed files with their patches fits. */
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const LONGEST_WAIT_MS = 5000;
const PAUSE_MS = 20;
const RETRY_PAUSE_MS = 100;
const RETRY_JITTER_MS = 200;
/** GitHub's documentation names this wait for secondary limits where no header gives one. */
const SECONDARY_LIMIT_SECONDS = 60;
/** Primary limits start anew every hour. */
const LONGEST_WINDOW_SECONDS = 3600;
const SECONDARY_LIMIT_TEXT = /secondary rate limit|abuse detection/i;
const USER_AGENT = 'octo-sts-worker';

export const GITHUB_SERVER = isolateToken<GitHubServer>('GitHubServer');

/**
 * Sends requests to GitHub: asks the budget first, tries a second time where the server failed, and names every
 * failure.
 */
@injectable()
export class GitHubClient {
  constructor(
    @inject(GITHUB_SERVER) private readonly server: GitHubServer,
    @inject(APP_JWTS) private readonly jwts: AppJwts,
    @inject(RequestBudget) private readonly budget: RequestBudget,
    @inject(RequestDeadline) private readonly deadline: RequestDeadline,
    @inject(QUOTA_BOOK) private readonly quotas: QuotaBook,
    @inject(HEALTH_OBSERVATIONS) private readonly observations: HealthObservations,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOG) private readonly log: Log,
    @inject(BOUNDED_FETCH) private readonly boundedFetch: BoundedFetch,
  ) {}

  /** As the App itself. GitHub's 401 then means that our credentials are wrong. */
  async asApp(app: App, owner: string, request: GitHubRequest): Promise<GitHubAnswer | GitHubFailure> {
    const signed = await this.jwts.of(app);
    if (signed.kind === 'unavailable') {
      this.observations.rejectApp(app, this.clock.now(), signed.detail);
      return signed;
    }
    if (signed.kind === 'unusable_key') return this.badCredentials(app, "the App's private key can't be used");
    const answer = await this.send(request, signed.jwt, { app, owner, subject: 'app' });
    if (answer.kind === 'answer' && rejectsApp(answer)) {
      return this.badCredentials(app, `GitHub answered ${answer.status}: ${githubMessage(answer.json)}`);
    }
    if (answer.kind === 'answer') this.observations.acceptApp(app, this.clock.now());
    return answer;
  }

  /** With an installation token of ours. */
  asInstallation(
    installation: Installation,
    token: string,
    request: GitHubRequest,
  ): Promise<GitHubAnswer | GitHubFailure> {
    return this.send(request, token, { app: installation.app, owner: installation.owner, subject: 'installation' });
  }

  /** A token for this service's own use. The request that `withdraw` makes later is counted now. */
  async ownToken({ app, owner }: Installation, request: GitHubRequest): Promise<GitHubAnswer | GitHubFailure> {
    const begun = await this.begin();
    if (begun.kind === 'unavailable') return begun;
    const prepaid = this.budget.prepay();
    if (prepaid.kind === 'unavailable') return prepaid;
    const answer = await this.asApp(app, owner, request);
    if (answer.kind !== 'answer' || answer.status !== 201) prepaid.refund();
    return answer;
  }

  /** Takes back a token that `ownToken` made. */
  async withdraw(installation: Installation, token: string): Promise<void> {
    await this.asInstallation(installation, token, { method: 'DELETE', path: '/installation/token', isCleanup: true });
  }

  /** With a caller's own token. */
  asBearer(token: string, request: GitHubRequest): Promise<GitHubAnswer | GitHubFailure> {
    return this.send(request, token, undefined);
  }

  private async send(
    request: GitHubRequest,
    bearer: string,
    quotaOwner: QuotaOwner | undefined,
  ): Promise<GitHubAnswer | GitHubFailure> {
    const isLookup = request.method === 'GET' && quotaOwner?.subject === 'app';
    const told = quotaOwner === undefined ? 'nothing' : isLookup ? 'any_failure' : 'no_connection';
    let outcome = await this.once(request, bearer, told);
    if (outcome.kind !== 'unavailable' && isServerFailure(outcome)) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS + Math.random() * RETRY_JITTER_MS));
      outcome = await this.once(request, bearer, told);
    }
    if (outcome.kind === 'unavailable') return outcome;
    const answer = this.judged(request, outcome);
    if (outcome.kind === 'answered' && quotaOwner !== undefined) {
      this.noteQuota(quotaOwner, request.path, outcome.headers, answer);
    }
    return answer;
  }

  private noteQuota(
    { app, owner, subject }: QuotaOwner,
    path: string,
    headers: Headers,
    answer: GitHubAnswer | GitHubFailure,
  ): void {
    const now = this.clock.now();
    if (answer.kind === 'unavailable' && answer.cause === 'limited') {
      const seconds = answer.retryAfterSeconds ?? SECONDARY_LIMIT_SECONDS;
      this.quotas.noteLimit(app, owner, subject, now + seconds * 1000);
    } else if (path !== 'graphql') {
      this.quotas.note(app, owner, subject, headers, now);
    }
  }

  /** Waits while too many lookups of one owner are under way. Most end soon, and then there is room again. */
  private async begin(): Promise<ReturnType<RequestBudget['begin']>> {
    for (let waited = 0; waited < LONGEST_WAIT_MS; waited += PAUSE_MS) {
      const begun = this.budget.begin('some');
      if (begun.kind !== 'busy') return begun;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return this.budget.begin('none');
  }

  private async once(request: GitHubRequest, bearer: string, told: FailuresTold): Promise<FetchOutcome | Unavailable> {
    if (request.isCleanup === true) return this.fetch(request, bearer, TIMEOUT_MS);
    const begun = await this.begin();
    if (begun.kind === 'unavailable') return begun;
    const { leftMs } = this.deadline;
    if (leftMs === 0) return unavailable('timeout', `${request.method} ${request.path}: no time was left for it`);
    const spent = this.budget.spend();
    if (spent.kind === 'unavailable') return spent;
    const timeoutMs = Math.min(TIMEOUT_MS, leftMs);
    const outcome = await this.fetch(request, bearer, timeoutMs);
    this.observe(outcome, timeoutMs === TIMEOUT_MS || told !== 'any_failure' ? told : 'no_connection');
    return outcome;
  }

  /**
   * A failed answer says that GitHub is down only where no caller and no policy's author had a part in the request, and it
   * had its full time: else one organization's odd repository would make the service look broken.
   */
  private observe(outcome: FetchOutcome, told: FailuresTold): void {
    const now = this.clock.now();
    const isAnswer = outcome.kind === 'answered' && outcome.status < 500;
    if (isAnswer || outcome.kind === 'too_large') {
      this.observations.answerOfGitHub(now, isAnswer ? timeOf(outcome.headers) : undefined);
    } else if (outcome.kind === 'down' && told !== 'nothing') {
      this.observations.silenceOfGitHub(now, outcome.detail);
    } else if (told === 'any_failure') {
      this.observations.silenceOfGitHub(now, outcome.kind === 'answered' ? `status ${outcome.status}` : outcome.detail);
    }
  }

  private fetch(request: GitHubRequest, bearer: string, timeoutMs: number): Promise<FetchOutcome> {
    const url = request.path === 'graphql' ? this.server.graphqlUrl : this.server.apiUrl + request.path;
    const headers: Record<string, string> = {
      Accept: 'application/vnd.github+json',
      Authorization: `Bearer ${bearer}`,
      'User-Agent': USER_AGENT,
      // `X-GitHub-Stateless-S2S-Token`, which asks for one form of installation token, is not sent: tokens are opaque here.
      'X-GitHub-Api-Version': GITHUB_API_VERSION,
    };
    const init: RequestInit = { method: request.method, headers };
    if (request.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(request.body);
    }
    return this.boundedFetch(url, init, { timeoutMs, maxBytes: request.maxBytes ?? DEFAULT_MAX_BYTES });
  }

  private judged(request: GitHubRequest, outcome: FetchOutcome): GitHubAnswer | GitHubFailure {
    const what = `${request.method} ${request.path}`;
    if (outcome.kind === 'too_large')
      return { ...unavailable('unusable', `${what}: ${outcome.detail}`), tooLarge: true };
    if (outcome.kind !== 'answered') return unavailable(outcome.kind, `${what}: ${outcome.detail}`);
    const { status, headers, text } = outcome;
    const limited = this.limit(status, headers, text, what);
    if (limited !== undefined) return limited;
    if (status >= 500) return unavailable('down', `${what}: status ${status}`);
    if (status >= 300 && status < 400) return unavailable('unusable', `${what}: redirect ${status}`);
    const json = text === '' ? undefined : parsedJson(text);
    // A proxy in between can answer 404 too. Only an answer of GitHub's, which is JSON, is an absence or a refusal.
    if (text !== '' && json === undefined && status !== 403) return unavailable('unusable', `${what}: not JSON`);
    if (request.path === 'graphql' && isGraphQlLimit(json)) return this.limitUntilReset(headers, what);
    return { kind: 'answer', status, headers, json };
  }

  /**
   * GitHub REST, "Rate limits". A primary limit shows by a used-up quota, a secondary one by `retry-after` or only by
   * its text.
   */
  private limit(status: number, headers: Headers, text: string, what: string): Unavailable | undefined {
    if (status !== 403 && status !== 429) return undefined;
    const retryAfter = headers.get('retry-after');
    if (retryAfter !== null && /^[0-9]{1,6}$/.test(retryAfter)) return limitedFor(Number(retryAfter), what);
    if (headers.get('x-ratelimit-remaining') === '0') return this.limitUntilReset(headers, what);
    const isLimit = status === 429 || retryAfter !== null || SECONDARY_LIMIT_TEXT.test(text);
    return isLimit ? limitedFor(SECONDARY_LIMIT_SECONDS, what) : undefined;
  }

  private limitUntilReset(headers: Headers, what: string): Unavailable {
    const seconds = Math.ceil(Number(headers.get('x-ratelimit-reset') ?? 0) - this.clock.now() / 1000);
    return limitedFor(seconds > 0 && seconds <= LONGEST_WINDOW_SECONDS ? seconds : SECONDARY_LIMIT_SECONDS, what);
  }

  private badCredentials(app: App, detail: string): Unavailable {
    this.observations.rejectApp(app, this.clock.now(), detail);
    this.log.error('app_credentials_rejected', { app: app.name, appId: app.id, detail });
    return unavailable('credentials', detail);
  }
}

/** The message of GitHub's answer, cut, for the log. */
export function githubMessage(json: unknown): string {
  const message = member(json, 'message');
  return typeof message === 'string' ? message.slice(0, 300) : 'no message';
}

export function unavailable(cause: UnavailableCause, detail: string): Unavailable {
  return { kind: 'unavailable', cause, detail };
}

/** `Date` (RFC 9110 §6.6.1), in milliseconds since the epoch. */
function timeOf(headers: Headers): number | undefined {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function limitedFor(seconds: number, what: string): Unavailable {
  return { kind: 'unavailable', cause: 'limited', retryAfterSeconds: Math.max(1, seconds), detail: `${what}: limited` };
}

/** For an unknown App id GitHub answers 404 with a message of its own. */
function rejectsApp({ status, json }: GitHubAnswer): boolean {
  return status === 401 || (status === 404 && githubMessage(json) === 'Integration not found');
}

/** GraphQL reports a limit with status 200. */
function isGraphQlLimit(json: unknown): boolean {
  const errors = member(json, 'errors');
  if (!Array.isArray(errors)) return false;
  return errors.some((error: unknown) => GRAPHQL_LIMITS.includes(member(error, 'type')));
}

const GRAPHQL_LIMITS: readonly unknown[] = ['RATE_LIMITED', 'RATE_LIMIT'];

function isServerFailure(outcome: FetchOutcome): boolean {
  return outcome.kind === 'down' || (outcome.kind === 'answered' && outcome.status >= 500);
}
