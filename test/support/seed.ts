import type { GitHubEmulator } from './github/emulator.ts';
import type { Account, App, Installation, Repository } from './github/world-model.ts';

export const SEED_ORGANIZATION_ID = 9_919_001;
export const SEED_USER_ID = 583_231;
export const SEED_APP_ID = 424_242;

export interface SeedOptions {
  /** The `iss` of an issuer that is not GitHub's. */
  readonly oidcIssuer: string;
  /** GitHub's Actions, unless the emulator's own issuer is meant. */
  readonly actionsIssuer?: string;
  readonly privateKeyPem?: string;
  readonly webhookSecret?: string;
  readonly webhookUrl?: string;
}

export interface Seed {
  readonly app: App;
  readonly organization: Account;
  readonly user: Account;
  readonly repositories: {
    readonly app: Repository;
    readonly infra: Repository;
    readonly policies: Repository;
    readonly hello: Repository;
  };
  readonly installations: { readonly organization: Installation; readonly user: Installation };
}

/** A small company: `acme` with three repositories, `octocat` with one, and the App on both. */
export function seedWorld(emulator: GitHubEmulator, options: SeedOptions): Seed {
  const { world } = emulator;
  const actions = options.actionsIssuer ?? emulator.actionsIssuer.issuer;
  const organization = world.addOrganization('acme', SEED_ORGANIZATION_ID);
  const user = world.addUser('octocat', SEED_USER_ID);
  const app = world.addApp({
    id: SEED_APP_ID,
    slug: 'acme-sts',
    owner: organization,
    permissions: {
      actions: 'read',
      checks: 'write',
      contents: 'write',
      deployments: 'write',
      issues: 'write',
      members: 'read',
      packages: 'read',
      pull_requests: 'write',
      statuses: 'write',
    },
    ...(options.privateKeyPem === undefined ? {} : { privateKeyPem: options.privateKeyPem }),
    webhookSecret: options.webhookSecret ?? 'local-webhook-secret',
  });
  const repositories = {
    app: world.addRepository({
      owner: organization,
      name: 'app',
      id: 7001,
      files: appFiles(actions, options.oidcIssuer),
    }),
    infra: world.addRepository({
      owner: organization,
      name: 'infra',
      id: 7002,
      defaultBranch: 'trunk',
      files: infraFiles(actions),
    }),
    policies: world.addRepository({
      owner: organization,
      name: '.github',
      id: 7003,
      files: policyRepositoryFiles(actions, options.oidcIssuer),
    }),
    hello: world.addRepository({
      owner: user,
      name: 'hello-world',
      id: 7004,
      private: false,
      files: helloFiles(actions),
    }),
  };
  const installations = {
    organization: world.install(app, organization, { id: 8001 }),
    user: world.install(app, user, { id: 8002 }),
  };
  // Last, so that the founding of this world is not announced.
  app.webhookUrl = options.webhookUrl;
  return { app, organization, user, repositories, installations };
}

function appFiles(actions: string, issuer: string): Record<string, string> {
  return {
    'README.md': '# app\n',
    'src/main.ts': "export const greeting = 'hello';\n",
    '.github/workflows/ci.yml': 'on: push\njobs: {}\n',
    '.github/chainguard/deploy.sts.yaml': `issuer: ${actions}
subject: repo:acme/infra:ref:refs/heads/trunk
permissions:
  contents: read
  deployments: write
`,
    '.github/chainguard/ci.sts.yaml': `issuer: ${actions}
subject_pattern: 'repo:acme/app:(ref:refs/heads/main|pull_request)'
claim_pattern:
  repository: 'acme/app'
  event_name: 'push|pull_request'
permissions:
  contents: read
  issues: write
  pull_requests: write
`,
    '.github/chainguard/production.sts.yaml': `issuer: ${actions}
subject_pattern: 'repo:acme@${SEED_ORGANIZATION_ID}/app@7001:environment:production'
claim_pattern:
  environment: 'production'
permissions:
  contents: write
`,
    '.github/chainguard/build-farm.sts.yaml': `issuer: ${issuer}
subject: build-farm
audience: acme-builds
permissions:
  contents: read
  packages: read
`,
  };
}

function infraFiles(actions: string): Record<string, string> {
  return {
    'README.md': '# infra\n',
    '.github/chainguard/plan.sts.yaml': `issuer: ${actions}
subject: repo:acme/infra:pull_request
permissions:
  contents: read
  pull_requests: write
`,
  };
}

function policyRepositoryFiles(actions: string, issuer: string): Record<string, string> {
  return {
    'README.md': '# Policies of acme\n',
    '.github/chainguard/release.sts.yaml': `issuer: ${actions}
subject: repo:acme/infra:ref:refs/heads/trunk
permissions:
  contents: write
repositories:
  - app
  - infra
`,
    '.github/chainguard/dependency-bot.sts.yaml': `issuer: ${issuer}
subject_pattern: 'bot-[0-9]+'
permissions:
  contents: read
  issues: read
repositories:
  - app
`,
  };
}

function helloFiles(actions: string): Record<string, string> {
  return {
    'README.md': '# Hello, world\n',
    '.github/chainguard/ci.sts.yaml': `issuer: ${actions}
subject: repo:octocat/hello-world:ref:refs/heads/main
permissions:
  contents: read
`,
  };
}
