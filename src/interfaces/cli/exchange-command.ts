import { send, Unreachable, type Answer } from '../../../action/http.js';
import { serviceUrl } from '../../../action/service.js';
import { failureText, verdictOf } from '../../../action/verdict.js';
import type { Explanation } from '../../application/refusal.ts';
import { explanationText } from './explanation-text.ts';
import { readText } from './input-files.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';

export interface ExchangeOptions {
  readonly domain?: string | undefined;
  readonly scope?: string | undefined;
  readonly identity?: string | undefined;
  readonly permissions?: string | undefined;
  readonly repositories?: string | undefined;
  readonly audience?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly json?: boolean | undefined;
}

type Say = (message: string) => void;

const USER_AGENT = 'octo-sts-worker-cli';

/** `exchange`: a token on standard output and nothing else there. */
export async function exchange(options: ExchangeOptions, say: Say): Promise<Outcome> {
  const { domain, scope, identity } = options;
  if (domain === undefined || scope === undefined || identity === undefined) {
    throw new UsageError('exchange needs --domain, --scope and --identity.');
  }
  const service = serviceUrl(domain);
  if (service === undefined) throw new UsageError('--domain must be a host name, such as sts.example.com.');
  try {
    const token = await oidcToken(options, options.audience ?? service.host, say);
    const headers = { Authorization: `Bearer ${token}`, 'User-Agent': USER_AGENT };
    return outcomeOf(service, await send(exchangeUrl(service, options), { headers }, say), options.json === true);
  } catch (error) {
    if (error instanceof Unreachable) return { exitCode: EXIT.unavailable, output: '', remarks: `${error.message}\n` };
    throw error;
  }
}

function exchangeUrl(service: URL, { scope, identity, permissions, repositories }: ExchangeOptions): URL {
  const url = new URL('/sts/exchange', service);
  for (const [name, value] of Object.entries({ scope, identity, permissions, repositories })) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

async function oidcToken(options: ExchangeOptions, audience: string, say: Say): Promise<string> {
  const file = options['token-file'];
  const token = file === undefined ? await ambientToken(audience, say) : readText(file).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError(`${file ?? 'The OIDC endpoint'} holds no token.`);
  return token;
}

/** GitHub Actions' own endpoint (GitHub, "OpenID Connect reference"). */
async function ambientToken(audience: string, say: Say): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken = '' } = process.env;
  if (!URL.canParse(address) || requestToken === '') {
    throw new UsageError(
      'There is no OIDC token: give one with --token-file FILE (- is standard input), or, in GitHub Actions, `permissions: id-token: write` to the job.',
    );
  }
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  const { status, json } = await send(url, { headers: { Authorization: `Bearer ${requestToken}` } }, say);
  if (typeof json.value === 'string') return json.value;
  throw new Unreachable(`GitHub gave no OIDC token (status ${status}).`);
}

function outcomeOf(service: URL, answer: Answer, asJson: boolean): Outcome {
  const { json } = answer;
  const { token } = json;
  const verdict = verdictOf(answer);
  const whole = asJson ? `${JSON.stringify(json)}\n` : '';
  if (verdict === 'granted' && typeof token === 'string') {
    return { exitCode: EXIT.ok, output: asJson ? whole : `${token}\n`, remarks: maskCommand(token) };
  }
  if (verdict === 'refused') return { exitCode: EXIT.refused, output: whole, remarks: refusalText(answer) };
  const remarks = `${service.host} ${failureText(answer)}${reference(json)}\n`;
  return { exitCode: EXIT.unavailable, output: whole, remarks };
}

function refusalText({ status, json }: Answer): string {
  const { message, explanation } = json;
  const why = explanation === undefined ? '' : `${explanationText(explanation as Explanation)}\n\n`;
  return `${why}${told(message, `The service refused with status ${status}.`)}${reference(json)}\n`;
}

/** What to name to the service's operator. */
function reference({ error, request_id: requestId }: Answer['json']): string {
  return typeof error === 'string' ? ` (${error}, request ${told(requestId, 'unknown')})` : '';
}

function told(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** The runner reads commands from standard error too, where no `$( )` catches them. */
function maskCommand(token: string): string {
  return process.env.GITHUB_ACTIONS === 'true' ? `::add-mask::${token}\n` : '';
}
