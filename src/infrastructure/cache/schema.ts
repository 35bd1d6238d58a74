/**
 * Turns a value of one version into the next. A value that it can't turn is returned unchanged; `isValue` then refuses
 * it.
 */
export type Migration = (value: unknown) => unknown;

/** What values of a cache look like, and how those of earlier versions become such values. */
export interface Schema<Value> {
  readonly isValue: (value: unknown) => value is Value;
  /**
   * The first turns version 1 into version 2, and so on. A new version adds one at the end, so none can be left out.
   */
  readonly migrations: readonly Migration[];
}

const FIRST_VERSION = 1;

export function versionOf({ migrations }: Schema<unknown>): number {
  return FIRST_VERSION + migrations.length;
}

/** @returns nothing for an unknown version, a later one (the Worker was rolled back), or a value of another shape */
export function migrated<Value>(schema: Schema<Value>, version: number, value: unknown): Value | undefined {
  if (version < FIRST_VERSION || version > versionOf(schema)) return undefined;
  const steps = schema.migrations.slice(version - FIRST_VERSION);
  const current = steps.reduce((older, migrate) => migrate(older), value);
  return schema.isValue(current) ? current : undefined;
}
