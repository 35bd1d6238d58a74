import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { noteSecret } from '../../support/canary.ts';
import { eventually, LocalStack } from '../../support/local-stack.ts';
import type { Answer, Ask, StackOptions } from '../../support/local-stack.ts';
import type { Costs, Outcome } from './attack.ts';

const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Whatever follows an answer is over by then. */
const QUIET_MS = 150;

/** The built Worker under attack, and what must hold of every answer and after all of them. */
export class Arena {
  readonly stack: LocalStack;
  readonly #handedOut = new Set<string>();
  readonly #attempts = new Set<string>();

  private constructor(stack: LocalStack) {
    this.stack = stack;
  }

  static async start(options: StackOptions = {}): Promise<Arena> {
    return new Arena(await LocalStack.start(options));
  }

  /** Fails unless the attempt is refused as expected, at no greater cost, with an answer that holds no more than an error. */
  async refuses(ask: Ask, expected: Outcome, costs: Partial<Costs> = {}): Promise<Answer> {
    this.stack.resetCounters();
    if (ask.token !== undefined) noteSecret(ask.token);
    const answer = await this.stack.send(ask);
    expect([answer.status, answer.json.error]).toEqual(expected);
    if (costs.github !== undefined) expect(this.stack.githubRequests()).toBeLessThanOrEqual(costs.github);
    if (costs.issuers !== undefined) expect(this.stack.issuerRequests()).toBeLessThanOrEqual(costs.issuers);
    expectErrorAlone(answer);
    // A wrong method is no attempt to exchange (docs/audit.md).
    const isAttempt = ask.path === '/sts/exchange' && answer.status !== 405;
    if (isAttempt) this.#attempts.add(String(answer.json.request_id));
    return answer;
  }

  /** The honest counterpart of an attack: shows that the attack is refused for what it is. */
  async grants(ask: Ask): Promise<Answer> {
    const answer = await this.stack.send(ask);
    expect([answer.status, answer.json.error]).toEqual([200, undefined]);
    const token = String(answer.json.token ?? answer.json.access_token);
    expect(token).toMatch(/^ghs_/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    this.handOut(token);
    return answer;
  }

  /** Notes a token that was meant to be had. */
  handOut(token: string): void {
    this.#handedOut.add(token);
  }

  /** Fails where `run` changed anything in KV. */
  async leavesKvAlone(run: () => Promise<unknown>): Promise<void> {
    await sleep(QUIET_MS);
    const before = await this.stack.worker.kvEntries();
    await run();
    await sleep(QUIET_MS);
    expect(await this.stack.worker.kvEntries()).toEqual(before);
  }

  /** Fails where a token lives that nobody was to have, an attempt left no event, or a secret shows anywhere. */
  async close(): Promise<void> {
    try {
      await eventually(() => this.#strayTokens() === 0);
      await eventually(() => this.#unrecorded().length === 0);
      expect(this.stack.worker.logged('bug')).toEqual([]);
      expect(this.stack.emulator.violations).toEqual([]);
    } finally {
      await this.stack.close();
    }
  }

  #strayTokens(): number {
    return this.stack.emulator.tokens.live().filter(({ value }) => !this.#handedOut.has(value)).length;
  }

  #unrecorded(): readonly string[] {
    const recorded = new Set(this.stack.worker.logged('exchange').map((event) => event.request_id));
    return [...this.#attempts].filter((id) => !recorded.has(id));
  }
}

/** The one body of every error, in one of its two dialects; nothing of the request comes back in it. */
function expectErrorAlone({ status, headers, text, json }: Answer): void {
  const { explanation, ...rest } = json;
  const message = expect.stringMatching(/^[ -~]{10,300}$/) as unknown;
  const id = headers.get('x-request-id');
  const oauth = { error: json.error, error_description: message, request_id: id };
  const own = { error: json.error, message, code: expect.any(Number) as unknown, details: [], request_id: id };
  expect(rest).toEqual('error_description' in rest ? oauth : own);
  expect(id).toMatch(REQUEST_ID);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('set-cookie')).toBeNull();
  expect(text).not.toMatch(/gh[a-z]_|eyJ/);
  if (status === 401 && json.error !== 'invalid_signature') {
    const isMissing = json.error === 'missing_token';
    expect(headers.get('www-authenticate')).toBe(isMissing ? 'Bearer' : 'Bearer error="invalid_token"');
  }
  if (status < 403) expect(explanation).toBeUndefined();
}
