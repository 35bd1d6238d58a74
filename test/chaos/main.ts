import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { ChaosRun, type ChaosReport } from './chaos-run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    exchanges: { type: 'string', default: '500' },
    verbose: { type: 'boolean', default: false },
  },
});

let isBroken = false;
const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const startedAt = performance.now();
  const report = await ChaosRun.run({ seed, exchanges: Number(values.exchanges), verbose: values.verbose });
  isBroken ||= report.violations.length > 0;
  print(report, (performance.now() - startedAt) / 1000);
}
process.exitCode = isBroken ? 1 : 0;

function print(report: ChaosReport, seconds: number): void {
  const { seed, steps, exchanges, granted, settled, settledGrants, statuses, violations } = report;
  const counts = JSON.stringify(statuses);
  console.log(
    `seed ${seed}: ${exchanges} exchanges in ${steps} steps, ${granted} granted, ${settled} settled (${settledGrants} to be granted), ${counts}, ` +
      `${violations.length} violations, ${seconds.toFixed(1)} s`,
  );
  for (const { step, what, trace } of violations) {
    console.log(`\nVIOLATION seed ${seed} step ${step}: ${what}`);
    for (const line of trace) console.log(`  ${line}`);
  }
}
