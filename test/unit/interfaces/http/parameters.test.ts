import { describe, expect, it } from '@jest/globals';
import { HttpRefusal } from '../../../../src/interfaces/http-refusal.ts';
import { invalid, Parameters, parsePermissions } from '../../../../src/interfaces/http/parameters.ts';

function parameters(...sources: string[]): Parameters {
  return new Parameters(sources.map((source) => new URLSearchParams(source)));
}

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HttpRefusal) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return 'nothing was refused';
}

describe('a parameter', () => {
  it('may be given twice with one value, in the query and in the form', () => {
    expect(parameters('identity=ci&identity=ci', 'identity=ci').identity()).toBe('ci');
  });

  it('is refused where its values differ', () => {
    expect(refusalOf(() => parameters('identity=ci', 'identity=cd').identity())).toMatch(
      /^invalid_request: identity is given twice/,
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])('named %s is not found where nobody gave it', (name) => {
    expect(parameters('x=y').one(name)).toBeUndefined();
  });
});

describe('the scope', () => {
  it.each([
    ['scope=acme', { owner: 'acme' }],
    ['scope=acme/app', { owner: 'acme', repository: 'app' }],
    ['scopes=acme/app', { owner: 'acme', repository: 'app' }],
    ['scope=other/thing&scopes=acme/app', { owner: 'acme', repository: 'app' }],
    ['scopes=acme/.github', { owner: 'acme', repository: '.github' }],
    ['scope=Acme_corp/A.b-c_D', { owner: 'Acme_corp', repository: 'A.b-c_D' }],
  ])('of %s is read as it was spelled', (query, scope) => {
    expect(parameters(query).scope()).toEqual(scope);
  });

  it('is one alone', () => {
    expect(refusalOf(() => parameters('scopes=a/b&scopes=a/c').scope())).toBe(
      'invalid_request: multiple scopes not supported',
    );
  });
});

describe('a narrowing', () => {
  it('is none where nobody asked for one', () => {
    expect(parameters('scope=acme').narrowing()).toEqual({});
  });

  it('names permissions and repositories, each once', () => {
    const narrowing = parameters(
      'permissions=contents:read, issues:write,contents:read&repositories=App,app,infra',
    ).narrowing();
    expect(narrowing.permissions?.toRecord()).toEqual({ contents: 'read', issues: 'write' });
    expect(narrowing.repositories?.map((name) => name.toLowerCase())).toEqual(['app', 'infra']);
  });

  it.each([
    '',
    ' ',
    'contents',
    'contents:',
    ':read',
    'contents:none',
    'contents:read:write',
    'Contents:read',
    '__proto__:read',
    'contents:read,',
  ])('of permissions can’t be %j', (text) => {
    expect(refusalOf(() => parsePermissions(text.split(','), invalid))).toMatch(/^invalid_request: /);
  });

  it.each(['', 'acme/app', '..', 'app,', Array.from({ length: 501 }, (_, index) => `r${index}`).join(',')])(
    'of repositories can’t be %j',
    (text) => {
      expect(refusalOf(() => parameters(new URLSearchParams({ repositories: text }).toString()).narrowing())).toMatch(
        /^invalid_request: /,
      );
    },
  );
});
