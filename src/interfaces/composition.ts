import {
  container as library,
  instancePerContainerCachingFactory,
  Lifecycle,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
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

/**
 * What an isolate holds, made when it is first asked for. Everything is registered before the first request. A thing that
 * lives as long as the isolate can only ask for such things: asking for a request's log, say, does not compile.
 */
export class Composition {
  private readonly root = library.createChildContainer();

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
      made ??= { value: make(...resolveAll(this.root, needs)) };
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
    const useFactory = instancePerContainerCachingFactory((request) => make(...resolveAll(request, needs)));
    this.root.register(tsyringeToken(token), { useFactory });
    return this;
  }

  /** Made once a request, of a class each of whose parameters says what it needs (`@inject`). */
  adapter<Value>(token: RequestToken<Value> | Class<Value>, adapter: Class<Value>): this {
    const provider = { useClass: adapter as unknown as new () => Value };
    this.root.register(tsyringeToken(token), provider, { lifecycle: Lifecycle.ContainerScoped });
    return this;
  }

  /** What lives as long as the isolate. */
  resolve<Value>(token: IsolateToken<Value>): Value {
    return this.root.resolve(tsyringeToken(token));
  }

  /** A scope for one request. Register everything of the isolate before the first one is made. */
  request(): RequestScope {
    return new RequestScope(this.root.createChildContainer());
  }
}

/** What one request holds, made when it is first asked for. */
export class RequestScope {
  constructor(private readonly container: DependencyContainer) {}

  /** A value of this request. */
  value<Value>(token: RequestToken<Value>, value: Value): this {
    this.container.register(tsyringeToken(token), { useValue: value });
    return this;
  }

  resolve<Value>(token: Resolvable<Value>): Value {
    return this.container.resolve(tsyringeToken(token));
  }
}

function resolveAll<const Needs extends RequestNeeds>(container: DependencyContainer, needs: Needs): Values<Needs> {
  return needs.map((need) => container.resolve(tsyringeToken(need))) as unknown as Values<Needs>;
}

/** tsyringe knows only the symbol. Which type it names is in our types. */
function tsyringeToken<Value>(token: Resolvable<Value>): InjectionToken<Value> {
  return token as unknown as InjectionToken<Value>;
}
