import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  deploymentNameFault,
  deploymentPath,
  readDeployment,
  readSharedDeployment,
  workerName,
  wranglerConfig,
  type Deployment,
} from './deployment-file.ts';
import { fileFindings, settingFindings, type Findings } from './deployment-checks.ts';
import { Stop } from './stop.ts';
import { withTemporaryFile } from './temporary-files.ts';
import type { DeployKind, Wrangler } from './wrangler.ts';

export interface DeployRequest {
  readonly name: string;
  readonly how: DeployKind;
  /**
   * What to do where settings or secrets are missing. Not to refuse is for the first time, which gives the host: the Worker
   * then answers 500.
   */
  readonly missing: 'refuse' | 'tell' | 'expect';
}

export interface DeployPorts {
  /** The project's folder. */
  readonly root: string;
  readonly wrangler: Wrangler;
  readonly say: (text: string) => void;
}

export const DEPLOY_HELP = `npm run deploy -- NAME [--dry-run | --upload] [--unconfigured]
  NAME            deployments/NAME.toml is laid over wrangler.toml, checked, and deployed
  --dry-run       everything but the deployment
  --upload        a version that nobody gets yet, for a gradual deployment (docs/operations.md)
  --unconfigured  although settings or secrets are missing: the first time, to learn the host`;

/**
 * Merges a deployment's files, checks them and the Worker's secrets, and deploys.
 *
 * @returns the addresses that wrangler says the Worker has
 * @throws Stop with everything that is wrong
 */
export async function deploy(request: DeployRequest, ports: DeployPorts): Promise<readonly string[]> {
  return deployChecked(loadDeployment(request.name, ports.root), request, ports);
}

/**
 * Deploys the shared file alone, in Cloudflare's own build: its deploy button has put the operator's values into a copy of
 * the repository, and into secrets. What is still missing is told; the Worker answers 500 until it is there.
 *
 * @throws Stop where the file holds a placeholder
 */
export async function deployFromBuild(how: DeployKind, ports: DeployPorts): Promise<void> {
  const result = readSharedDeployment(readFileSync(join(ports.root, 'wrangler.toml'), 'utf8'));
  if (result.kind === 'faulty') throw new Stop(result.faults.join('\n'));
  await deployChecked(result.deployment, { how, missing: 'tell' }, ports);
}

async function deployChecked(
  deployment: Deployment,
  request: Omit<DeployRequest, 'name'>,
  ports: DeployPorts,
): Promise<readonly string[]> {
  refuseIf(fileFindings(deployment));
  return withWranglerConfig(deployment, ports.root, async (configPath) => {
    report(await secretFindings(deployment, configPath, ports), request, ports);
    ports.say(`${DOING[request.how]}: ${deployment.path}, the Worker "${workerName(deployment)}"`);
    const result = await ports.wrangler.deploy(configPath, {
      how: request.how,
      onLine: (line) => ports.say(`  | ${line}`),
    });
    if (result.kind === 'failed')
      throw new Stop(`wrangler could not deploy. What it said stands above. Mend it and run the same command again.`);
    return result.targets;
  });
}

const DOING: Readonly<Record<DeployKind, string>> = {
  deploy: 'Deploying',
  'dry-run': 'Dry run, nothing is uploaded',
  upload: 'Uploading a version',
};

/** What is to be said where no deployment is named. */
export function deploymentMissing(root: string): Stop {
  const names = deploymentNames(root);
  const known =
    names.length === 0 ? 'There is none yet: npm run setup makes the first one.' : `There are: ${names.join(', ')}.`;
  return new Stop(`Which deployment? ${known}\n${DEPLOY_HELP}`);
}

/** The deployments that have a file. */
export function deploymentNames(root: string): readonly string[] {
  const folder = join(root, 'deployments');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).flatMap((file) => /^(.+)\.toml$/.exec(file)?.[1] ?? []);
  return names.filter((name) => deploymentNameFault(name) === undefined).sort();
}

/** @throws Stop where the deployment has no file, or one that can't be read */
export function loadDeployment(name: string, root: string): Deployment {
  const fault = deploymentNameFault(name);
  if (fault !== undefined) throw new Stop(fault);
  const path = join(root, deploymentPath(name));
  if (!existsSync(path)) {
    throw new Stop(
      `There is no ${deploymentPath(name)}. Let npm run setup make it (npm run setup -- --deployment ${name}), or copy deployments/example.toml.`,
    );
  }
  const result = readDeployment(name, readFileSync(join(root, 'wrangler.toml'), 'utf8'), readFileSync(path, 'utf8'));
  if (result.kind === 'faulty') throw new Stop(result.faults.join('\n'));
  return result.deployment;
}

/** The merged file stands in the project's folder, for wrangler resolves every path in it from there. */
export function withWranglerConfig<Result>(
  deployment: Deployment,
  root: string,
  work: (configPath: string) => Promise<Result>,
): Promise<Result> {
  const path = join(root, `.deployment-${deployment.name}.json`);
  return withTemporaryFile(path, wranglerConfig(deployment), () => work(path));
}

async function secretFindings(
  deployment: Deployment,
  configPath: string,
  { wrangler }: DeployPorts,
): Promise<Findings> {
  const secrets = await wrangler.secretNames(configPath);
  switch (secrets.kind) {
    case 'listed':
      return settingFindings(deployment, secrets.names);
    case 'no-worker':
      return settingFindings(deployment, []);
    case 'failed':
      throw new Stop(`The Worker's secrets can't be listed:\n${secrets.reason}`);
  }
}

function refuseIf({ faults }: Findings): void {
  if (faults.length > 0) throw new Stop(`Not deployed:\n${listed(faults)}`);
}

function report({ faults, warnings }: Findings, { missing }: Omit<DeployRequest, 'name'>, { say }: DeployPorts): void {
  if (missing === 'expect') return;
  if (faults.length > 0 && missing === 'refuse') {
    throw new Stop(
      `Not deployed:\n${listed(faults)}\nTo deploy nevertheless, and learn the Worker's host: --unconfigured`,
    );
  }
  for (const line of [...faults, ...warnings]) say(`Warning: ${line}`);
}

function listed(faults: readonly string[]): string {
  return faults.map((fault) => `- ${fault}`).join('\n');
}
