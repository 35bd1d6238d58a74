import { ANY, grammar, type Grammar } from './grammar.ts';
import { REGISTERED_CLAIMS } from './provider.ts';

/** Claims by the pattern of their texts; the registered ones come first, and hold any text. */
export function claimTable(patterns: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, Grammar> {
  const any = grammar(ANY);
  const registered = REGISTERED_CLAIMS.map((name) => [name, any] as const);
  const own = Object.entries(patterns).flatMap(([source, names]) => {
    const texts = source === ANY ? any : grammar(source);
    return names.map((name) => [name, texts] as const);
  });
  return new Map([...registered, ...own]);
}
