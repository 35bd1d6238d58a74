import { Composer, isScalar, Lexer, Parser, type Document } from 'yaml';
import { MAX_POLICY_BYTES } from '../../domain/policy-location.ts';
import type { DocumentPath, Fault } from '../../domain/fault.ts';
import { sortFindings, type Finding, type Severity, type TextEdit } from '../../domain/finding.ts';
import type { Doubt, Repair } from '../../domain/lint/lint-rule.ts';
import type { PlainText } from '../../domain/lint/linted-policy.ts';
import { inQuotes, yamlText } from '../../domain/written-policy.ts';
import { linesOf, withoutIdleLines } from './idle-lines.ts';
import { LineIndex } from './line-index.ts';
import { MAX_NESTING, NodeReader, type ReportFault } from './node-reader.ts';
import { syntaxSentence, type SyntaxFault } from './syntax-sentence.ts';
import type { YamlMap, YamlNode, YamlScalar } from './yaml-node.ts';

/** Tokens of the library's lexer, counted before anything is built from them. */
export const MAX_TOKENS = 8000;
/** Lines of one text, such as a key set in a block. The library takes a microsecond for each. */
export const MAX_TEXT_LINES = 1000;
/** Escapes that YAML does not know, in one text in double quotes. The library makes an error for each. */
const MAX_BAD_ESCAPES = 20;
/** YAML 1.2 §5.7. */
const BAD_ESCAPE =
  /\\(?:x(?![\dA-Fa-f]{2})|u(?![\dA-Fa-f]{4})|U(?![\dA-Fa-f]{8})|[^0abtnvfre "/\\N_LPxuU\t\r\n])|\\[\\"]/g;
/** On the parser's stack there are also the document and a scalar, beside the collections. */
const STACK_BESIDE_COLLECTIONS = 2;
/**
 * Not printable by YAML 1.2 §5.1, or a line break to some parsers and none to others (YAML 1.2 §5.4): a carriage return
 * without its line feed, U+0085, U+2028 and U+2029. They could hide a line that octo-sts would read.
 */
// eslint-disable-next-line no-control-regex -- control characters are what it finds
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|\r(?!\n)|\p{Cs}/gu;
/**
 * Tokens of the lexer that are no part of the text: start of a document or a scalar, forced end of a flow collection.
 */
const LEXER_MARKS: ReadonlySet<string> = new Set(['\u0002', '\u001f', '\u0018']);
const COMPOSER_OPTIONS = {
  uniqueKeys: false,
  prettyErrors: false,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const;
/** How many forbidden characters are reported. A file with more is hardly a text. */
const MAX_UNPRINTABLE = 20;
const REPLACEMENT = '\ufffd';
const BYTE_ORDER_MARK = '\ufeff';

/** Rules after which the contents of a line can't be trusted, and how many lines above it can't either. */
const UNREADABLE: ReadonlyMap<string, readonly number[]> = new Map([
  ['yaml-syntax', [0, 1]],
  ['yaml-tab', [0, 1]],
  ['yaml-alias', [0]],
  ['key-not-text', [0]],
]);

/** A file read as YAML: its root, if that is a map, and every syntax fault. */
export class YamlDocument {
  private lines: LineIndex;
  /** The text that offsets count in. */
  private source = '';
  private readonly found: Finding[] = [];
  private readonly syntax: SyntaxFault[] = [];
  readonly root: YamlMap | undefined;

  private constructor(private readonly text: string) {
    this.lines = new LineIndex(text, []);
    this.root = this.read();
  }

  /** Never throws, whatever the text. */
  static parse(text: string): YamlDocument {
    return new YamlDocument(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  }

  /** The syntax faults. */
  get findings(): readonly Finding[] {
    return this.found;
  }

  /** Whether part of the file could not be read. Then a field that seems to be missing is no fault of its own. */
  get isIncomplete(): boolean {
    return this.found.some(
      ({ rule }) => rule !== 'yaml-duplicate-key' && rule !== 'yaml-directive' && rule !== 'yaml-tag',
    );
  }

  /**
   * All faults, those of the contents included. A fault of the contents is left out where it only follows from a line that
   * can't be read: on that line, or on the one above (a key whose indented value can't be read).
   */
  withContents(faults: readonly Fault[]): readonly Finding[] {
    const unreadable = new Set(
      this.found.flatMap(({ rule, line }) => (UNREADABLE.get(rule) ?? []).map((above) => line - above)),
    );
    const contents = faults.map((fault) => this.locate(fault)).filter(({ line }) => !unreadable.has(line));
    return sortFindings([...this.found, ...contents]);
  }

  /** A fault of the contents, with the line and column of its path. */
  locate(fault: Fault, severity: Severity = 'error'): Finding {
    const { rule, message, advice } = fault;
    const position = this.lines.position(this.offset(fault.path));
    return { rule, severity, ...position, message, ...(advice === undefined ? {} : { advice }) };
  }

  /** A doubt at its place, with the edits that its repair asks for. */
  locateDoubt(doubt: Doubt): Finding {
    const finding = this.locate(doubt, doubt.severity);
    const edits = doubt.repair === undefined ? [] : this.editsOf(doubt.repair);
    return edits.length === 0 ? finding : { ...finding, edits };
  }

  /** Every value that stands without quotation marks. */
  get plainTexts(): readonly PlainText[] {
    return this.root === undefined ? [] : plainTextsIn(this.root, []);
  }

  /** None where a value stands elsewhere, behind an alias, or goes over several lines. */
  editsOf({ path, key, value }: Repair): readonly TextEdit[] {
    const found = this.find(path);
    if (found?.node.kind !== 'scalar') return [];
    const { node, keyRange } = found;
    if (node.offset < found.offset || !this.isOnOneLine(node.offset, node.end)) return [];
    const ofKey = key === undefined || keyRange === undefined ? [] : [this.edit(...keyRange, yamlText(key))];
    const ofValue = value === undefined ? [] : [this.edit(node.offset, node.end, this.written(node, value))];
    return [...ofKey, ...ofValue];
  }

  /** In the quotation marks that stand there, where they can hold it. */
  private written(node: YamlScalar, value: string): string {
    const mark = this.source.charAt(node.offset);
    if (mark === '"' && !/["\\]/.test(value)) return `"${value}"`;
    return mark === "'" || node.text === value ? inQuotes(value) : yamlText(value);
  }

  private isOnOneLine(start: number, end: number): boolean {
    return end > start && !this.source.slice(start, end).includes('\n');
  }

  private edit(start: number, end: number, text: string): TextEdit {
    return { start: this.lines.position(start), end: this.lines.position(end), text };
  }

  private find(path: DocumentPath): FoundNode | undefined {
    let found: FoundNode | undefined = this.root === undefined ? undefined : { offset: 0, node: this.root };
    for (const step of path) found = child(found?.node, step);
    return found;
  }

  private offset(path: DocumentPath): number {
    let node: YamlNode | undefined = this.root;
    let offset = node?.offset ?? 0;
    for (const step of path) {
      const entry: FoundNode | undefined = child(node, step);
      if (entry === undefined) return offset;
      ({ offset, node } = entry);
    }
    return offset;
  }

  private read(): YamlMap | undefined {
    if (byteLength(this.text) > MAX_POLICY_BYTES) {
      this.report('file-too-large', 0, `The file is larger than ${MAX_POLICY_BYTES / 1024} KiB.`);
      return undefined;
    }
    try {
      return this.rootOf(withoutStackTraces(() => this.documents()));
    } catch {
      // The library may throw. A file that makes it throw is not a policy.
      this.report('yaml-syntax', 0, "The file can't be read as YAML.");
      return undefined;
    }
  }

  private rootOf(documents: readonly Document[]): YamlMap | undefined {
    const [first, second] = documents;
    if (first === undefined) return undefined;
    this.reportSyntax([...this.syntax, ...documents.flatMap((one) => [...one.errors, ...one.warnings])]);
    if (second !== undefined && !(documents.length === 2 && isEmpty(second)))
      this.report(
        'yaml-documents',
        second.range?.[0] ?? 0,
        'A second YAML document starts here.',
        'Write one policy a file.',
      );
    const node = new NodeReader(this.report).read(first.contents, 0);
    if (node.kind === 'map') return node;
    if (this.found.length === 0) this.reportRoot(node);
    return undefined;
  }

  private reportRoot(node: YamlNode): void {
    const empty = node.kind === 'scalar' && node.type === 'null';
    const message = empty
      ? 'The file holds nothing.'
      : `The file holds a ${node.kind === 'list' ? 'list' : 'single text'}, not keys with values.`;
    this.report('root-not-map', node.offset, message, 'Write one "key: value" a line, with a space after the colon.');
  }

  /** @returns nothing where a limit is exceeded. A finding then says which */
  private documents(): readonly Document[] {
    const parser = new Parser();
    const composer = new Composer(COMPOSER_OPTIONS);
    const documents: Document[] = [];
    const text = this.shortened();
    for (const lexeme of this.lexemes(text)) {
      for (const token of parser.next(lexeme)) this.compose(composer, token, documents);
      if (parser.stack.length > MAX_NESTING + STACK_BESIDE_COLLECTIONS) {
        this.report('yaml-nesting', parser.offset, `The file is nested more than ${MAX_NESTING} deep.`);
        return [];
      }
    }
    for (const token of parser.end()) this.compose(composer, token, documents);
    documents.push(...composer.end(!this.isBeyondLimits, text.length));
    return documents;
  }

  /** After this, offsets are those of the text that is returned. */
  private shortened(): string {
    const { text, leftOut } = withoutIdleLines(this.printable());
    this.lines = new LineIndex(text, leftOut);
    this.source = text;
    return text;
  }

  /** All tokens, or none if there are too many. They are counted before anything is built from them. */
  private lexemes(text: string): readonly string[] {
    const lexemes: string[] = [];
    let offset = 0;
    for (const lexeme of new Lexer().lex(text)) {
      if (lexemes.push(lexeme) > MAX_TOKENS) {
        this.report('yaml-tokens', offset, `The file has more than ${MAX_TOKENS} YAML tokens.`);
        this.isBeyondLimits = true;
      } else this.checkLexeme(lexeme, offset);
      if (this.isBeyondLimits) return [];
      if (!LEXER_MARKS.has(lexeme)) offset += lexeme.length;
    }
    return lexemes;
  }

  private checkLexeme(lexeme: string, offset: number): void {
    if (lexeme.length <= MAX_BAD_ESCAPES) return;
    if (lexeme.startsWith('"') && badEscapes(lexeme) > MAX_BAD_ESCAPES) {
      this.reportSyntaxError({ code: 'BAD_DQ_ESCAPE', message: '', pos: [offset, offset] });
      this.isBeyondLimits = true;
    } else if (lexeme.length > MAX_TEXT_LINES && linesOf(lexeme) > MAX_TEXT_LINES) {
      this.report('yaml-tokens', offset, `A text of the file has more than ${MAX_TEXT_LINES} lines.`);
      this.isBeyondLimits = true;
    }
  }

  /** Nothing was read. A finding says why. */
  private isBeyondLimits = false;

  /**
   * The text with forbidden characters replaced, so that its other faults are found too. Some of them would mislead the
   * lexer.
   */
  private printable(): string {
    let told = 0;
    return this.text.replace(UNPRINTABLE, (_, offset: number) => {
      told += 1;
      if (told > MAX_UNPRINTABLE) return REPLACEMENT;
      const advice = 'Delete it, or write it as an escape in double quotes.';
      this.report('yaml-character', offset, "This character can't stand in a YAML file.", advice);
      return REPLACEMENT;
    });
  }

  private compose(composer: Composer, token: Parameters<Composer['next']>[0], documents: Document[]): void {
    if (token.type === 'directive') {
      const message = 'Directives (lines that start with %) are not accepted.';
      this.report('yaml-directive', token.offset, message, 'Delete this line.');
    }
    // For thousands of stray tokens the library would make thousands of errors, each with its stack.
    if (token.type === 'error')
      this.syntax.push({ code: 'UNEXPECTED_TOKEN', message: '', pos: [token.offset, token.offset] });
    else documents.push(...composer.next(token));
  }

  /** One finding a line. Further ones on the same line mostly follow from the first. */
  private reportSyntax(errors: readonly SyntaxFault[]): void {
    const lines = new Set<number>();
    for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
      const { line } = this.lines.position(error.pos[0]);
      if (lines.has(line)) continue;
      lines.add(line);
      this.reportSyntaxError(error);
    }
  }

  private reportSyntaxError(error: SyntaxFault): void {
    const [offset] = error.pos;
    if (error.code === 'TAB_AS_INDENT') {
      this.report('yaml-tab', offset, 'A tab stands in the indentation.', 'Indent with spaces.');
    } else if (
      error.code === 'TAG_RESOLVE_FAILED' ||
      error.code === 'BAD_COLLECTION_TYPE' ||
      error.code === 'MULTIPLE_TAGS'
    ) {
      this.report(
        'yaml-tag',
        offset,
        'This tag (a word that starts with !) is not known here.',
        'Delete the tag, or quote the value.',
      );
    } else if (error.code !== 'BAD_DIRECTIVE') {
      const { message, advice } = syntaxSentence(error);
      this.report('yaml-syntax', offset, message, advice);
    }
  }

  private readonly report: ReportFault = (rule, offset, message, advice) => {
    const finding = { rule, severity: 'error', ...this.lines.position(offset), message } as const;
    this.found.push(advice === undefined ? finding : { ...finding, advice });
  };
}

/**
 * The library makes an `Error` for every fault, and one quoted text can hold thirty thousand of them. Their stacks, which
 * nobody reads, took half a second, so none are made during `work`, which must be synchronous.
 */
function withoutStackTraces<T>(work: () => T): T {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return work();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

/**
 * An escaped backslash or quotation mark is no unknown escape. It is matched so that what follows it is not mistaken
 * for one.
 */
function badEscapes(text: string): number {
  let count = 0;
  for (const [escape] of text.matchAll(BAD_ESCAPE)) if (escape !== '\\\\' && escape !== '\\"') count += 1;
  return count;
}

/** The fault of a `---` or `...` with nothing after it. */
function isEmpty({ contents }: Document): boolean {
  if (contents === null) return true;
  const { anchor, tag } = contents as { anchor?: string; tag?: string };
  return (
    isScalar(contents) &&
    contents.source === '' &&
    contents.type === 'PLAIN' &&
    anchor === undefined &&
    tag === undefined
  );
}

interface FoundNode {
  readonly offset: number;
  readonly node: YamlNode;
  readonly keyRange?: readonly [start: number, end: number];
}

function child(node: YamlNode | undefined, step: string | number): FoundNode | undefined {
  if (node?.kind === 'map') {
    const entry = node.entries.get(String(step));
    if (entry === undefined) return undefined;
    const { keyOffset, keyEnd, value } = entry;
    return { offset: keyOffset, node: value, keyRange: [keyOffset, keyEnd] };
  }
  const item = node?.kind === 'list' ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { offset: item.offset, node: item };
}

function plainTextsIn(node: YamlNode, path: DocumentPath): readonly PlainText[] {
  switch (node.kind) {
    case 'scalar':
      return node.isPlain && node.type !== 'null' ? [{ path, text: node.text }] : [];
    case 'list':
      return node.items.flatMap((item, index) => plainTextsIn(item, [...path, index]));
    case 'map':
      return [...node.entries].flatMap(([key, { value }]) => plainTextsIn(value, [...path, key]));
  }
}

/** Counted in UTF-8, as GitHub stores files. */
function byteLength(text: string): number {
  if (text.length > MAX_POLICY_BYTES || text.length * 3 <= MAX_POLICY_BYTES) return text.length;
  return new TextEncoder().encode(text).length;
}
