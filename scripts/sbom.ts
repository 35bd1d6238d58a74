/** `npm run sbom`: writes `dist/bom.cdx.json`, a CycloneDX bill of what the bundle is made of. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { billOfMaterials } from './supply-chain/bill-of-materials.ts';
import { readLockFile, readManifest } from './supply-chain/lock-file.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'dist', 'bom.cdx.json');
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(file, `${JSON.stringify(billOfMaterials(readManifest(root), readLockFile(root)), null, 2)}\n`);
console.log('dist/bom.cdx.json');
