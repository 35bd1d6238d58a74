import { CHECKED_VARIABLE } from './checked-variable.ts';

/** Of wrangler's commands that build, those that upload nothing. */
const LOCAL_COMMANDS: readonly string[] = ['dev', 'types'];
const DRY_RUN = /^--dry-?run(?:=true)?$/i;

/**
 * Whether a build may go on to an upload. `unclear`: nobody has checked a deployment's files, and there is no way to see
 * whether it is a dry run.
 *
 * @param environment wrangler names its command there (`WRANGLER_COMMAND`); Cloudflare's own build says what it is
 * @param ancestors the command lines of the processes that led here; nothing where they can't be read
 */
export function bareDeploy(
  environment: Readonly<Record<string, string | undefined>>,
  ancestors: () => readonly (readonly string[])[] | undefined,
): 'allowed' | 'refused' | 'unclear' {
  const { WRANGLER_COMMAND: command, WORKERS_CI: isCloudflaresBuild, [CHECKED_VARIABLE]: isChecked } = environment;
  if (command === undefined || LOCAL_COMMANDS.includes(command)) return 'allowed';
  if (isCloudflaresBuild === '1' || isChecked === '1') return 'allowed';
  const lines = ancestors();
  if (lines === undefined) return 'unclear';
  return lines.some((words) => words.some((word) => DRY_RUN.test(word))) ? 'allowed' : 'refused';
}
