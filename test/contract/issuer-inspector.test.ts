import { describe } from '@jest/globals';
import { ISSUER_INSPECTOR } from '../../src/application/ports/issuer-inspector.ts';
import { MemoryIssuerInspector } from '../../src/infrastructure/memory/memory-issuer-inspector.ts';
import { runTests, type Harness } from './issuer-inspector.contract.ts';
import { Wired } from './wired.ts';

const ISSUER = 'https://issuer.example.com';

async function inMemory(): Promise<Harness> {
  const inspector = new MemoryIssuerInspector();
  return {
    inspector,
    issuer: ISSUER,
    fail: (isFailing) => inspector.failures.set(ISSUER, isFailing ? Number.POSITIVE_INFINITY : 0),
    hoursPass: () => inspector.keys.set(ISSUER, 'old'),
    close: async () => undefined,
  };
}

async function onIssuers(): Promise<Harness> {
  const wired = await Wired.start();
  const { issuer, clock } = wired;
  return {
    inspector: wired.request.resolve(ISSUER_INSPECTOR),
    issuer: issuer.issuer,
    fail: (isFailing) => (isFailing ? issuer.addFault({ kind: 'status', status: 503 }) : issuer.clearFaults()),
    hoursPass: (hours) => clock.advance(hours * 3_600_000),
    close: () => wired.close(),
  };
}

describe('issuers’ keys in memory', () => runTests(inMemory));
describe('issuers’ keys on an issuer', () => runTests(onIssuers));
