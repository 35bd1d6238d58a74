import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `scripts/generate-github-excerpts.ts` keeps of GitHub's published descriptions. */
export function readExcerpt(name: string): string {
  return readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'excerpts', name), 'utf8');
}
