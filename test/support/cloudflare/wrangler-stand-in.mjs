#!/usr/bin/env node
/**
 * Stands where wrangler stands, as a process: it hands what it was given (arguments, standard input, the configuration's
 * text) to the account that a test holds (`account-stand-in.ts`), and prints, writes and exits as that says.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const { STAND_IN_ACCOUNT: account, WRANGLER_OUTPUT_FILE_PATH: records } = process.env;
const args = process.argv.slice(2);
const config = args.includes('--config') ? args[args.indexOf('--config') + 1] : undefined;
const input = await text(process.stdin);
const response = await fetch(account, {
  method: 'POST',
  body: JSON.stringify({
    args,
    input,
    cwd: process.cwd(),
    environment: { WRANGLER_LOG_SANITIZE: process.env.WRANGLER_LOG_SANITIZE },
    config: config === undefined ? undefined : readFileSync(config, 'utf8'),
  }),
});
const { exitCode, stdout, stderr, outputs } = await response.json();
for (const output of outputs) appendFileSync(records, `${JSON.stringify(output)}\n`);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
