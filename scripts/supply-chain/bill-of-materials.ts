import { createHash } from 'node:crypto';
import { resolveFrom, type LockedPackage, type Manifest } from './lock-file.ts';

/**
 * What goes into the bundle, as CycloneDX 1.6. The same lock file gives the same bytes: the serial number is made of the
 * content, and no time is in it.
 */
export function billOfMaterials(manifest: Manifest, packages: readonly LockedPackage[]): object {
  const runTime = packages.filter(({ isRunTime }) => isRunTime);
  const body = {
    metadata: { component: { type: 'application', 'bom-ref': rootOf(manifest), ...described(manifest) } },
    components: runTime.map(component).sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
    dependencies: [
      { ref: rootOf(manifest), dependsOn: references(packages, '', Object.keys(manifest.dependencies)) },
      ...runTime.map(({ path, needs, ...one }) => ({
        ref: packageUrl(one),
        dependsOn: references(packages, path, needs),
      })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(body))}`;
  return { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, version: 1, ...body };
}

function rootOf({ name, version }: Manifest): string {
  return `${name}@${version}`;
}

function described({ name, version, license }: Manifest): object {
  return { name, version, licenses: licences(license) };
}

interface Component {
  readonly type: 'library';
  readonly 'bom-ref': string;
}

function component(locked: LockedPackage): Component {
  const purl = packageUrl(locked);
  const [scope, bare] = locked.name.startsWith('@') ? locked.name.split('/') : [undefined, locked.name];
  return {
    type: 'library',
    'bom-ref': purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: bare,
    version: locked.version,
    scope: 'required',
    hashes: hashes(locked.integrity),
    licenses: licences(locked.licence),
    purl,
  } as Component;
}

/** Package URL: the `@` of a scope is written as `%40`. */
function packageUrl({ name, version }: Pick<LockedPackage, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** The tarball's hash, which npm checks on install. */
function hashes(integrity: string | undefined): readonly object[] {
  const [algorithm, digest] = integrity?.split(/-(.*)/s) ?? [];
  if (algorithm !== 'sha512' || digest === undefined) return [];
  return [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }];
}

function licences(licence: string | undefined): readonly object[] {
  if (licence === undefined) return [];
  return licence.includes(' ') ? [{ expression: licence }] : [{ license: { id: licence } }];
}

function references(packages: readonly LockedPackage[], path: string, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const found = resolveFrom(packages, path, name);
    return found === undefined ? [] : [packageUrl(found)];
  });
}

/** A UUID of version 8, whose bits are the maker's own (RFC 9562 §5.8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
