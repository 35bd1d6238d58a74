import fc from 'fast-check';

/** Text as it is, anything else as JSON: an object's own `toString` is not to be trusted. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

/** Not `Buffer`, which the Workers' types declare as `any`. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** Names that mean something to JavaScript. */
export const HOSTILE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '', '0', 'length'];

/** JSON texts that break readers which are too simple, each a value. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'null',
      'true',
      '0',
      '-0',
      '-1',
      '1.5',
      '1e999',
      '-1e999',
      '9007199254740993',
      '123456789012345678901234567890',
      '""',
      '"\\u0000"',
      '"\\ud800"',
      '"\\u2028"',
      '"İK"',
      '"../.."',
      '"<!-- @all -->"',
      '[]',
      '{}',
      '{"__proto__":{"sub":"x","admin":true}}',
      '{"constructor":{"prototype":{}}}',
      '{"toString":1,"valueOf":1}',
    ),
  },
  { weight: 1, arbitrary: fc.nat(600).map((depth) => `${'['.repeat(depth)}1${']'.repeat(depth)}`) },
  { weight: 1, arbitrary: fc.nat(300).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) },
  { weight: 1, arbitrary: fc.nat(2500).map((length) => JSON.stringify(Array.from({ length }, () => 'a'))) },
  { weight: 1, arbitrary: fc.nat(4000).map((length) => JSON.stringify('é'.repeat(length))) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => JSON.stringify(text)) },
);

/** A change of bytes: at a share of the whole (0 to 1000) so many are taken out, and others put in. */
export interface ByteChange {
  readonly atPermille: number;
  readonly cut: number;
  readonly insert: readonly number[];
}

const insertions: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.array(fc.nat(255), { maxLength: 8 }),
  fc.constantFrom(
    [0],
    [0xff, 0xfe],
    [0xc3],
    [0xed, 0xa0, 0x80],
    [0xef, 0xbb, 0xbf],
    [0xf5, 0x80],
    [0x0d, 0x0a],
    [0x22],
  ),
);

export const byteChange: fc.Arbitrary<ByteChange> = fc.record({
  atPermille: fc.nat(1000),
  cut: fc.oneof(fc.nat(4), fc.nat(200)),
  insert: insertions,
});

export function changedBytes(bytes: Uint8Array, { atPermille, cut, insert }: ByteChange): Uint8Array<ArrayBuffer> {
  const at = Math.floor((bytes.byteLength * atPermille) / 1000);
  return Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + cut)]);
}

export function changedText(text: string, changes: readonly ByteChange[]): string {
  return new TextDecoder().decode(changes.reduce(changedBytes, bytesOf(text)));
}

/** A change of one value in a JSON document: the node is picked by its number, counted from the root. */
export interface NodeChange {
  readonly node: number;
  readonly change: 'replace' | 'delete' | 'add' | 'wrap' | 'cut';
  readonly json: string;
  readonly name: string;
}

export const nodeChange: fc.Arbitrary<NodeChange> = fc.record({
  node: fc.nat(400),
  change: fc.constantFrom('replace', 'replace', 'delete', 'add', 'wrap', 'cut'),
  json: hostileJson,
  name: fc.constantFrom(...HOSTILE_NAMES, 'errors', 'message', 'id', 'token', 'permissions', 'data', 'keys', 'kid'),
});

/** The text with the change made; unchanged where it is no JSON. */
export function changedJson(text: string, change: NodeChange): string {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return text;
  }
  const count = countNodes(root);
  return written(root, { change, left: change.node % count });
}

interface Cursor {
  readonly change: NodeChange;
  left: number;
}

function countNodes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, one) => sum + countNodes(one), 1);
}

/** Writes JSON anew, for some of the changes are no value: a number out of range, a member twice. */
function written(value: unknown, cursor: Cursor): string {
  const isChosen = cursor.left-- === 0;
  if (isChosen) return changedNode(value, cursor.change);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${kept(value.map((one) => written(one, cursor))).join(',')}]`;
  const members = Object.entries(value).map(([name, one]) => [name, written(one, cursor)] as const);
  return `{${members.flatMap(([name, one]) => (one === '' ? [] : `${JSON.stringify(name)}:${one}`)).join(',')}}`;
}

function kept(texts: readonly string[]): readonly string[] {
  return texts.filter((one) => one !== '');
}

function changedNode(value: unknown, { change, json, name }: NodeChange): string {
  const text = JSON.stringify(value);
  switch (change) {
    case 'replace':
      return json;
    case 'delete':
      return '';
    case 'wrap':
      return `[${text},${json}]`;
    case 'cut':
      return typeof value === 'string' ? JSON.stringify(value.slice(0, value.length / 2)) : json;
    case 'add':
      if (typeof value !== 'object' || value === null) return json;
      if (Array.isArray(value)) return text === '[]' ? `[${json}]` : `${text.slice(0, -1)},${json}]`;
      return text === '{}'
        ? `{${JSON.stringify(name)}:${json}}`
        : `${text.slice(0, -1)},${JSON.stringify(name)}:${json}}`;
  }
}
