import { spawn } from 'node:child_process';

/** Opens a page for the operator. @returns whether a program took it, as far as one can see */
export type OpenPage = (url: string) => Promise<boolean>;

const LOOK_MILLISECONDS = 1000;

/** The command that opens a page on this system, or what `BROWSER` names. */
export function browserCommand(
  platform: NodeJS.Platform,
  browser: string | undefined,
  url: string,
): readonly [string, ...string[]] {
  if (browser !== undefined && browser !== '') return [browser, url];
  if (platform === 'darwin') return ['open', url];
  // `start` is a word of cmd.exe, which would read an & of the address.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}

/** Waits only long enough to see that the program is not there: a browser may stay in the foreground. */
export function systemBrowser(environment: Readonly<Record<string, string | undefined>>): OpenPage {
  return (url) =>
    new Promise((resolve) => {
      const [program, ...args] = browserCommand(process.platform, environment.BROWSER, url);
      const child = spawn(program, args, { stdio: 'ignore', detached: true });
      const timer = setTimeout(() => resolve(true), LOOK_MILLISECONDS);
      const end = (opened: boolean): void => {
        clearTimeout(timer);
        resolve(opened);
      };
      child.on('error', () => end(false));
      child.on('exit', (exitCode) => end(exitCode === 0));
      child.unref();
    });
}
