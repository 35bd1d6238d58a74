/**
 * `prepack` and `postpack`: the packed package.json says what somebody who installs the tarball needs. The bundle holds
 * its packages, so there is nothing to install beside it; the scripts are for a checkout.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MANIFEST = fileURLToPath(new URL('../package.json', import.meta.url));
const KEPT = `${MANIFEST}.unpacked`;
const PUBLISHED = ['name', 'version', 'private', 'description', 'license', 'type', 'bin', 'files', 'engines'];

const [step] = process.argv.slice(2);
if (step === 'strip') strip();
else restore();

function strip(): void {
  // Left by a run that was interrupted: it is the whole one.
  restore();
  const text = readFileSync(MANIFEST, 'utf8');
  const manifest = JSON.parse(text) as Record<string, unknown>;
  const entries = Object.entries(manifest).filter(([name]) => PUBLISHED.includes(name));
  writeFileSync(KEPT, text);
  writeFileSync(MANIFEST, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}

function restore(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}
