import {
  getMetadataStorage,
  ValidateBy,
  ValidateNested,
  validateSync,
  type ValidationArguments,
  type ValidationError,
} from 'class-validator';
import { nearestName } from '../../domain/edit-distance.ts';
import { quoted, type DocumentPath, type Fault } from '../../domain/fault.ts';
import type { YamlMap, YamlNode, YamlScalar } from './yaml-node.ts';

export type FieldKind = 'text' | 'texts' | 'text-map' | 'flag' | 'key-set' | 'number' | 'document';

export interface FieldNotes {
  /** For the JSON Schema. */
  readonly description: string;
  /** Not known to octo-sts. */
  readonly extension?: true;
  /** What to write where somebody lists several values. */
  readonly several?: string;
  /** An empty text is a fault, and no absence: whoever writes it would leave out a restraint, and may mean the strictest. */
  readonly restrains?: true;
}

export interface FieldShape extends FieldNotes {
  readonly kind: FieldKind;
  /** Of a document within the document. */
  readonly type?: DocumentClass<object>;
}

type DocumentClass<T extends object> = new () => T;

/** What a field of a kind takes, and what to write where something else stands. */
interface KindRule {
  readonly fits: (value: unknown) => boolean;
  readonly takes: string;
  readonly advice: string;
}

/** One fault a value. Where a text stands in place of a list, its missing items are no second fault. */
const VALIDATION = { forbidUnknownValues: false, stopAtFirstError: true };
const MAX_KEY_DISTANCE = 2;
const MAX_COMPARED_KEY_LENGTH = 40;
/**
 * Items of one list or map that are looked into. A file with more is refused for it in any case: `repositories` takes
 * 500, `claim_pattern` 100, and there are fewer permissions than 200.
 */
const MAX_LIST_ITEMS = 501;
const MAX_MAP_ITEMS = 200;
/** Items of a wrong type and unknown keys that are told, of each list, each map and the file. */
const MAX_TOLD_ITEMS = 20;

const KIND_RULES: Readonly<Record<FieldKind, KindRule>> = {
  text: {
    fits: (value) => typeof value === 'string',
    takes: 'one text',
    advice: 'Write one value after the colon, in single quotes if it has special characters.',
  },
  texts: {
    fits: Array.isArray,
    takes: 'a list of texts',
    advice: 'Write the list in brackets, as in [one, two], or each item on a line of its own after "- ".',
  },
  'text-map': {
    fits: (value) => value instanceof Map,
    takes: 'names, each with a value',
    advice: 'Write each as "name: value" on a line of its own below this one, indented by two spaces.',
  },
  flag: {
    fits: (value) => typeof value === 'boolean',
    takes: 'true or false',
    advice: 'Write true or false without quotation marks, or delete the line.',
  },
  'key-set': {
    fits: (value) => typeof value === 'string' || value instanceof Map,
    takes: 'a JWK Set',
    advice: 'Write its JSON text in single quotes, or keys: and its list below this line, indented.',
  },
  number: {
    fits: (value) => typeof value === 'string',
    takes: 'a number',
    advice: 'Write it without quotation marks.',
  },
  document: {
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    takes: 'fields of its own',
    advice: 'Write each as "name: value" on a line of its own below this one, indented by two spaces.',
  },
};

export const TextField = (notes: FieldNotes): PropertyDecorator => field('text', notes);
export const TextListField = (notes: FieldNotes): PropertyDecorator => field('texts', notes, ValidateNested());
export const TextMapField = (notes: FieldNotes): PropertyDecorator => field('text-map', notes, ValidateNested());
export const FlagField = (notes: FieldNotes): PropertyDecorator => field('flag', notes);
/** As its text, digit for digit. */
export const NumberField = (notes: FieldNotes): PropertyDecorator => field('number', notes);
export const DocumentField = (type: DocumentClass<object>, notes: FieldNotes): PropertyDecorator =>
  field('document', { ...notes, type });
export const KeySetField = (notes: FieldNotes): PropertyDecorator => field('key-set', notes);

/** A value in a list or map of texts. It is an object because class-validator names only the places of objects. */
export class TextItem {
  @Constraint(
    'wrong-type',
    (value) => typeof value === 'string',
    ({ object, value }) => `${(object as TextItem).name} takes one text, and ${standing(value)}.`,
    { advice: 'Write one value there, or delete the line.' },
  )
  readonly value: string;

  constructor(
    value: unknown,
    /** As messages call it. */
    private readonly name: string,
  ) {
    // It can be of any type until it is validated. `bind` removes what is not a text.
    this.value = value as string;
  }
}

/** A key of a file that its document class has no field for. */
class UnknownKey {
  @Constraint('key-unknown', () => false, ({ object }) => (object as UnknownKey).sentence)
  readonly key: string;

  constructor(
    key: string,
    private readonly known: readonly string[],
  ) {
    this.key = key;
  }

  get sentence(): string {
    const near = nearest(this.key, this.known);
    return `There is no field ${literal(this.key)}.${near === undefined ? '' : ` Did you mean ${near}?`}`;
  }
}

/**
 * The keys of a file that are no field. A class of its own, so that files without such keys cost no validation of it.
 */
class UnknownKeys {
  @ValidateNested()
  readonly keys: ReadonlyMap<string, UnknownKey>;

  constructor(keys: ReadonlyMap<string, UnknownKey>) {
    this.keys = keys;
  }
}

const SHAPES = new WeakMap<object, ReadonlyMap<string, FieldShape>>();

/** The fields of a document class as its decorators declare them, in their order. */
export function shapeOf(type: DocumentClass<object>): ReadonlyMap<string, FieldShape> {
  const shapes = SHAPES.get(type) ?? declaredShapes(type);
  SHAPES.set(type, shapes);
  return shapes;
}

function declaredShapes(type: DocumentClass<object>): ReadonlyMap<string, FieldShape> {
  const declared = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return new Map(
    declared.flatMap(({ propertyName, context }) => {
      const shape = (context as { readonly shape?: FieldShape } | undefined)?.shape;
      return shape === undefined ? [] : [[propertyName, shape] as const];
    }),
  );
}

/** A document with all the fields that have the right type, and the faults of the others. */
export interface Bound<T> {
  readonly document: T;
  readonly faults: readonly Fault[];
}

/** Puts a file's root into a document class and validates that. An empty text counts as absent, but where a field restrains. */
export function bind<T extends object>(type: DocumentClass<T>, root: YamlMap): Bound<T> {
  const document = new type();
  const shapes = shapeOf(type);
  const unknown = new Map<string, UnknownKey>();
  const within: Fault[] = [];
  for (const [key, { value }] of root.entries) {
    const shape = shapes.get(key);
    if (shape === undefined) {
      if (unknown.size < MAX_TOLD_ITEMS) unknown.set(key, new UnknownKey(key, [...shapes.keys()]));
    } else if (shape.type !== undefined && value.kind === 'map') {
      const bound = bind(shape.type, value);
      Reflect.set(document, key, bound.document);
      within.push(...bound.faults.map((fault) => ({ ...fault, path: [key, ...fault.path] })));
    } else if (shape.restrains === true || !isEmptyText(value))
      Reflect.set(document, key, fieldValue(key, value, shape.kind));
  }
  const errors = validateSync(document, VALIDATION);
  for (const error of errors) takeAway(document, error);
  if (unknown.size > 0) errors.push(...validateSync(new UnknownKeys(unknown), VALIDATION));
  return { document, faults: [...errors.flatMap((error) => faultsOf(error, [])), ...within] };
}

/** Removes what failed. The rest of a list or map stays, so that its other faults are found in the same run. */
function takeAway(document: object, { property, children = [] }: ValidationError): void {
  const value: unknown = Reflect.get(document, property);
  const failed = new Set(children.map((child) => child.property));
  if (failed.size === 0) Reflect.set(document, property, undefined);
  else if (value instanceof Map) for (const name of failed) value.delete(name);
  else if (Array.isArray(value)) {
    const rest: unknown[] = value.filter((_, index) => !failed.has(String(index)));
    Reflect.set(document, property, rest);
  }
}

/** A constraint's name is the fault's rule, its message the fault's message, and its place the fault's path. */
function faultsOf(error: ValidationError, parents: DocumentPath): readonly Fault[] {
  const { target, property, constraints = {}, contexts = {}, children = [] } = error;
  const isItself = target instanceof TextItem || target instanceof UnknownKey || target instanceof UnknownKeys;
  const path = isItself ? parents : [...parents, Array.isArray(target) ? Number(property) : property];
  const own = Object.entries(constraints).map(([rule, message]) => ({
    rule,
    path,
    message,
    ...adviceOf(contexts[rule]),
  }));
  return [...own, ...children.flatMap((child) => faultsOf(child, path))];
}

function adviceOf(context: unknown): { readonly advice?: string } {
  const { advice } = (context ?? {}) as { readonly advice?: string };
  return advice === undefined ? {} : { advice };
}

function field(
  kind: FieldKind,
  notes: Omit<FieldShape, 'kind'>,
  ...more: readonly PropertyDecorator[]
): PropertyDecorator {
  const { fits, takes, advice } = KIND_RULES[kind];
  const decorators = [
    // `issuer:` without a value is null, which is a fault and not an absence.
    Constraint(
      'wrong-type',
      (value) => value === undefined || fits(value),
      ({ property, value }) => `${property} takes ${takes}, and ${standing(value)}.`,
      { advice: notes.several ?? advice, shape: { kind, ...notes } },
    ),
    ...more,
  ];
  return (target, key) => {
    for (const decorator of decorators) decorator(target, key);
  };
}

function Constraint(
  rule: string,
  validate: (value: unknown) => boolean,
  message: (found: ValidationArguments) => string,
  context?: { readonly advice: string; readonly shape?: FieldShape },
): PropertyDecorator {
  return ValidateBy(
    { name: rule, validator: { validate } },
    context === undefined ? { message } : { message, context },
  );
}

function standing(value: unknown): string {
  if (value === null) return 'no value stands there';
  if (Array.isArray(value)) return 'a list stands there';
  return value instanceof Map ? 'a map stands there' : 'a single value stands there';
}

/** class-validator replaces `$value` and the like in messages, also in text of a policy's author. */
function literal(text: string): string {
  return quoted(text).replaceAll('$', '\\u0024');
}

/** What people write for a field, with what they mean. */
const KEY_ALIASES: ReadonlyMap<string, string> = new Map([
  ['sub', 'subject'],
  ['iss', 'issuer'],
  ['aud', 'audience'],
  ['audiences', 'audience'],
  ['claims', 'claim_pattern'],
  ['claim', 'claim_pattern'],
  ['conditions', 'claim_pattern'],
  ['permission', 'permissions'],
  ['perms', 'permissions'],
  ['repos', 'repositories'],
  ['repository', 'repositories'],
  ['keys', 'jwks'],
  ['subject_regex', 'subject_pattern'],
  ['issuer_regex', 'issuer_pattern'],
]);

function nearest(key: string, known: readonly string[]): string | undefined {
  const likely = key.trim().toLowerCase().replaceAll('-', '_');
  if (known.includes(likely)) return likely;
  const alias = KEY_ALIASES.get(likely);
  if (alias !== undefined && known.includes(alias)) return alias;
  return likely.length > MAX_COMPARED_KEY_LENGTH ? undefined : nearestName(likely, known, MAX_KEY_DISTANCE);
}

function isEmptyText(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.type === 'text' && node.text === '';
}

function fieldValue(field: string, node: YamlNode, kind: FieldKind): unknown {
  if (kind === 'texts' && node.kind === 'list') {
    const items = node.items.slice(0, MAX_LIST_ITEMS);
    return tellable(items.map((item, index) => new TextItem(plain(item, kind), `Item ${index + 1} of ${field}`)));
  }
  if (kind === 'text-map' && node.kind === 'map') {
    const entries = [...node.entries].slice(0, MAX_MAP_ITEMS);
    const items = entries.map(([key, { value }]) => new TextItem(plain(value, kind), `${literal(key)} of ${field}`));
    const told = new Set(tellable(items));
    return new Map(entries.flatMap(([key], index) => pairOf(key, items[index], told)));
  }
  if (kind === 'number' && node.kind === 'scalar' && node.type !== 'null' && node.type !== 'number') return true;
  return plain(node, kind);
}

/** Without those that are no texts beyond the ones that are told: each costs the library 20 microseconds. */
function tellable(items: readonly TextItem[]): readonly TextItem[] {
  let wrong = 0;
  return items.filter(({ value }) => typeof value === 'string' || (wrong += 1) <= MAX_TOLD_ITEMS);
}

function pairOf(key: string, item: TextItem | undefined, told: ReadonlySet<TextItem>): readonly [string, TextItem][] {
  return item !== undefined && told.has(item) ? [[key, item]] : [];
}

/** The value as JavaScript holds it. Maps with names from outside are `Map`s, so that no name reaches a prototype. */
function plain(node: YamlNode, kind: FieldKind): unknown {
  if (node.kind === 'list') return node.items.map((item) => plain(item, kind));
  if (node.kind === 'map') return new Map([...node.entries].map(([key, { value }]) => [key, plain(value, kind)]));
  return plainScalar(node, kind === 'flag' || kind === 'key-set');
}

/** A number takes its text everywhere. */
function plainScalar(node: YamlScalar, keepsFlags: boolean): unknown {
  if (node.type === 'null') return null;
  return node.type === 'boolean' && keepsFlags ? node.text.toLowerCase() === 'true' : node.text;
}
