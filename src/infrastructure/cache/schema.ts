/** Lifts a value by one version. What it can't lift it gives back as it is, and the check of its shape refuses that. */
export type Migration = (value: unknown) => unknown;

/** What values of a cache look like, and how those of earlier versions become such values. */
export interface Schema<Value> {
  readonly isValue: (value: unknown) => value is Value;
  /** The first lifts version 1 to version 2, and so on. A new version is one more at the end, so none can be left out. */
  readonly migrations: readonly Migration[];
}

const FIRST_VERSION = 1;

export function versionOf({ migrations }: Schema<unknown>): number {
  return FIRST_VERSION + migrations.length;
}

/** @returns nothing for a version that never was, for one of the future (the Worker was rolled back), or another shape */
export function migrated<Value>(schema: Schema<Value>, version: number, value: unknown): Value | undefined {
  if (version < FIRST_VERSION || version > versionOf(schema)) return undefined;
  const steps = schema.migrations.slice(version - FIRST_VERSION);
  const current = steps.reduce((older, migrate) => migrate(older), value);
  return schema.isValue(current) ? current : undefined;
}
