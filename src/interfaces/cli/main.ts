import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import packageFile from '../../../package.json' with { type: 'json' };
import { exchange } from './exchange-command.ts';
import { explain } from './explain-command.ts';
import { help, helpCommand } from './help.ts';
import { inventory } from './inventory/inventory-command.ts';
import { lint } from './lint-command.ts';
import { newPolicy } from './new-command.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { SETTING_OPTIONS } from './policy-setting.ts';

const { version } = packageFile;
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const LINT_OPTIONS = {
  ...SETTING_OPTIONS,
  format: text,
  strict: flag,
  fix: flag,
  immutable: flag,
  guardrails: text,
  help: flag,
};
const NEW_OPTIONS = {
  ...SETTING_OPTIONS,
  provider: text,
  issuer: text,
  subject: text,
  audience: text,
  from: text,
  at: text,
  workflow: text,
  permissions: text,
  help: flag,
};
const EXPLAIN_OPTIONS = {
  ...SETTING_OPTIONS,
  policy: text,
  token: text,
  claims: text,
  audience: text,
  permissions: text,
  repositories: text,
  guardrails: text,
  'owner-id': text,
  json: flag,
  help: flag,
};
const INVENTORY_OPTIONS = {
  ...SETTING_OPTIONS,
  org: text,
  checkouts: text,
  format: text,
  guardrails: text,
  events: text,
  reaches: text,
  grants: text,
  'unused-for': text,
  help: flag,
};
const EXCHANGE_OPTIONS = {
  domain: text,
  scope: text,
  identity: text,
  permissions: text,
  repositories: text,
  audience: text,
  'token-file': text,
  json: flag,
  help: flag,
};

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const { exitCode, output, remarks = '' } = await run(argv);
    // Synchronous, so that a pipe has everything before the process ends.
    if (remarks !== '') writeSync(2, remarks);
    if (output !== '') writeAll(output);
    return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    writeSync(2, `${error.message}\nTry: ${helpCommand(argv[0])}\n`);
    return EXIT.usage;
  }
}

async function run([command = 'help', ...rest]: readonly string[]): Promise<Outcome> {
  switch (command) {
    case 'lint': {
      const { values, positionals } = parsed(withImmutable(rest), LINT_OPTIONS);
      return values.help === true ? shown(help(command)) : lint(positionals, values, version);
    }
    case 'new': {
      const { values, positionals } = parsed(rest, NEW_OPTIONS);
      return values.help === true ? shown(help(command)) : newPolicy(positionals, values);
    }
    case 'explain': {
      const { values, positionals } = parsed(rest, EXPLAIN_OPTIONS);
      return values.help === true ? shown(help(command)) : explain(withoutPositionals(values, positionals));
    }
    case 'exchange': {
      const { values, positionals } = parsed(rest, EXCHANGE_OPTIONS);
      const say = (message: string): void => void writeSync(2, `${message}\n`);
      return values.help === true ? shown(help(command)) : exchange(withoutPositionals(values, positionals), say);
    }
    case 'inventory': {
      const { values, positionals } = parsed(rest, INVENTORY_OPTIONS);
      return values.help === true ? shown(help(command)) : inventory(withoutPositionals(values, positionals));
    }
    case 'help':
    case '--help':
    case '-h':
      return shown(help(rest[0]));
    case '--version':
      return shown(`${version}\n`);
    default:
      throw new UsageError(`There is no command ${JSON.stringify(command.slice(0, 40))}.`);
  }
}

function parsed<Options extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "The options can't be read.");
  }
}

/** `--fix immutable`: a flag with a word after it, which would be a path. */
function withImmutable(args: readonly string[]): readonly string[] {
  return args.map((one, index) => (one === 'immutable' && args[index - 1] === '--fix' ? '--immutable' : one));
}

function withoutPositionals<Values>(values: Values, positionals: readonly string[]): Values {
  const [first] = positionals;
  if (first !== undefined) throw new UsageError(`${JSON.stringify(first.slice(0, 40))} belongs to no option.`);
  return values;
}

function shown(output: string): Outcome {
  return { exitCode: EXIT.ok, output };
}

/** A pipe takes only so much at once. */
function writeAll(output: string): void {
  const bytes = Buffer.from(output);
  for (let offset = 0; offset < bytes.length;) offset += writeSome(bytes.subarray(offset));
}

function writeSome(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
