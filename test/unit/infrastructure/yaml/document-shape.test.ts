import { describe, expect, it } from '@jest/globals';
import { AllowlistDocument } from '../../../../src/infrastructure/yaml/allowlist-document.ts';
import { bind, shapeOf } from '../../../../src/infrastructure/yaml/document-shape.ts';
import { PolicyDocument } from '../../../../src/infrastructure/yaml/policy-document.ts';
import { YamlDocument } from '../../../../src/infrastructure/yaml/yaml-document.ts';

function bound(text: string): ReturnType<typeof bind<PolicyDocument>> {
  const { root } = YamlDocument.parse(text);
  if (root === undefined) throw new Error('no map');
  return bind(PolicyDocument, root);
}

const sentences = (text: string): readonly string[] => bound(text).faults.map(({ message }) => message);

describe('a value of the wrong type', () => {
  it.each([
    ['audience: [a]', 'audience takes one text, and a list stands there.', 'Write one value'],
    ['audience:', 'audience takes one text, and no value stands there.', 'Write one value'],
    [
      'permissions: write-all',
      'permissions takes names, each with a value, and a single value stands there.',
      '"name:',
    ],
    ['permissions: [a]', 'permissions takes names, each with a value, and a list stands there.', '"name: value"'],
    ['repositories: app', 'repositories takes a list of texts, and a single value stands there.', '[one, two]'],
    ['repositories: { a: b }', 'repositories takes a list of texts, and a map stands there.', '[one, two]'],
    [
      'caller_repository_only: "true"',
      'caller_repository_only takes true or false, and a single value',
      'without quot',
    ],
    ['jwks: [a]', 'jwks takes a JWK Set, and a list stands there.', 'JSON text'],
  ])('is told with what to write instead: %s', (text, message, advice) => {
    const [fault, ...others] = bound(text).faults;
    expect(others).toEqual([]);
    expect(fault?.rule).toBe('wrong-type');
    expect(fault?.path).toEqual([text.split(':')[0]]);
    expect(fault?.message).toContain(message);
    expect(fault?.advice).toContain(advice);
  });

  it('inside a list or a map is told by its own place, each of them, and the others stay', () => {
    const { document, faults } = bound('repositories: [a, [b], c, { d: e }]\npermissions: { x: [1], y: read, z: }\n');
    expect(faults.map(({ path, message }) => [path, message])).toEqual([
      [['permissions', 'x'], '"x" of permissions takes one text, and a list stands there.'],
      [['permissions', 'z'], '"z" of permissions takes one text, and no value stands there.'],
      [['repositories', 1], 'Item 2 of repositories takes one text, and a list stands there.'],
      [['repositories', 3], 'Item 4 of repositories takes one text, and a map stands there.'],
    ]);
    expect(document.repositories?.map(({ value }) => value)).toEqual(['a', 'c']);
    expect([...(document.permissions ?? [])].map(([name, { value }]) => [name, value])).toEqual([['y', 'read']]);
  });
});

describe('a key that is no field', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'keys', 'key', 'value', 'unknownKeys', 'length'])(
    'is told by its place, even if JavaScript or this reader knows the name: %s',
    (key) => {
      const { document, faults } = bound(`issuer: a\n${key}: b\n`);
      expect(faults).toEqual([{ rule: 'key-unknown', path: [key], message: expect.stringContaining(`"${key}"`) }]);
      expect(Object.getPrototypeOf(document)).toBe(PolicyDocument.prototype);
    },
  );

  it.each([
    ['Subject', 'subject'],
    ['ISSUER', 'issuer'],
    ['subject-pattern', 'subject_pattern'],
    ['claims_pattern', 'claim_pattern'],
  ])('%s is answered with the field %s', (key, field) => {
    expect(sentences(`${key}: a`)).toEqual([`There is no field "${key}". Did you mean ${field}?`]);
  });

  it('is quoted as it stands, though class-validator fills in what looks like its own signs', () => {
    expect(sentences('$value: a\n$property: b\n')).toEqual([
      'There is no field "\\u0024value".',
      'There is no field "\\u0024property".',
    ]);
    expect(sentences('claim_pattern: { $target: [a] }')).toEqual([
      '"\\u0024target" of claim_pattern takes one text, and a list stands there.',
    ]);
  });
});

describe('the fields of a document', () => {
  it('are those that its decorators declare, in their order', () => {
    expect([...shapeOf(AllowlistDocument).keys()]).toEqual(['mode', 'issuers', 'issuer_patterns']);
    expect(shapeOf(PolicyDocument).get('jwks')).toMatchObject({ kind: 'key-set', extension: true });
  });

  it('count as absent where their text is empty', () => {
    const { document, faults } = bound("audience: ''\npermissions: ''\n");
    expect(faults).toEqual([]);
    expect(document).toEqual(new PolicyDocument());
  });
});
