import { readFileSync, writeFileSync } from 'node:fs';
import { appManifest } from '../app-manifest.ts';
import { PRESETS, type AppPermissions } from '../app-permissions.ts';
import {
  appSettingsPage,
  GITHUB_COM,
  githubSite,
  registrationPage,
  type AppOwner,
  type GitHubSite,
} from '../github-site.ts';
import { ManifestListener } from '../manifest-listener.ts';
import { convertManifest, lookUpApp, type ConvertedApp } from '../registered-app.ts';
import { serviceUrl } from '../service.ts';
import { appNameFault, chosenPermissions } from '../setup-options.ts';
import type { SetupContext, Step } from '../setup.ts';
import { Stop } from '../stop.ts';
import { isOwnerName, sameName } from '../../../src/domain/scope.ts';

/** GitHub's code lives an hour. */
const APP_WAIT_MILLISECONDS = 30 * 60_000;
const GITHUB_API = 'https://api.github.com';

export const appStep: Step = {
  name: 'app',
  title: 'The GitHub App',
  intent:
    'Opens a page on this machine that sends your browser to GitHub with the App’s settings filled in; you name it and confirm.\n' +
    'Its permissions are the most that policies can ever grant. Each policy grants less, and only what it names.',
  byHand: ({ file }) =>
    `docs/operations.md, "The GitHub App"; then write its number to ${file.path} (GITHUB_APP_ID under [vars]), or run setup with --app-id ID --key FILE.`,
  done: async (context) => {
    const { options, file } = context;
    const id = file.variable('GITHUB_APP_ID');
    const site = knownSite(context);
    if (site !== undefined) context.site = site;
    if (file.variable('APP_CONFIG') !== undefined) return 'APP_CONFIG names the Apps';
    if (options.keyFile !== undefined || id === undefined) return undefined;
    return `the App ${id}`;
  },
  run: async (context) => {
    const { options, file } = context;
    const site = await chosenSite(context);
    context.site = site;
    // A repetition is for another App.
    const id = options.appId ?? (options.repeated.has('app') ? undefined : file.variable('GITHUB_APP_ID'));
    if (options.keyFile !== undefined) await useApp(context, site, id, options.keyFile);
    else await registerApp(context, site);
  },
};

function knownSite({ file, options }: SetupContext): GitHubSite | undefined {
  return githubSite(options.github ?? file.variable('GITHUB_BASE_URL') ?? GITHUB_COM);
}

async function chosenSite({ file, options, terminal }: SetupContext): Promise<GitHubSite> {
  const address =
    options.github ??
    file.variable('GITHUB_BASE_URL') ??
    (await terminal.ask({
      text: '   Which GitHub?',
      flag: '--github',
      fallback: GITHUB_COM,
      fault: (answer) => (githubSite(answer) === undefined ? `An address such as ${GITHUB_COM}` : undefined),
    }));
  const site = githubSite(address);
  if (site === undefined) throw new Stop('GITHUB_BASE_URL is no address of a GitHub.');
  return site;
}

async function useApp(context: SetupContext, site: GitHubSite, id: string | undefined, keyFile: string): Promise<void> {
  if (id === undefined) throw new Stop('--key needs --app-id, the App’s number.');
  const result = await lookUpApp(site, id, readText(keyFile, '--key'));
  if (result.kind === 'unusable') throw new Stop(`GitHub does not know the App ${id} by this key: ${result.reason}.`);
  noteApp(context, site, { ...result.app, webhookSecret: undefined }, false);
}

async function registerApp(context: SetupContext, site: GitHubSite): Promise<void> {
  const { options, terminal } = context;
  const owner = await chosenOwner(context);
  const permissions = await choosePermissions(context);
  const appName =
    options.appName ??
    (await terminal.ask({
      text: '   The App’s name?',
      flag: '--app-name',
      fallback: `${owner.name}-sts`.slice(0, 34),
      fault: appNameFault,
    }));
  const code = await codeFromGitHub(context, site, owner, appName, permissions);
  const result = await convertManifest(site, code);
  if (result.kind === 'unusable')
    throw new Stop(
      `GitHub registered an App, perhaps, but it can't be used: ${result.reason}.\n${afterLoss(site, owner)}`,
    );
  const { app } = result;
  refuseOther(app, owner, permissions);
  keepCopy(context, app);
  const proof = await lookUpApp(site, app.id, app.privateKey);
  if (proof.kind === 'unusable')
    throw new Stop(
      `The App ${app.id} and its new key don't belong together: ${proof.reason}.\n${afterLoss(site, owner)}`,
    );
  noteApp(context, site, app, true);
}

async function chosenOwner({ options, terminal }: SetupContext): Promise<AppOwner> {
  if (options.user !== undefined) return { kind: 'user', name: options.user };
  if (options.organization !== undefined) return { kind: 'organization', name: options.organization };
  const answer = await terminal.ask({
    text: '   Which organization owns the App ("-": your own account)?',
    flag: '--organization NAME or --user NAME',
    fault: (text) => (text === '-' || isOwnerName(text) ? undefined : 'An organization’s name, as in its address.'),
  });
  if (answer !== '-') return { kind: 'organization', name: answer };
  const name = await terminal.ask({
    text: '   The name of your account at GitHub?',
    flag: '--user NAME',
    fault: (text) => (isOwnerName(text) ? undefined : 'A name, as in the address of your profile.'),
  });
  return { kind: 'user', name };
}

async function choosePermissions({ options, terminal }: SetupContext): Promise<AppPermissions> {
  const choices = PRESETS.map(({ name, summary }) => `   ${name.padEnd(11)} ${summary}`).join('\n');
  if (options.preset === undefined && options.permissions === undefined)
    terminal.say(`   What may policies grant at the most?\n${choices}`);
  const preset =
    options.preset ??
    (options.permissions === undefined
      ? await terminal.ask({
          text: '   Which?',
          flag: '--preset or --permissions',
          fault: (answer) => (PRESETS.some(({ name }) => name === answer) ? undefined : 'One of these names.'),
        })
      : 'checks');
  const permissions = chosenPermissions(preset, options.permissions);
  terminal.say(
    `   The App asks for ${Object.entries(permissions)
      .map(([name, level]) => `${name}:${level}`)
      .join(', ')}`,
  );
  return permissions;
}

async function codeFromGitHub(
  { options, file, terminal, openPage }: SetupContext,
  site: GitHubSite,
  owner: AppOwner,
  appName: string,
  permissions: AppPermissions,
): Promise<string> {
  const host = file.variable('STS_DOMAIN');
  if (host === undefined) throw new Stop(`${file.path} has no STS_DOMAIN yet: the App's webhook needs it.`);
  const { isPublicApp: isPublic } = options;
  const listener = await ManifestListener.listen(registrationPage(site, owner), (redirectUrl) =>
    appManifest({ appName, serviceUrl: serviceUrl(host), redirectUrl, isPublic, permissions }),
  );
  try {
    const isOpen = options.opensBrowser && (await openPage(listener.page));
    terminal.say(`   ${isOpen ? 'If no page opened, open' : 'Open'} ${listener.page}`);
    terminal.say('   On another machine than this one? Forward the port: ssh -L PORT:127.0.0.1:PORT');
    const code = await listener.received(APP_WAIT_MILLISECONDS);
    if (code === undefined) throw new Stop('GitHub sent nothing back within half an hour. Run npm run setup again.');
    return code;
  } finally {
    await listener.close();
  }
}

/**
 * What came back must be what was asked for: no other owner's App, and none with more rights. Whoever owns the App has its
 * keys, so another one's would give away all that it is installed on, however its code got here.
 */
function refuseOther(app: ConvertedApp, owner: AppOwner, asked: AppPermissions): void {
  if (app.owner.kind !== owner.kind || !sameName(app.owner.name, owner.name))
    throw new Stop(
      `GitHub answered with an App of the ${app.owner.kind} "${app.owner.name}", not of ${owner.name}. It was not taken.`,
    );
  const more = Object.entries(app.permissions).filter(
    ([name, level]) => name !== 'metadata' && !(Object.hasOwn(asked, name) && asked[name] === level),
  );
  if (more.length > 0)
    throw new Stop(
      `GitHub answered with an App that has other permissions (${more.map(([name]) => name).join(', ')}). It was not taken.`,
    );
}

/** Before anything else can fail: the key is shown once. */
function keepCopy({ options, terminal }: SetupContext, app: ConvertedApp): void {
  if (options.saveKey === undefined) return;
  saveKey(options.saveKey, app.privateKey);
  terminal.say(`   The key is kept in ${options.saveKey}, for you alone to read.`);
}

export function saveKey(path: string, privateKey: string): void {
  try {
    writeFileSync(path, privateKey, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new Stop(
      `The key can't be written to ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). A file that is there is never written over.`,
    );
  }
}

function noteApp(context: SetupContext, site: GitHubSite, app: ConvertedApp, isNew: boolean): void {
  const { file, terminal } = context;
  const { apiUrl } = site.server;
  file.set({ table: 'vars', key: 'GITHUB_APP_ID', value: app.id });
  if (apiUrl !== GITHUB_API) file.set({ table: 'vars', key: 'GITHUB_BASE_URL', value: apiUrl });
  if (site.isLoopback) file.set({ table: 'vars', key: 'ALLOW_LOOPBACK_HTTP', value: 'true' });
  file.set({ table: 'setup', key: 'app_page', value: app.page });
  file.set({
    table: 'setup',
    key: 'app_settings',
    value: appSettingsPage(site, app.owner, app.slug),
  });
  context.app = { ...app, isNew };
  terminal.say(`   The App "${app.name}" of ${app.owner.name} has the number ${app.id}.`);
}

function afterLoss(site: GitHubSite, owner: AppOwner): string {
  const page = registrationPage(site, owner).replace(/\/new$/, '');
  return `Look at ${page}: delete the App there and run npm run setup again, or generate a key for it and run npm run setup -- --app-id ID --key FILE.`;
}

export function readText(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Stop(`${flag}: the file can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}
