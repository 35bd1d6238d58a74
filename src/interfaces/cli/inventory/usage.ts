import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { member, parsedJson } from '../../../infrastructure/json/untrusted-json.ts';
import { UsageError } from '../outcome.ts';

/** What the audit log says of one policy. */
export interface PolicyUsage {
  /** RFC 3339; nothing where no exchange was granted. */
  readonly lastUsed: string | undefined;
  readonly granted: number;
  readonly refused: number;
  /** The highest level of each permission that a token was ever minted with. */
  readonly minted: ReadonlyMap<string, string>;
}

export interface Usage {
  readonly byPolicy: ReadonlyMap<string, PolicyUsage>;
  readonly events: number;
  /** Lines that hold no event of an exchange. */
  readonly otherLines: number;
  /** RFC 3339: what the log covers at least. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const RANK: Readonly<Record<string, number>> = { read: 1, write: 2, admin: 3 };
/** More than any event takes. */
const MAX_LINE_CHARACTERS = 1024 * 1024;
const NO_USAGE: PolicyUsage = { lastUsed: undefined, granted: 0, refused: 0, minted: new Map() };

/** A policy, however the request has written its names. */
export function usageKey(owner: string, repository: string, identity: string): string {
  return `${owner}/${repository}`.toLowerCase() + `/${identity}`;
}

/**
 * Reads the audit log: one event a line, as the service logs it, as a CloudEvent, or within a line of Workers' log push.
 *
 * @param path - is standard input
 */
export async function readUsage(path: string, policyRepository: string): Promise<Usage> {
  const counter = new UsageCounter(policyRepository);
  const input = path === '-' ? process.stdin : createReadStream(path, 'utf8');
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) counter.add(line);
  } catch {
    throw new UsageError(`${path} can't be read.`);
  }
  return counter.usage();
}

/** Counts the events of exchanges in lines of a log. */
export class UsageCounter {
  private readonly byPolicy = new Map<string, PolicyUsage>();
  private events = 0;
  private otherLines = 0;
  private from: string | undefined;
  private to: string | undefined;

  constructor(private readonly policyRepository: string) {}

  add(line: string): void {
    if (line.trim() === '') return;
    const events = line.length > MAX_LINE_CHARACTERS ? [] : eventsIn(parsedJson(line));
    if (events.length === 0) this.otherLines += 1;
    for (const event of events) this.count(event);
  }

  usage(): Usage {
    const { byPolicy, events, otherLines, from, to } = this;
    return { byPolicy, events, otherLines, from, to };
  }

  private count(event: unknown): void {
    const time = rfc3339(member(event, 'time'));
    const key = this.keyOf(event);
    if (time === undefined || key === undefined) {
      this.otherLines += 1;
      return;
    }
    this.events += 1;
    this.from = this.from === undefined || time < this.from ? time : this.from;
    this.to = this.to === undefined || time > this.to ? time : this.to;
    const known = this.byPolicy.get(key) ?? NO_USAGE;
    this.byPolicy.set(key, member(event, 'outcome') === 'granted' ? granted(known, time, event) : refused(known));
  }

  private keyOf(event: unknown): string | undefined {
    const scope = member(event, 'scope');
    const identity = member(event, 'identity');
    if (typeof scope !== 'string' || typeof identity !== 'string') return undefined;
    const [owner = '', repository = this.policyRepository] = scope.split('/');
    return usageKey(owner, repository, identity);
  }
}

function granted(known: PolicyUsage, time: string, event: unknown): PolicyUsage {
  const minted = new Map(known.minted);
  const permissions = member(event, 'permissions');
  for (const [name, level] of Object.entries(
    typeof permissions === 'object' && permissions !== null ? permissions : {},
  )) {
    if (typeof level === 'string' && rank(level) > rank(minted.get(name))) minted.set(name, level);
  }
  const lastUsed = known.lastUsed === undefined || time > known.lastUsed ? time : known.lastUsed;
  return { ...known, lastUsed, granted: known.granted + 1, minted };
}

function refused(known: PolicyUsage): PolicyUsage {
  return { ...known, refused: known.refused + 1 };
}

/** What a policy grants and no token was ever minted with: jobs that ask for less leave the rest unused. */
export function neverMinted(permissions: Readonly<Record<string, string>>, { minted }: PolicyUsage): readonly string[] {
  return Object.entries(permissions)
    .filter(([name, level]) => rank(level) > rank(minted.get(name)))
    .map(([name, level]) => `${name}: ${level}`);
}

function rank(level: string | undefined): number {
  return level !== undefined && Object.hasOwn(RANK, level) ? (RANK[level] ?? 0) : 0;
}

/** One form, so that times compare as texts. */
function rfc3339(value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function eventsIn(line: unknown): readonly unknown[] {
  if (member(line, 'event') === 'exchange') return [line];
  if (member(line, 'type') === 'dev.octo-sts.exchange') return [member(line, 'data')];
  // Workers' log push and `wrangler tail` wrap what was logged.
  const logs: unknown = member(line, 'Logs') ?? member(line, 'logs');
  return (Array.isArray(logs) ? logs : []).flatMap((log: unknown) => {
    const message: unknown = member(log, 'Message') ?? member(log, 'message');
    const texts: readonly unknown[] = Array.isArray(message) ? message : [message];
    const events = texts.map((text) => (typeof text === 'string' ? parsedJson(text) : text));
    return events.filter((event) => member(event, 'event') === 'exchange');
  });
}
