import type { Decoded } from './decode-token.ts';
import type { Asked } from './exchange-request.ts';
import type { Granted } from './grant-token.ts';
import type { Located } from './locate-policy.ts';
import type { Matched } from './match-policy.ts';
import type { Proven } from './prove-caller.ts';

/** How far an exchange has come. Each stage is made from the one before, and never changed. */
export type Reached = Asked | Decoded | Located | Proven | Matched | Granted;
