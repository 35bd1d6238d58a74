import { execFileSync } from 'node:child_process';

/** Builds the bundle that is deployed, once before the suites that run it. */
export default function buildWorker() {
  execFileSync('npx', ['wrangler', 'deploy', '--dry-run', '--outdir', 'dist'], {
    stdio: 'pipe',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
}
