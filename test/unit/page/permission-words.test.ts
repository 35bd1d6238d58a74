import { describe, expect, it } from '@jest/globals';
import { judge } from '../../../page/workbench/judgement.ts';
import { permissionWords, reachWords } from '../../../page/workbench/permission-words.ts';
import { grantableLevels } from '../../../src/domain/permission-set.ts';
import { parseScope } from '../../../src/domain/scope.ts';
import appPermissions from '../../support/github/excerpts/app-permissions.json' with { type: 'json' };

describe('a permission in words', () => {
  const described = Object.keys(appPermissions.permissions).filter((name) => name in grantableLevels('organization'));

  it.each(described)('has words of its own where GitHub describes it: %s', (name) => {
    expect(permissionWords(name, 'read')).not.toBe(`Read ${name.replaceAll('_', ' ')}`);
  });

  it('says how far it goes', () => {
    expect(permissionWords('contents', 'write')).toBe('Read and change files, commits, branches, releases and merges');
    expect(permissionWords('repository_projects', 'admin')).toBe('Administer projects of the repository');
  });

  it('is its name where nobody has words for it', () => {
    expect(permissionWords('something_new', 'read')).toBe('Read something new');
    expect(permissionWords('constructor', 'read')).toBe('Read constructor');
  });
});

describe('the reach of a token in words', () => {
  function reach(scope: string, lines = ''): string {
    const policy = `issuer: https://issuer.example.com\nsubject: x\npermissions: { contents: read }\n${lines}`;
    const names = { scope, identity: 'deploy', github: '', policyRepository: '' };
    const service = { host: 'sts.example.com', origin: 'https://sts.example.com', isLocal: false };
    const judged = judge({ policy, token: '', ...names }, service, 0);
    if (judged.policy === undefined) throw new Error(JSON.stringify(judged.findings));
    return reachWords(judged.policy, parseScope(scope), '.github');
  }

  it.each([
    ['acme/app', '', 'On acme/app alone.'],
    ['acme', '', 'On every repository of acme that the GitHub App sees.'],
    ['acme/.github', '', 'On acme/.github alone.'],
    ['acme/.github', 'repositories: []', 'On every repository of acme that the GitHub App sees.'],
    ['acme', 'repositories: [app, infra]', 'On app, infra.'],
    ['acme', 'caller_repository_only: true', "On the caller's own repository alone."],
  ])('for %s %s', (scope, lines, words) => {
    expect(reach(scope, lines)).toBe(words);
  });
});
