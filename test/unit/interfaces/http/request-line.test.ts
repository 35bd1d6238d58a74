import { describe, expect, it } from '@jest/globals';
import type { LogFields } from '../../../../src/application/ports/log.ts';
import { Refusal } from '../../../../src/application/refusal.ts';
import { HttpRefusal, type AnyRefusal } from '../../../../src/interfaces/http-refusal.ts';
import { logRequest } from '../../../../src/interfaces/http/request-line.ts';

function line(path: string, status: number, refusal?: AnyRefusal): readonly [level: string, fields: LogFields] {
  const lines: [string, LogFields][] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      void lines.push([level, { event, ...fields }]);
  const log = { info: write('info'), warn: write('warn'), error: write('error') };
  const request = new Request(`https://sts.example.com${path}`, { method: 'POST' });
  logRequest(log, request, new Response(null, { status }), refusal);
  if (lines[0] === undefined || lines.length > 1) throw new Error(`${lines.length} lines`);
  return lines[0];
}

describe('the line of a request', () => {
  it('says what was asked for and what was answered, without the query', () => {
    expect(line('/webhook?secret=1', 202)).toEqual([
      'info',
      { event: 'request', method: 'POST', path: '/webhook', status: 202 },
    ]);
  });

  it('says why it was refused, in the words of the log where they differ from those for the caller', () => {
    const refusal = new Refusal('unavailable', 'Later.', { detail: 'KV: status 500' });
    expect(line('/webhook', 503, refusal)[1]).toMatchObject({
      refusal: { kind: 'unavailable', detail: 'KV: status 500' },
    });
    const other = new HttpRefusal('not_found', 'Nothing.');
    expect(line('/nothing', 404, other)[1]).toMatchObject({ refusal: { kind: 'not_found', detail: 'Nothing.' } });
  });

  it.each([
    ['info', 200],
    ['info', 404],
    ['info', 405],
    ['info', 501],
    ['warn', 421],
    ['warn', 500],
    ['warn', 503],
  ])('is of level %s for %s', (level, status) => {
    expect(line('/', status)[0]).toBe(level);
  });

  it.each(['/', '/healthz', '/sts/exchange/pat', '/schemas/trusted-token-issuers.schema.json', '/sts/exchang/'])(
    'names the path %s',
    (path) => {
      expect(line(path, 200)[1].path).toBe(path);
    },
  );

  it.each([
    ['a short token of GitHub', '/ghs_abcdefghijklmnopqrstuvwxyzabcdefghij'],
    ['a part of a JWT', '/eyJhbGciOiJSUzI1NiJ9'],
    ['a token without a figure in it', `/ghs_${'Ab'.repeat(18)}`],
    ['a long word', `/${'a'.repeat(25)}`],
    ['many words', '/a/b/c/d/e'],
    ['a line break', '/a%0Ab'],
  ])('leaves out a path that holds %s', (_, path) => {
    expect(line(path, 404)[1].path).toBeUndefined();
  });
});
