import { describe, expect, it } from '@jest/globals';
import { checkAllowlistFile, readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { ACTIONS_ISSUER, repositoryLevel } from '../../domain/policies.ts';

const RULES = { ...repositoryLevel, actionsIssuer: ACTIONS_ISSUER };
const told = (text: string): readonly string[] =>
  checkAllowlistFile(text, RULES).map(({ severity, rule, line }) => `${severity} ${rule}@${line}`);

describe('what is told of an allowlist', () => {
  it('is nothing where every issuer is one', () => {
    const text = `issuers:\n  - ${ACTIONS_ISSUER}\n  - https://idp.example.com/\nissuer_patterns: ['https://[a-z]+\\.acme\\.dev']\n`;
    expect(told(text)).toEqual([]);
  });

  it('names issuers that nobody has, at their lines, with what to write, and stays valid', () => {
    const text = `issuers:\n  - https://accounts.google.com\n  - ${ACTIONS_ISSUER}/\nissuer_patterns:\n  - 'https://gitlabs\\.com'\n`;
    expect(told(text)).toEqual(['warning issuer-near-miss@3', 'warning issuer-near-miss@5']);
    expect(checkAllowlistFile(text, RULES).map(({ advice }) => advice)).toEqual([
      `Write: - ${ACTIONS_ISSUER}`,
      "Write: - 'https://gitlab\\.com'",
    ]);
    expect(checkAllowlistFile(text, RULES).every(({ edits }) => edits?.length === 1)).toBe(true);
    expect(readAllowlistFile(text, RULES).kind).toBe('valid');
  });

  it('names them beside the faults of an invalid one', () => {
    expect(told('mode: x\nissuers: [accounts.google.com]\n')).toEqual([
      'error allowlist-mode@1',
      'error issuer-url@2',
      'warning issuer-near-miss@2',
    ]);
    expect(told('- x\n')).toEqual(['error root-not-map@1']);
  });
});
