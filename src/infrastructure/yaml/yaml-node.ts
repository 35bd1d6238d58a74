/** A document's contents, with aliases followed, and the offset of each node in the text. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  /** Behind the value's last character, its quotation mark included. */
  readonly end: number;
  /** Without quotation marks. */
  readonly isPlain: boolean;
  readonly type: 'text' | 'number' | 'boolean' | 'null';
  /** As written, without quotation marks. A number keeps all its digits. */
  readonly text: string;
}

export interface YamlList {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly YamlNode[];
}

export interface YamlMap {
  readonly kind: 'map';
  readonly offset: number;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  readonly keyOffset: number;
  readonly keyEnd: number;
  readonly value: YamlNode;
}
