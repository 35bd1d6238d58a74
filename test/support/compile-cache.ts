import { dirname, join } from 'node:path';

const keys = process.env.TEST_RSA_KEYS_FILE;

/**
 * What a process of Node needs to find there what others of this run have compiled: the tests start the same few programs
 * hundreds of times. It lies beside the keys of the run and goes with them; outside Jest there is none.
 */
export const COMPILE_CACHE: Readonly<Record<string, string>> =
  keys === undefined ? {} : { NODE_COMPILE_CACHE: join(dirname(keys), 'compiled') };
