import { generateAppKeys } from '../support/github/app-keys.ts';
import type { LocalStack, StackOptions } from '../support/local-stack.ts';
import { STS_DOMAIN } from '../support/local-stack.ts';

export const ADDRESS = `https://${STS_DOMAIN}`;

/** Something that is wrong with a deployment, and what must name it. */
export interface HealthFault {
  readonly name: string;
  /** Settings over the sound ones, and how the Worker is started. */
  readonly options?: StackOptions;
  /** What is done to the world outside the service. */
  readonly act?: (stack: LocalStack) => Promise<void> | void;
  readonly status: 'ok' | 'degraded' | 'failing' | 'misconfigured';
  /** The checks of `GET /healthz` that fail. */
  readonly failing: readonly string[];
  /** The rules that the report names. */
  readonly rules: readonly string[];
  /** What the doctor finds ill. */
  readonly doctor: readonly string[];
  /** Whether an exchange that is granted otherwise still is. */
  readonly exchanges: boolean;
}

/** As it is in production: under its own address, with a webhook that arrives. */
export const SOUND: StackOptions = {
  worker: { address: ADDRESS },
};

function settings(values: Readonly<Record<string, string | undefined>>): StackOptions {
  return { ...SOUND, bindings: () => values };
}

const MINUTE = 60_000;

export const FAULTS: readonly HealthFault[] = [
  {
    name: 'the key of another App',
    options: settings({ GITHUB_APP_PRIVATE_KEY: generateAppKeys().pkcs1Pem }),
    status: 'failing',
    failing: ['app_credentials'],
    rules: ['app-credentials'],
    doctor: ['app_credentials'],
    exchanges: false,
  },
  {
    name: 'the id of an App that there is not',
    options: settings({ GITHUB_APP_ID: '424243' }),
    status: 'failing',
    failing: ['app_credentials'],
    rules: ['app-credentials'],
    doctor: ['app_credentials'],
    exchanges: false,
  },
  {
    name: 'an App that is suspended',
    act: ({ emulator, seed }) => emulator.world.suspend(seed.installations.organization),
    status: 'failing',
    failing: ['installations'],
    rules: ['installation-suspended'],
    doctor: ['installations'],
    exchanges: false,
  },
  {
    name: 'an App that GitHub itself refuses',
    act: ({ emulator }) => {
      const body = { message: 'This GitHub App has been suspended' };
      emulator.faults.add({ kind: 'respond', status: 403, body, match: { path: /^\/(app|users|orgs)/ } });
    },
    status: 'failing',
    failing: ['app_credentials'],
    rules: ['app-refused'],
    doctor: ['app_credentials'],
    exchanges: false,
  },
  {
    name: 'a permission that the organization has not accepted',
    act: ({ seed }) => {
      seed.installations.organization.permissions = { contents: 'write', deployments: 'write' };
    },
    status: 'degraded',
    failing: ['permissions'],
    rules: ['permission-missing'],
    doctor: ['permissions'],
    exchanges: true,
  },
  {
    name: 'a webhook that goes elsewhere',
    act: ({ seed }) => {
      seed.app.webhookUrl = 'https://old.example.com/webhook';
    },
    status: 'degraded',
    failing: ['webhook'],
    rules: ['webhook-url'],
    doctor: ['webhook'],
    exchanges: true,
  },
  {
    name: 'no webhook secret here',
    options: settings({ GITHUB_WEBHOOK_SECRET: undefined }),
    status: 'degraded',
    failing: ['webhook'],
    rules: ['webhook-secret-here'],
    doctor: ['webhook'],
    exchanges: true,
  },
  {
    name: 'no webhook secret at GitHub',
    act: ({ seed }) => {
      seed.app.webhookSecret = '';
    },
    status: 'degraded',
    failing: ['webhook'],
    rules: ['webhook-secret-at-github'],
    doctor: ['webhook'],
    exchanges: true,
  },
  {
    name: 'a webhook secret that differs',
    options: settings({ GITHUB_WEBHOOK_SECRET: 'another secret of a webhook, from the old App' }),
    act: async ({ emulator }) => {
      emulator.world.commit('acme/app', { 'README.md': 'a push\n' });
      await emulator.webhooks.settled();
    },
    status: 'degraded',
    failing: ['webhook'],
    rules: ['webhook-secret-differs'],
    doctor: ['webhook'],
    exchanges: true,
  },
  {
    name: 'a store that is missing',
    options: { ...SOUND, worker: { address: ADDRESS, withoutKv: true } },
    status: 'misconfigured',
    failing: [],
    rules: [],
    doctor: ['settings', 'settings'],
    exchanges: false,
  },
  {
    name: 'an issuer that is down',
    act: ({ emulator, worker }) => {
      emulator.actionsIssuer.isDown = true;
      // Beyond the hour for which keys are fresh, and within the day for which they are kept.
      emulator.clock.advance(61 * MINUTE);
      return worker.advance(61 * MINUTE);
    },
    status: 'degraded',
    failing: ['issuers'],
    rules: ['issuer-keys'],
    doctor: ['issuers'],
    exchanges: true,
  },
  {
    name: 'a quota that is used up',
    act: ({ emulator, seed }) => emulator.limits.set({ app: seed.app.id }, { remaining: 0 }),
    status: 'failing',
    failing: ['quota'],
    rules: ['quota-used-up'],
    doctor: ['quota'],
    exchanges: false,
  },
  {
    name: 'GitHub down',
    act: ({ emulator }) => void emulator.faults.add({ kind: 'reset', when: 'before-headers' }),
    status: 'failing',
    failing: ['github'],
    rules: ['github-silent'],
    doctor: ['github'],
    exchanges: false,
  },
  {
    name: 'a clock that is two minutes behind',
    act: ({ worker }) => worker.advance(-2 * MINUTE),
    status: 'degraded',
    failing: ['clock'],
    rules: ['clock-off'],
    doctor: ['clock'],
    exchanges: false,
  },
  {
    name: 'a clock that is a quarter of an hour ahead',
    act: ({ worker }) => worker.advance(15 * MINUTE),
    status: 'failing',
    failing: ['app_credentials', 'clock'],
    rules: ['app-credentials', 'clock-off'],
    doctor: ['app_credentials', 'clock'],
    exchanges: false,
  },
];

/** As docs/health.md shows them. */
export function faultTable(): string {
  const code = (names: readonly string[]): string => names.map((one) => `\`${one}\``).join(', ') || '–';
  const rows = FAULTS.map(({ name, status, failing, rules, doctor, exchanges }) => {
    const isDown = status === 'failing' || status === 'misconfigured';
    const log = status === 'misconfigured' ? '`misconfigured`' : code(rules);
    const found = code([...new Set(doctor)]);
    return `| ${name} | ${isDown ? 503 : 200} \`${status}\` | ${code(failing)} | ${log} | ${found} | ${exchanges ? 'go on' : 'fail'} |`;
  });
  const head = '| Fault | `/healthz` | failing checks | in the log and the report | the doctor finds | exchanges |';
  return `${head}\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}`;
}

/** Makes a stack sound: GitHub delivers to it under its own name, and an exchange has warmed it. */
export async function makeSound(stack: LocalStack): Promise<void> {
  const { emulator, seed, worker } = stack;
  emulator.faults.clear();
  emulator.limits.clear();
  emulator.clock.release();
  emulator.actionsIssuer.isDown = false;
  emulator.webhooks.origins.set(ADDRESS, worker.url);
  seed.app.webhookSecret = SECRET;
  seed.app.webhookUrl = `${ADDRESS}/webhook`;
  seed.installations.organization.permissions = seed.app.permissions;
  if (seed.installations.organization.suspendedAt !== undefined)
    emulator.world.unsuspend(seed.installations.organization);
  await emulator.webhooks.settled();
}

const SECRET = 'local-webhook-secret';
