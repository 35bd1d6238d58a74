/**
 * `npm run doctor -- https://sts.example.com`: is the service well? Looks from outside, reads the scheduled check's report
 * where it can, and says what is wrong, how to mend it and where. Exit code 0: well, 1: ill, 2: could not look.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import packageFile from '../package.json' with { type: 'json' };
import { serviceAddress } from './doctor/address.ts';
import { ill, unseen, type Finding } from './doctor/finding.ts';
import { lookFromOutside, SEE_REPORT } from './doctor/outside.ts';
import { exchangeForReal, tokenOf } from './doctor/real-exchange.ts';
import { lookIntoReport, readReport } from './doctor/report.ts';
import { closingLine, exitCodeOf, table } from './doctor/table.ts';
import { searchWithWrangler } from './doctor/wrangler-reports.ts';
import { Wrangler } from './operator/wrangler.ts';

const HELP = `npm run doctor -- https://sts.example.com [options]

  --report FILE    the scheduled check's report, as
                   "wrangler kv key get 'health|report' --namespace-id ID --remote --text" prints it
  --namespace ID   the KV namespace to read the report from, through wrangler; without it the account's are searched
  --no-report      look from outside alone
  --token FILE     an OIDC token for this service ("-": standard input); with --scope and --identity it is
                   exchanged for real, and what it gives is revoked at once
  --scope OWNER[/REPO] --identity NAME
  --json           for programs
  --help

Exit code: 0 well, 1 something must be mended, 2 there was no way to look.
`;

class UsageError extends Error {}

type Options = ReturnType<typeof optionsOf>;

try {
  const options = optionsOf(process.argv.slice(2));
  if (options.values.help) process.stdout.write(HELP);
  else await diagnose(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

function optionsOf(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        report: text,
        namespace: text,
        'no-report': flag,
        token: text,
        scope: text,
        identity: text,
        json: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "The options can't be read.");
  }
}

async function diagnose({ values, positionals }: Options): Promise<void> {
  const [address, ...more] = positionals;
  const service = address === undefined || more.length > 0 ? undefined : serviceAddress(address);
  if (service === undefined) throw new UsageError('Give one address: https://HOST, or http on this machine.');
  const exchange = await exchangeOf(values);
  const { version } = packageFile;
  const outside = await lookFromOutside(service, version);
  const isReachable = outside.some(({ verdict }) => verdict !== 'unseen');
  const reported = values['no-report'] ? [] : await report(service, values, version);
  const findings: Finding[] = [...outside.filter((one) => !isToldIn(reported, one)), ...reported];
  // A token goes only where the certificate is right and the service is this one.
  if (exchange !== undefined && isReachable && isSafe(findings)) findings.push(...(await exchange(service)));
  const code = exitCodeOf(findings);
  if (values.json) {
    const result = { address: service.origin, well: code === 0, exit_code: code, findings };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } else {
    process.stdout.write(`${service.origin}\n\n${table(findings)}\n${closingLine(findings)}\n`);
  }
  process.exitCode = code;
}

/** The report tells the same, with its reason. */
function isToldIn(reported: readonly Finding[], { what, remedy }: Finding): boolean {
  const check = what.split(':')[0];
  return remedy === SEE_REPORT && reported.some((one) => one.verdict === 'ill' && one.what === check);
}

/** Nobody else answers under this name. */
function isSafe(findings: readonly Finding[]): boolean {
  return !findings.some(({ what, verdict }) => verdict === 'ill' && ['TLS', 'service', 'host'].includes(what));
}

async function exchangeOf({
  token,
  scope,
  identity,
}: Options['values']): Promise<((service: URL) => Promise<readonly Finding[]>) | undefined> {
  if (token === undefined && scope === undefined && identity === undefined) return undefined;
  if (token === undefined || scope === undefined || identity === undefined) {
    throw new UsageError('An exchange needs --token, --scope and --identity.');
  }
  const order = { token, scope, identity };
  const secret = readable(() => tokenOf(order));
  return (service) => exchangeForReal(service, order, secret);
}

async function report(
  service: URL,
  { report: file, namespace }: Options['values'],
  version: string,
): Promise<readonly Finding[]> {
  if (file !== undefined) {
    const found = readReport(readable(() => readFileSync(file === '-' ? 0 : file, 'utf8')));
    if (found !== undefined) return lookIntoReport(found, service, version);
    return [ill('report', 'The file holds no report that this version reads.', 'Use the checkout that is deployed.')];
  }
  // A service on this machine has no KV at Cloudflare.
  if (service.protocol !== 'https:' && namespace === undefined) return [];
  const wrangler = new Wrangler(new URL('..', import.meta.url).pathname, process.env);
  const search = await searchWithWrangler(wrangler, service.host, namespace);
  if (search.kind === 'found') return lookIntoReport(search.report, service, version);
  return [unseen('report', `The scheduled check's report was not read: ${search.reason}.`)];
}

function readable(read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "The file can't be read.");
  }
}
