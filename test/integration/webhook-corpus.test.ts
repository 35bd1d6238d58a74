import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/local-stack.ts';
import { WebhookStack } from '../support/webhook-stack.ts';
import { corpusCases, fileText, type CorpusCase } from '../unit/infrastructure/yaml/corpus-cases.ts';

const FOLDER = '.github/chainguard';
/** The summary of a check run has a hundred rows. */
const CASES_A_REPOSITORY = 60;

let stack: WebhookStack;
let owners = 0;

beforeAll(async () => {
  stack = await WebhookStack.start();
});
afterAll(async () => {
  await stack.settled();
  expect(stack.local.emulator.violations).toEqual([]);
  await stack.close();
});

const policies = corpusCases().filter(({ kind }) => kind === undefined);
const allowlists = corpusCases().filter(({ kind }) => kind === 'allowlist');

function batches(cases: readonly CorpusCase[]): (readonly CorpusCase[])[] {
  const count = Math.ceil(cases.length / CASES_A_REPOSITORY);
  return Array.from({ length: count }, (_, n) => cases.slice(n * CASES_A_REPOSITORY, (n + 1) * CASES_A_REPOSITORY));
}

/** Pushes to the default branch of a new organization, and waits for the verdict. */
async function summaryOf(repository: string, files: Readonly<Record<string, string>>): Promise<string> {
  owners += 1;
  const owner = `corpus-${owners}`;
  stack.disconnect();
  stack.local.addOwner(owner, { repositories: { app: {} } });
  stack.connect();
  const { sha } = stack.world.commit(`${owner}/${repository}`, files);
  // A hostile file takes longer than the pause that otherwise means the end.
  await eventually(() => stack.runs(`${owner}/${repository}`, sha).length > 0, 20_000);
  return stack.runs(`${owner}/${repository}`, sha)[0]?.summary ?? '';
}

function isValid(summary: string, name: string): boolean {
  const [, verdict] =
    new RegExp(`<tr><td><code>${name}</code>.*<td>(valid|invalid)[^<]*</td></tr>`).exec(summary) ?? [];
  expect(verdict).toBeDefined();
  return verdict === 'valid';
}

describe.each<[level: string, cases: readonly CorpusCase[], repository: string]>([
  ['repositories', policies.filter(({ level }) => level !== 'organization'), 'app'],
  ['organizations', policies.filter(({ level }) => level === 'organization'), '.github'],
])('policies of %s', (_, cases, repository) => {
  test('are valid for the check exactly where the exchange can use them', async () => {
    expect(cases.length).toBeGreaterThan(10);
    for (const batch of batches(cases)) {
      const files = batch.map((one, n) => [`${FOLDER}/case-${n}.sts.yaml`, fileText(one)] as const);
      const summary = await summaryOf(repository, Object.fromEntries(files));
      const owner = `corpus-${owners}`;
      for (const [n, { file, title }] of batch.entries()) {
        const { json } = await stack.local.exchangeFor(`${owner}/${repository}`, `case-${n}`);
        expect(json.error).not.toBe('policy_not_found');
        const exchanged = json.error !== 'policy_invalid';
        const checked = isValid(summary, `case-${n}.sts.yaml`);
        expect({ file, title, checked }).toEqual({ file, title, checked: exchanged });
      }
    }
  }, 120_000);
});

test('an issuer allowlist is valid for the check exactly where the exchange can use it', async () => {
  expect(allowlists.length).toBeGreaterThan(5);
  for (const one of allowlists) {
    const name = 'trusted-token-issuers.yaml';
    const summary = await summaryOf('.github', { [`${FOLDER}/${name}`]: fileText(one) });
    // Of the owner itself: an outsider may ask for sixty absences a minute only.
    const insider = stack.local.actionsToken({ repository: `corpus-${owners}/app` });
    const { json } = await stack.local.exchangeFor(`corpus-${owners}/app`, 'any', insider);
    const exchanged = json.error !== 'issuer_allowlist_invalid';
    const { file, title } = one;
    expect({ file, title, checked: isValid(summary, name) }).toEqual({ file, title, checked: exchanged });
  }
}, 120_000);
