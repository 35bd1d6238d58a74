import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  appPermissions,
  CHECK_PERMISSIONS,
  parsePermissions,
  PRESETS,
} from '../../../../scripts/operator/app-permissions.ts';

const EXCERPT = join(import.meta.dirname, '../../../support/github/excerpts/app-permissions.json');
const { permissions: DESCRIBED } = JSON.parse(readFileSync(EXCERPT, 'utf8')) as {
  readonly permissions: Readonly<Record<string, readonly string[]>>;
};

describe('a preset', () => {
  it.each(PRESETS.map(({ name, permissions }) => [name, permissions] as const))(
    'asks for what GitHub describes, on repositories alone: %s',
    (_, permissions) => {
      for (const [name, level] of Object.entries(permissions)) {
        expect(DESCRIBED[name]).toContain(level);
        expect(name).not.toMatch(/^organization_|^enterprise_|^members$/);
      }
    },
  );

  it('never takes away what the checks need', () => {
    for (const { permissions } of PRESETS) expect(appPermissions(permissions)).toMatchObject({ checks: 'write' });
    expect(appPermissions()).toEqual(CHECK_PERMISSIONS);
  });

  it('reads without writing, but for the checks', () => {
    const read = PRESETS.find(({ name }) => name === 'read')?.permissions ?? {};
    expect(Object.keys(read).length).toBeGreaterThan(15);
    expect(new Set(Object.values(read))).toEqual(new Set(['read']));
    expect(Object.entries(appPermissions(read)).filter(([, level]) => level === 'write')).toEqual([
      ['checks', 'write'],
    ]);
  });
});

describe('permissions that are named', () => {
  it('come on top, at the greater level', () => {
    const named = parsePermissions('contents:write, members:read,metadata:read');
    expect(named).toEqual({ contents: 'write', members: 'read', metadata: 'read' });
    expect(appPermissions({ contents: 'read' }, named as never)).toMatchObject({ contents: 'write', members: 'read' });
  });

  it.each(['nothing:read', 'contents', 'contents:admin', 'contents:write:x', 'constructor:read', '__proto__:read'])(
    'are refused: %s',
    (text) => {
      expect(typeof parsePermissions(text)).toBe('string');
    },
  );
});
