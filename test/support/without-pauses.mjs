import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** Loaded into a process before its own code (`node --import`): it pauses nowhere. */
timers.setTimeout = (_milliseconds, value) => Promise.resolve(value);
syncBuiltinESMExports();
