import { describe } from '@jest/globals';
import { IsolateKeyedMutex } from '../../src/infrastructure/cache/isolate-keyed-mutex.ts';
import { LruMap } from '../../src/infrastructure/cache/lru-map.ts';
import { runTests } from './keyed-mutex.contract.ts';

describe('tasks of one isolate', () => runTests((clock) => new IsolateKeyedMutex(new LruMap(10), clock)));
