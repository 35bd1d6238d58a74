export type Level = 'read' | 'write' | 'admin';
export type Permissions = Readonly<Record<string, Level>>;

const RANK: Readonly<Record<Level, number>> = { read: 1, write: 2, admin: 3 };

export function grants(held: Permissions, name: string, level: Level): boolean {
  const own = Object.hasOwn(held, name) ? held[name] : undefined;
  return own !== undefined && RANK[own] >= RANK[level];
}

export function isLevel(value: unknown): value is Level {
  return value === 'read' || value === 'write' || value === 'admin';
}
