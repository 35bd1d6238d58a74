import { IsArray, IsBoolean, IsInstance, IsString, ValidateBy, ValidateIf, validateSync } from 'class-validator';
import { quoted, type Fault } from '../../domain/fault.ts';
import { nodeName, type YamlMap, type YamlNode, type YamlScalar } from './yaml-node.ts';

export type FieldKind = 'text' | 'texts' | 'text-map' | 'flag' | 'key-set';

export interface FieldNotes {
  /** For the JSON Schema. */
  readonly description: string;
  /** Not known to octo-sts. */
  readonly extension?: true;
  readonly organizationOnly?: true;
}

export interface FieldShape extends FieldNotes {
  readonly kind: FieldKind;
}

type DocumentClass<T extends object> = new () => T;

const SHAPES = new WeakMap<object, Map<string, FieldShape>>();
const MAX_KEY_DISTANCE = 2;
const MAX_COMPARED_KEY_LENGTH = 40;

/** What a value must be, for messages. */
const EXPECTED: Readonly<Record<FieldKind, string>> = {
  text: 'a text',
  texts: 'a list of texts',
  'text-map': 'a map of texts',
  flag: 'true or false',
  'key-set': 'a JWK Set, as JSON text or as a map',
};

export const TextField = (notes: FieldNotes): PropertyDecorator => field('text', notes, [IsString()]);
export const TextListField = (notes: FieldNotes): PropertyDecorator =>
  field('texts', notes, [IsArray(), IsString({ each: true })]);
export const TextMapField = (notes: FieldNotes): PropertyDecorator =>
  field('text-map', notes, [IsInstance(Map), IsString({ each: true })]);
export const FlagField = (notes: FieldNotes): PropertyDecorator => field('flag', notes, [IsBoolean()]);
export const KeySetField = (notes: FieldNotes): PropertyDecorator => field('key-set', notes, [IsTextOrMap()]);

/** The fields of a document class, in the order of their declaration. */
export function shapeOf(type: DocumentClass<object>): ReadonlyMap<string, FieldShape> {
  return SHAPES.get(type) ?? new Map<string, FieldShape>();
}

/** A document with all the fields that have the right type, and the faults of the others. */
export interface Bound<T> {
  readonly document: T;
  readonly faults: readonly Fault[];
}

/** Puts a file's root into a document class and checks the class's rules. An empty text counts as absent. */
export function bind<T extends object>(type: DocumentClass<T>, root: YamlMap): Bound<T> {
  const document = new type();
  const faults: Fault[] = [];
  for (const [key, { value }] of root.entries) {
    const shape = shapeOf(type).get(key);
    if (shape === undefined) faults.push(unknownKey(key, [...shapeOf(type).keys()]));
    else if (!isEmptyText(value)) Reflect.set(document, key, plain(value, shape.kind));
  }
  faults.push(...typeFaults(document, root));
  return { document, faults };
}

function field(kind: FieldKind, notes: FieldNotes, checks: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, key) => {
    const shapes = SHAPES.get(target.constructor) ?? new Map<string, FieldShape>();
    SHAPES.set(target.constructor, shapes.set(String(key), { kind, ...notes }));
    // Not IsOptional, which lets null pass: `issuer:` without a value is a fault, not an absence.
    ValidateIf((_, value) => value !== undefined)(target, key);
    for (const check of checks) check(target, key);
  };
}

function IsTextOrMap(): PropertyDecorator {
  return ValidateBy({
    name: 'isTextOrMap',
    validator: {
      validate: (value) =>
        typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
    },
  });
}

function typeFaults(document: object, root: YamlMap): readonly Fault[] {
  const errors = validateSync(document, {
    forbidUnknownValues: false,
    validationError: { target: false, value: false },
  });
  return errors.flatMap(({ property }) => {
    const node = root.entries.get(property)?.value;
    const shape = shapeOf(document.constructor as DocumentClass<object>).get(property);
    if (node === undefined || shape === undefined) return [];
    const kept: unknown = Reflect.get(document, property);
    Reflect.set(document, property, fittingPart(kept, shape.kind));
    return wrongType(property, shape.kind, node);
  });
}

/** The part of a value that can still be judged, so that its other faults are found in the same report. */
function fittingPart(value: unknown, kind: FieldKind): unknown {
  if (kind === 'texts' && Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  if (kind === 'text-map' && value instanceof Map)
    return new Map([...value].filter(([, one]) => typeof one === 'string'));
  return undefined;
}

function wrongType(property: string, kind: FieldKind, node: YamlNode): readonly Fault[] {
  if (kind === 'texts' && node.kind === 'list') {
    return node.items.flatMap((item, index) => wrongItem(property, index, item));
  }
  if (kind === 'text-map' && node.kind === 'map') {
    return [...node.entries].flatMap(([key, { value }]) => wrongItem(property, key, value));
  }
  const message = `${property} must be ${EXPECTED[kind]}, and is ${nodeName(node)}.`;
  return [{ rule: 'wrong-type', path: [property], message }];
}

function wrongItem(property: string, step: string | number, node: YamlNode): readonly Fault[] {
  if (node.kind === 'scalar' && node.type !== 'null') return [];
  const name = typeof step === 'number' ? `Item ${step + 1}` : quoted(step);
  return [
    {
      rule: 'wrong-type',
      path: [property, step],
      message: `${name} of ${property} must be a text, and is ${nodeName(node)}.`,
    },
  ];
}

function unknownKey(key: string, known: readonly string[]): Fault {
  const near = nearest(key, known);
  const fault = { rule: 'key-unknown', path: [key], message: `There is no field ${quoted(key)}.` };
  return near === undefined ? fault : { ...fault, advice: `Did you mean ${near}?` };
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const likely = key.trim().toLowerCase().replaceAll('-', '_');
  if (known.includes(likely) || likely.length > MAX_COMPARED_KEY_LENGTH) return known.find((one) => one === likely);
  return known
    .map((name) => ({ name, distance: editDistance(likely, name) }))
    .filter(({ distance }) => distance <= MAX_KEY_DISTANCE && distance * 3 <= likely.length)
    .toSorted((a, b) => a.distance - b.distance)[0]?.name;
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function isEmptyText(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.type === 'text' && node.text === '';
}

/** The value as JavaScript holds it. Maps with names from outside are `Map`s, so that no name reaches a prototype. */
function plain(node: YamlNode, kind: FieldKind): unknown {
  if (node.kind === 'list') return node.items.map((item) => plain(item, kind));
  if (node.kind === 'map') return new Map([...node.entries].map(([key, { value }]) => [key, plain(value, kind)]));
  return plainScalar(node, kind === 'flag' || kind === 'key-set');
}

/** A number takes its text everywhere: no field is a number. */
function plainScalar(node: YamlScalar, keepsFlags: boolean): unknown {
  if (node.type === 'null') return null;
  return node.type === 'boolean' && keepsFlags ? node.text.toLowerCase() === 'true' : node.text;
}
