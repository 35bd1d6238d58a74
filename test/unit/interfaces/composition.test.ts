import { describe, expect, it } from '@jest/globals';
import { injectable, inject } from 'tsyringe';
import { isolateToken, requestToken } from '../../../src/application/ports/token.ts';
import { Composition } from '../../../src/interfaces/composition.ts';

const START = isolateToken<number>('Start');
const COUNTER = isolateToken<{ count: number }>('Counter');
const NAME = requestToken<string>('Name');
const GREETING = requestToken<{ readonly text: string }>('Greeting');
const GREETER = requestToken<Greeter>('Greeter');

@injectable()
class Greeter {
  constructor(@inject(GREETING) readonly greeting: { readonly text: string }) {}
}

function composition(made: string[] = []): Composition {
  return new Composition()
    .value(START, 7)
    .once(COUNTER, [START], (count) => {
      made.push('counter');
      return { count };
    })
    .perRequest(GREETING, [NAME, COUNTER], (name, counter) => {
      made.push(`greeting of ${name}`);
      return { text: `${name}, ${(counter.count += 1)}` };
    })
    .adapter(GREETER, Greeter);
}

describe('what lives as long as the isolate', () => {
  it('is made when it is first asked for, and once', () => {
    const made: string[] = [];
    const isolate = composition(made);
    expect(made).toEqual([]);
    const counter = isolate.resolve(COUNTER);
    expect([isolate.resolve(COUNTER), isolate.request().resolve(COUNTER)]).toEqual([counter, counter]);
    expect(isolate.request().resolve(COUNTER)).toBe(counter);
    expect(made).toEqual(['counter']);
  });

  it('is made once by the request that asks first, and outlives it', () => {
    const isolate = composition();
    const counter = isolate.request().resolve(COUNTER);
    expect(isolate.request().resolve(COUNTER)).toBe(counter);
    expect(isolate.resolve(COUNTER)).toBe(counter);
  });

  it('is made once even where nothing came of it', () => {
    let asked = 0;
    const nothing = isolateToken<{ count: number } | undefined>('Nothing');
    const isolate = new Composition().once(nothing, [], () => {
      asked += 1;
      return undefined;
    });
    expect([isolate.resolve(nothing), isolate.resolve(nothing), asked]).toEqual([undefined, undefined, 1]);
  });

  it('is each isolate’s own', () => {
    expect(composition().resolve(COUNTER)).not.toBe(composition().resolve(COUNTER));
  });

  it('can’t ask for what a request has: that does not compile, and fails', () => {
    const isolate = composition();
    const [useless, unheard] = [isolateToken<string>('Useless'), isolateToken<string>('Unheard')];
    // @ts-expect-error -- a request's token is no need of an isolate's factory
    isolate.once(useless, [NAME], (name: string) => name);
    // @ts-expect-error -- nor is a class, which may need a request
    isolate.once(unheard, [Greeter], (greeter: Greeter) => greeter.greeting.text);
    // @ts-expect-error -- nor can it be asked of the isolate
    expect(() => isolate.resolve(NAME)).toThrow();
    // A request has a name, and the isolate's factory must not see it even so.
    const request = isolate.request().value(NAME, 'Ada');
    expect(() => request.resolve(useless)).toThrow();
    expect(() => request.resolve(unheard)).toThrow();
  });

  it('is never said to be a request’s, or the other way round: that does not compile', () => {
    const refused = [
      // @ts-expect-error -- a request's value is not the isolate's
      () => new Composition().value(NAME, 'Ada'),
      // @ts-expect-error -- nor is what is made for a request made once
      () => new Composition().once(GREETING, [], () => ({ text: '' })),
      // @ts-expect-error -- nor is what is made once made for each request
      () => new Composition().perRequest(COUNTER, [], () => ({ count: 0 })),
      // @ts-expect-error -- an adapter lives as long as a request
      () => new Composition().adapter(COUNTER, Greeter),
      // @ts-expect-error -- a request says nothing of the isolate
      () => new Composition().request().value(START, 1),
      // @ts-expect-error -- a factory gets what its tokens name
      () => new Composition().once(COUNTER, [START], (start: string) => ({ count: start.length })),
    ];
    expect(refused).toHaveLength(6);
  });
});

describe('what belongs to a request', () => {
  it('is made when it is first asked for, once a request', () => {
    const made: string[] = [];
    const isolate = composition(made);
    const [first, second] = ['Ada', 'Grace'].map((name) => isolate.request().value(NAME, name));
    expect(made).toEqual([]);
    expect(first?.resolve(GREETER).greeting).toBe(first?.resolve(GREETING));
    expect(first?.resolve(GREETER)).toBe(first?.resolve(GREETER));
    expect([first?.resolve(GREETING).text, second?.resolve(GREETING).text]).toEqual(['Ada, 8', 'Grace, 9']);
    expect(second?.resolve(GREETER)).not.toBe(first?.resolve(GREETER));
    expect(made).toEqual(['counter', 'greeting of Ada', 'greeting of Grace']);
  });

  it('is unknown to the next request, which has to be told its own', () => {
    const isolate = composition();
    isolate.request().value(NAME, 'Ada').resolve(GREETER);
    expect(() => isolate.request().resolve(NAME)).toThrow();
    expect(() => isolate.request().resolve(GREETER)).toThrow();
  });

  it('may be a class that nobody registered, made once a request with what it says it needs', () => {
    const request = composition().request().value(NAME, 'Ada');
    expect(request.resolve(Greeter)).toBe(request.resolve(Greeter));
    expect(request.resolve(Greeter).greeting).toBe(request.resolve(GREETING));
  });

  it('gets what the isolate has, the same in every request', () => {
    const isolate = composition();
    const [first, second] = [isolate.request().resolve(COUNTER), isolate.request().resolve(COUNTER)];
    expect(first).toBe(second);
  });

  it('is not made of a class whose parameter does not say what it needs', () => {
    class Silent {
      constructor(readonly greeting: unknown) {}
    }
    const request = composition().request().value(NAME, 'Ada');
    expect(() => request.resolve(Silent)).toThrow('Silent: parameter 0 does not say what it needs');
  });
});
