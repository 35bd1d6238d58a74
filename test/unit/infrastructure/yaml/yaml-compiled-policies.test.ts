import { describe, expect, it } from '@jest/globals';
import { guardrailsOf, type Guardrails } from '../../../../src/domain/guardrails.ts';
import type { PolicyFile } from '../../../../src/domain/policy-folder.ts';
import { YamlCompiledPolicies } from '../../../../src/infrastructure/yaml/yaml-compiled-policies.ts';
import { ACTIONS_ISSUER, repositoryLevel } from '../../domain/policies.ts';

const POLICY = `issuer: ${ACTIONS_ISSUER}\nsubject: a\npermissions: { contents: read }\n`;
const PLACE = { level: 'repository', repository: 'app', identity: 'deploy' } as const;

const compiler = (): YamlCompiledPolicies =>
  new YamlCompiledPolicies({ ...repositoryLevel, actionsIssuer: ACTIONS_ISSUER });
const file = (text: string): PolicyFile => ({ name: 'deploy.sts.yaml', kind: 'file', bytes: text.length, text });

function guardrails(of: YamlCompiledPolicies, text: string): Guardrails {
  const found = guardrailsOf(of.guardrails(text));
  if (found === undefined) throw new Error('not usable');
  return found;
}

describe('compiled policies', () => {
  it('are kept by content, and judged anew under other guardrails', async () => {
    const policies = compiler();
    const reading = guardrails(policies, 'repository_policies: { permissions: { contents: read } }\n');
    const nothing = guardrails(policies, 'repository_policies: { permissions: {} }\n');
    const kinds = [];
    for (const one of [undefined, reading, nothing, undefined]) {
      const first = await policies.policy(file(POLICY), PLACE, one);
      expect(await policies.policy(file(POLICY), PLACE, one)).toBe(first);
      kinds.push(first.kind);
    }
    expect(kinds).toEqual(['found', 'found', 'invalid', 'found']);
  });

  it('of one organization are not taken for those of another, whatever a file begins with', async () => {
    const policies = compiler();
    const guarding = guardrails(policies, 'repository_policies: { permissions: { contents: read } }\n');
    const honest = await policies.policy(file(POLICY), PLACE, guarding);
    expect(honest.kind).toBe('found');
    for (let revision = 0; revision < 10; revision += 1) {
      const fresh = compiler();
      const again = guardrails(fresh, 'repository_policies: { permissions: { contents: read } }\n');
      for (const planted of [`${revision}\napp\ndeploy\n${POLICY}`, `\n\n\n${revision}\napp\ndeploy\n${POLICY}`]) {
        await fresh.policy(file(planted), { ...PLACE, repository: 'mine' }, undefined);
      }
      expect(await fresh.policy(file(POLICY), PLACE, again)).toMatchObject({ kind: 'found' });
    }
  });
});
