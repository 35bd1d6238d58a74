import { container as library, type InjectionToken } from 'tsyringe';
import type { IsolateToken, RequestToken, Token } from '../application/ports/token.ts';

type Class<Value> = new (...args: never[]) => Value;
type Scope = 'isolate' | 'request';
/** What a request may ask for. */
export type Resolvable<Value> = Token<Value, Scope> | Class<Value>;
type IsolateNeeds = readonly IsolateToken<unknown>[];
type RequestNeeds = readonly (Token<unknown, Scope> | Class<unknown>)[];

/** The values of a list of tokens, in its order. */
type Values<Needs extends RequestNeeds> = {
  readonly [Index in keyof Needs]: Needs[Index] extends Token<infer Value, Scope>
    ? Value
    : Needs[Index] extends Class<infer Value>
      ? Value
      : never;
};

/** How a request gets one thing. */
type Recipe = (scope: RequestScope) => unknown;

/**
 * What an isolate holds, made when it is first asked for. Everything is registered before the first request. A thing that
 * lives as long as the isolate can only ask for such things: asking for a request's log, say, does not compile.
 */
export class Composition {
  private readonly root = library.createChildContainer();
  private readonly recipes = new Map<unknown, Recipe>();

  /** A value that is there from the start. */
  value<Value>(token: IsolateToken<Value>, value: Value): this {
    this.root.register(tsyringeToken(token), { useValue: value });
    return this;
  }

  /** Made once an isolate. */
  once<Value, const Needs extends IsolateNeeds>(
    token: IsolateToken<Value>,
    needs: Needs,
    make: (...values: Values<Needs>) => Value,
  ): this {
    let made: { readonly value: Value } | undefined;
    const useFactory = (): Value => {
      made ??= { value: make(...(needs.map((need) => this.resolve(need)) as unknown as Values<Needs>)) };
      return made.value;
    };
    this.root.register(tsyringeToken(token), { useFactory });
    return this;
  }

  /** Made once a request. */
  perRequest<Value, const Needs extends RequestNeeds>(
    token: RequestToken<Value>,
    needs: Needs,
    make: (...values: Values<Needs>) => Value,
  ): this {
    this.recipes.set(token, (scope) => make(...scope.resolveAll(needs)));
    return this;
  }

  /** Made once a request, of a class each of whose parameters says what it needs (`@inject`). */
  adapter<Value>(token: RequestToken<Value> | Class<Value>, adapter: Class<Value>): this {
    this.recipes.set(token, recipeOf(adapter));
    return this;
  }

  /** What lives as long as the isolate. */
  resolve<Value>(token: IsolateToken<Value>): Value {
    return this.root.resolve(tsyringeToken(token));
  }

  /** A scope for one request. */
  request(): RequestScope {
    return new RequestScope((token) => this.recipe(token));
  }

  /** A class needs no registration. Whatever else is not a request's is the isolate's, or unknown, which throws. */
  private recipe(token: Resolvable<unknown>): Recipe {
    const known = this.recipes.get(token);
    if (known !== undefined) return known;
    const recipe = typeof token === 'function' ? recipeOf(token) : this.isolatesOwn(token as IsolateToken<unknown>);
    this.recipes.set(token, recipe);
    return recipe;
  }

  private isolatesOwn(token: IsolateToken<unknown>): Recipe {
    const value = this.resolve(token);
    return () => value;
  }
}

/**
 * What one request holds, each thing made once, when it is first asked for. A plain map, and no container of the library's
 * for each request: an exchange asks 160 times, and those containers took a seventh of its JavaScript (ADR 2).
 */
export class RequestScope {
  private readonly made = new Map<unknown, unknown>();

  constructor(private readonly recipe: (token: Resolvable<unknown>) => Recipe) {}

  /** A value of this request. */
  value<Value>(token: RequestToken<Value>, value: Value): this {
    this.made.set(token, value);
    return this;
  }

  /** @throws where nothing is registered for the token */
  resolve<Value>(token: Resolvable<Value>): Value {
    const known = this.made.get(token);
    if (known !== undefined) return known as Value;
    const value = this.recipe(token)(this) as Value;
    this.made.set(token, value);
    return value;
  }

  resolveAll<const Needs extends RequestNeeds>(needs: Needs): Values<Needs> {
    return needs.map((need) => this.resolve(need)) as unknown as Values<Needs>;
  }
}

/** Where tsyringe keeps what `@inject` says: a record of tokens by the parameter's index. Were it elsewhere, all tests fail. */
const INJECTED = 'injectionTokens';

/** Reads what the class needs when it is first made. @throws then, where a parameter does not say it */
function recipeOf<Value>(made: Class<Value>): Recipe {
  let needs: RequestNeeds | undefined;
  return (scope) => {
    needs ??= needsOf(made);
    return new made(...(scope.resolveAll(needs) as never[]));
  };
}

function needsOf(made: Class<unknown>): RequestNeeds {
  const injected = (Reflect.getOwnMetadata(INJECTED, made) ?? {}) as Readonly<Record<number, Injected>>;
  return Array.from({ length: made.length }, (_, index) => {
    const token = injected[index]?.token;
    if (token === undefined) throw new Error(`${made.name}: parameter ${index} does not say what it needs`);
    return token;
  });
}

interface Injected {
  readonly token: Token<unknown, Scope> | Class<unknown>;
}

/** tsyringe knows only the symbol. Which type it names is in our types. */
function tsyringeToken<Value>(token: IsolateToken<Value>): InjectionToken<Value> {
  return token;
}
