import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { PolicyContext } from '../../../src/domain/trust-policy.ts';
import { readPolicyFile } from '../../../src/infrastructure/yaml/policy-file.ts';
import { unpinnedActions } from '../../../scripts/supply-chain/pinned-actions.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TEXT = readFileSync(join(ROOT, 'examples/probe.yml'), 'utf8');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'continue-on-error'?: boolean;
}
interface Workflow {
  readonly on: { readonly schedule: readonly { readonly cron: string }[] };
  readonly permissions: unknown;
  readonly jobs: { readonly probe: { readonly permissions: unknown; readonly steps: readonly Step[] } };
}

const CONTEXT: PolicyContext = {
  level: 'repository',
  isActionsIssuer: () => true,
  operatorListsIssuers: false,
  allowLoopbackHttp: false,
};
const WORKFLOW = parse(TEXT) as Workflow;
const { steps } = WORKFLOW.jobs.probe;

describe('the example of a prober', () => {
  it('asks often enough, with no right but the proof and the alert', () => {
    expect(WORKFLOW.on.schedule[0]?.cron.split(' ')[0]?.split(',')).toHaveLength(4);
    expect(WORKFLOW.permissions).toEqual({});
    expect(WORKFLOW.jobs.probe.permissions).toEqual({ 'id-token': 'write', issues: 'write' });
  });

  it('uses our Action, pinned by a commit, with inputs that it has', () => {
    const action = parse(readFileSync(join(ROOT, 'action/action.yml'), 'utf8')) as {
      readonly inputs: Readonly<Record<string, { readonly required: boolean }>>;
      readonly outputs: Readonly<Record<string, unknown>>;
    };
    const uses = steps.filter((step) => step.uses !== undefined);
    expect(uses).toHaveLength(2);
    for (const step of uses) {
      expect(step.uses).toBe('ACTION_OWNER/octo-sts-worker/action@<commit>');
      const given = Object.keys(step.with ?? {});
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(given));
      const required = Object.entries(action.inputs).flatMap(([name, input]) => (input.required ? [name] : []));
      expect(given).toEqual(expect.arrayContaining(required));
    }
    expect(action.outputs).toHaveProperty('token');
    expect(unpinnedActions(TEXT)).toEqual([]);
    expect(TEXT).not.toMatch(/np(?:x|m exec)/);
  });

  it('tells a refusal that must be from an outage', () => {
    const ids = steps.flatMap(({ id }) => id ?? []);
    expect(ids).toEqual(['granted', 'used', 'refused']);
    for (const step of steps.slice(0, 3)) expect(step['continue-on-error']).toBe(true);
    const { env = {}, run = '' } = steps[3] ?? {};
    for (const id of ids) expect(Object.values(env)).toContain(`\${{ steps.${id}.outcome }}`);
    expect(run).toContain('[ "$GRANTED" = success ] && [ "$USED" = success ] && [ "$REFUSED" = failure ]');
    // What a step puts together for a shell comes through the environment alone.
    for (const step of steps) expect(step.run ?? '').not.toContain('${{');
  });

  it('brings a policy that the service takes, which the negative exchange does not have', () => {
    const policy = [...TEXT.matchAll(/^# {3}(.*)$/gm)].map(([, line = '']) => line).join('\n');
    expect(policy).toContain('issuer: https://token.actions.githubusercontent.com');
    const filled = policy.replaceAll('OWNER/REPO', 'acme/app').replaceAll('OWNER', 'acme').replaceAll('REPO', 'app');
    expect(readPolicyFile(filled, CONTEXT)).toMatchObject({ kind: 'valid' });
    expect(steps[0]?.with?.identity).toBe('probe');
    expect(steps[2]?.with?.identity).not.toBe('probe');
  });
});
