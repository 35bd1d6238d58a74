/** `npm run simulate`: a day of exchanges on a simulated clock, from 10,000 to 100 million (docs/scale.md). */
import { fileURLToPath } from 'node:url';
import { nodeBundle } from './node-bundle.ts';

const bundle = await nodeBundle('scripts/simulate/main.ts', '.local/simulate/simulate.mjs');
const { run } = (await import(bundle)) as { run: (root: string) => Promise<void> };
await run(fileURLToPath(new URL('..', import.meta.url)));
