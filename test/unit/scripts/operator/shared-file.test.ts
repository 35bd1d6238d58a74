import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'smol-toml';
import { SettingValues } from '../../../../src/interfaces/setting-values.ts';

const ROOT = join(import.meta.dirname, '../../../..');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('wrangler.toml', () => {
  const file = parse(read('wrangler.toml'));

  it('has nothing of a deployment’s own, and no placeholder that would be deployed', () => {
    for (const name of ['vars', 'routes', 'route', 'account_id', 'secrets', 'ratelimits', 'env']) {
      expect(file).not.toHaveProperty(name);
    }
    expect(file.kv_namespaces).toEqual([{ binding: 'OCTO_STS_KV' }]);
  });

  it('serves no preview, and takes no settings away by mistake', () => {
    expect(file).toMatchObject({ preview_urls: false, keep_vars: true });
  });
});

describe('what Cloudflare’s deploy button reads', () => {
  const asked = read('.dev.vars.example')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const { cloudflare } = JSON.parse(read('package.json')) as {
    readonly cloudflare: { readonly bindings: Readonly<Record<string, { readonly description: string }>> };
  };

  it('has no value that somebody would deploy unseen', () => {
    for (const line of asked) expect(line).toMatch(/^[A-Z_]+=$/);
  });

  it('names settings of the service, each with what it is', () => {
    const names = asked.map((line) => line.slice(0, -1));
    expect(Object.keys(new SettingValues())).toEqual(expect.arrayContaining(names));
    expect(Object.keys(cloudflare.bindings).sort()).toEqual([...names, 'OCTO_STS_KV'].sort());
    for (const { description } of Object.values(cloudflare.bindings)) expect(description.length).toBeGreaterThan(20);
  });
});
