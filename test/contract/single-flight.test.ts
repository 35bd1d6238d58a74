import { describe } from '@jest/globals';
import { IsolateSingleFlight } from '../../src/infrastructure/cache/isolate-single-flight.ts';
import { runTests } from './single-flight.contract.ts';

describe('lookups of one isolate', () => runTests((clock) => new IsolateSingleFlight(clock)));
