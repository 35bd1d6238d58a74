import { readFileSync } from 'node:fs';
import { member } from '../../src/infrastructure/json/untrusted-json.ts';
import { ill, well, type Finding } from './finding.ts';
import { plain } from './plain.ts';
import { visit, type VisitResult } from './visit.ts';

export interface ExchangeOrder {
  /** A file that holds the OIDC token (`-`: standard input). */
  readonly token: string;
  readonly scope: string;
  readonly identity: string;
}

const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** The token itself, which must be fit for a header. @throws where the file can't be read or holds none */
export function tokenOf({ token }: ExchangeOrder): string {
  // Every process of the machine sees a command line, and npm writes it into the log of a CI job.
  if (JWT.test(token)) throw new Error('--token takes a file with the token ("-": standard input), not the token.');
  const text = readFileSync(token === '-' ? 0 : token, 'utf8').trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Error('The file given with --token holds no token.');
  return text;
}

/** Exchanges the token, and gives back what came. Both go to the service's host and nowhere else. */
export async function exchangeForReal(service: URL, order: ExchangeOrder, token: string): Promise<readonly Finding[]> {
  const url = new URL('/sts/exchange', service);
  url.searchParams.set('scope', order.scope);
  url.searchParams.set('identity', order.identity);
  const answer = await visit(url, { headers: { Authorization: `Bearer ${token}` } });
  const granted = answer.kind === 'answered' && answer.status === 200 ? member(answer.json, 'token') : undefined;
  if (typeof granted !== 'string' || !/^[\x21-\x7e]+$/.test(granted)) return [refused(answer)];
  const ends = shown(member(answer.kind === 'answered' ? answer.json : {}, 'expires_at'));
  const exchanged = well('exchange', `A token for ${plain(order.scope)} was granted (until ${ends}).`);
  const revocation = await visit(new URL('/sts/revoke', service), {
    method: 'POST',
    headers: { Authorization: `Bearer ${granted}` },
  });
  return [exchanged, revoked(revocation)];
}

function refused(answer: VisitResult): Finding {
  if (answer.kind !== 'answered') return ill('exchange', `No answer to the exchange: ${answer.reason}.`, 'Ask again.');
  const { status, json } = answer;
  const message = shown(member(json, 'message'));
  const why = explained(json);
  const request = shown(member(json, 'request_id'));
  return ill(
    'exchange',
    `The exchange got ${status}: ${message}${why}`,
    `Look for the request id ${request} in the log: the real reason stands there.`,
  );
}

/** For an insider the service says which fields differ. */
function explained(json: unknown): string {
  const fields = member(member(json, 'explanation'), 'fields');
  if (!Array.isArray(fields)) return '';
  const differing = fields.filter((field: unknown) => member(field, 'matched') === false).slice(0, 10);
  const told = differing.map((field: unknown) => {
    const [name, expected, actual] = ['field', 'expected', 'actual'].map((key) => shown(member(field, key)));
    return ` ${name} should be ${expected} and is ${actual}.`;
  });
  return told.join('');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? plain(value) : 'unknown';
}

function revoked(answer: VisitResult): Finding {
  if (answer.kind === 'answered' && answer.status === 204) return well('revocation', 'The token was revoked again.');
  const what = answer.kind === 'answered' ? `got ${answer.status}` : `got no answer (${answer.reason})`;
  return ill('revocation', `Its revocation ${what}: the token lives on for up to an hour.`, 'Look into the log.');
}
