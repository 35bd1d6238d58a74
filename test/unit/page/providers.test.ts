import { describe, expect, it } from '@jest/globals';
import { PROVIDERS, type Example, type Provider } from '../../../page/providers.ts';
import { judge } from '../../../page/workbench/judgement.ts';

const EXAMPLE: Example = { host: 'sts.example.com', scope: 'acme/app', identity: 'deploy' };
const NOW = Date.now() / 1000;

function judged(provider: Provider, example: Example) {
  const question = {
    policy: provider.policy(example),
    token: JSON.stringify(provider.claims(example)),
    scope: example.scope,
    identity: example.identity,
    github: '',
    policyRepository: '',
  };
  return judge(question, { host: example.host, origin: `https://${example.host}`, isLocal: false }, NOW);
}

describe.each(PROVIDERS.map((provider) => [provider.name, provider] as const))('the example for %s', (_, provider) => {
  it.each(['acme/app', 'acme'])('has a policy that takes the example token: %s', (scope) => {
    const { match, doubts, findings } = judged(provider, { ...EXAMPLE, scope });
    expect(findings.filter(({ severity }) => severity !== 'notice')).toEqual([]);
    expect(match?.fields.filter(({ matched }) => !matched)).toEqual([]);
    expect([match?.matched, doubts]).toEqual([true, []]);
  });

  it('names this service, the repository and the policy', () => {
    const example = { host: 'sts.acme.test', scope: 'octo/spoon', identity: 'fork' };
    const workload = provider.workload(example);
    for (const name of Object.values(example)) expect(workload).toContain(name);
  });

  it('lets nobody run a package or an Action that is not theirs', () => {
    const text = [provider.workload(EXAMPLE), provider.note, provider.where].join('\n');
    expect(text).not.toMatch(/\bnpx\b|npm i|@v\d|@main/);
  });
});

it('the examples are those that the service is for', () => {
  expect(PROVIDERS.map(({ id }) => id)).toEqual([
    'github',
    'gitlab',
    'google',
    'aws',
    'kubernetes',
    'buildkite',
    'circleci',
    'terraform',
    'other',
  ]);
});
