declare const SCOPE: unique symbol;
declare const VALUE: unique symbol;

/** Names what the container holds. `Scope` says how long it lives, so that a mistake about that does not compile. */
export type Token<Value, Scope extends 'isolate' | 'request'> = symbol & {
  readonly [SCOPE]: Scope;
  readonly [VALUE]: Value;
};

/** Lives as long as the isolate, and is shared by all of its requests. */
export type IsolateToken<Value> = Token<Value, 'isolate'>;
/** Belongs to one request: its log, its budget, whatever it looks up. */
export type RequestToken<Value> = Token<Value, 'request'>;

export function isolateToken<Value>(name: string): IsolateToken<Value> {
  return Symbol(name) as IsolateToken<Value>;
}

export function requestToken<Value>(name: string): RequestToken<Value> {
  return Symbol(name) as RequestToken<Value>;
}
