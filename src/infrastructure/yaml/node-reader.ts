import { isAlias, isMap, isScalar, isSeq, type Alias, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml-node.ts';
import { quoted } from '../../domain/fault.ts';

export const MAX_NESTING = 32;
/** Aliases in one file. Enough to repeat a pattern, too few to make a small file big. */
export const MAX_ALIASES = 100;
/** Nodes of a file with its aliases expanded. A file of 8,000 tokens has fewer without aliases. */
const MAX_EXPANDED_NODES = 10_000;

export type ReportFault = (rule: string, offset: number, message: string, advice?: string) => void;

/** A node, and the number of nodes in it once its aliases are expanded. */
interface Measured {
  readonly node: YamlNode;
  readonly size: number;
  readonly height: number;
}

/**
 * Turns the library's nodes into ours. An alias shares its target instead of copying it and can't reach the node that holds
 * it, and the expanded size is bounded. So a small file can't become a big one.
 */
export class NodeReader {
  private readonly anchors = new Map<string, Measured>();
  private aliases = 0;
  private expanded = 0;
  private readonly report: ReportFault;

  constructor(report: ReportFault) {
    this.report = report;
  }

  read(contents: unknown, offset: number): YamlNode {
    return this.measure(contents, offset, 1).node;
  }

  private measure(value: unknown, offset: number, depth: number): Measured {
    if (isAlias(value)) return this.follow(value, offsetOf(value, offset), depth);
    const measured = this.measureOwn(value, offset, depth);
    const anchor = (value as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.anchors.set(anchor, measured);
    return measured;
  }

  private measureOwn(value: unknown, offset: number, depth: number): Measured {
    if (isScalar(value)) return leaf(scalar(value, offsetOf(value, offset)));
    if (!isMap(value) && !isSeq(value)) return leaf(emptyScalar(offset));
    const at = offsetOf(value, offset);
    if (depth > MAX_NESTING) {
      this.report('yaml-nesting', at, `The file is nested more than ${MAX_NESTING} deep.`);
      return leaf(emptyScalar(at));
    }
    return isMap(value) ? this.map(value, at, depth) : this.list(value.items, at, depth);
  }

  private list(items: readonly unknown[], offset: number, depth: number): Measured {
    const measured = items.map((item) => this.measure(item, offset, depth + 1));
    return collected({ kind: 'list', offset, items: measured.map((one) => one.node) }, measured);
  }

  private map(source: YAMLMap, offset: number, depth: number): Measured {
    const entries = new Map<string, YamlEntry>();
    const measured: Measured[] = [];
    for (const pair of source.items) {
      const key = this.key(pair, offset);
      const value = this.measure(pair.value, key?.offset ?? offset, depth + 1);
      measured.push(value);
      if (key === undefined) continue;
      const first = entries.get(key.text);
      if (first === undefined) entries.set(key.text, { keyOffset: key.offset, keyEnd: key.end, value: value.node });
      else this.report('yaml-duplicate-key', key.offset, `The key ${quoted(key.text)} stands here a second time.`);
    }
    return collected({ kind: 'map', offset, entries } satisfies YamlMap, measured);
  }

  private key(pair: Pair, offset: number): YamlScalar | undefined {
    const { node } = this.measure(pair.key, offset, MAX_NESTING);
    if (node.kind !== 'scalar' || node.type === 'null') {
      this.report('key-not-text', node.offset, 'A key must be a text.');
      return undefined;
    }
    if (isScalar(pair.key) && pair.key.type === 'PLAIN' && node.text === '<<') {
      this.report('yaml-merge-key', node.offset, 'Merge keys (<<) are not part of YAML 1.2.', 'Write the keys out.');
      return undefined;
    }
    return { ...node, offset: isAlias(pair.key) ? offsetOf(pair.key, offset) : node.offset };
  }

  private follow(alias: Alias, offset: number, depth: number): Measured {
    const target = this.anchors.get(alias.source);
    if (target === undefined) {
      this.report('yaml-alias', offset, `No anchor ${quoted(alias.source)} stands before this alias.`);
      return leaf(emptyScalar(offset));
    }
    this.aliases += 1;
    this.expanded += target.size;
    if (this.aliases > MAX_ALIASES || this.expanded > MAX_EXPANDED_NODES || depth + target.height > MAX_NESTING + 1) {
      const message = `The aliases of this file come to more than ${MAX_ALIASES} uses, ${MAX_EXPANDED_NODES} values or ${MAX_NESTING} levels.`;
      if (!this.reportedAliases) this.report('yaml-alias', offset, message, 'Write the values out.');
      this.reportedAliases = true;
      return leaf(emptyScalar(offset));
    }
    return target;
  }

  private reportedAliases = false;
}

function scalar(source: Scalar, offset: number): YamlScalar {
  const { value } = source;
  const place = { kind: 'scalar', offset, end: source.range?.[1] ?? offset, isPlain: source.type === 'PLAIN' } as const;
  if (typeof value === 'string') return { ...place, type: 'text', text: value };
  if (value === null || value === undefined) return emptyScalar(offset);
  const type = typeof value === 'boolean' ? 'boolean' : 'number';
  return { ...place, type, text: source.source ?? '' };
}

function emptyScalar(offset: number): YamlScalar {
  return { kind: 'scalar', offset, end: offset, isPlain: true, type: 'null', text: '' };
}

function leaf(node: YamlNode): Measured {
  return { node, size: 1, height: 0 };
}

function collected(node: YamlNode, children: readonly Measured[]): Measured {
  let size = 1;
  let height = 0;
  for (const child of children) {
    size += child.size;
    height = Math.max(height, child.height);
  }
  return { node, size, height: height + 1 };
}

function offsetOf(node: { range?: readonly number[] | null | undefined }, fallback: number): number {
  return node.range?.[0] ?? fallback;
}
