import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Arena } from './arena.ts';
import { LONGEST_PROPERTY_MS } from './fuzz-run.ts';
import { ALLOWLISTS, POLICIES } from './policies.ts';
import { REQUESTS } from './requests.ts';
import { TOKENS } from './tokens.ts';
import { UPSTREAM } from './upstream.ts';
import { WEBHOOKS } from './webhooks.ts';

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});
afterAll(async () => {
  await arena.close();
});

describe('the service is sound whatever it is given', () => {
  it.each([REQUESTS, TOKENS, POLICIES, ALLOWLISTS, WEBHOOKS, UPSTREAM])(
    '$title',
    (one) => one.run(arena),
    LONGEST_PROPERTY_MS,
  );
});
