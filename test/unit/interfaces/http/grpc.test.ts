import { describe, expect, it } from '@jest/globals';
import { grpcResponse, isGrpc } from '../../../../src/interfaces/http/grpc.ts';

function request(type: string | undefined): Request {
  const headers = type === undefined ? undefined : { 'content-type': type };
  return new Request('https://sts.example.com/', { method: 'POST', ...(headers === undefined ? {} : { headers }) });
}

describe('a request in gRPC', () => {
  it.each([
    'application/grpc',
    'application/grpc+proto',
    'application/grpc+json',
    'Application/GRPC',
    'application/grpc; charset=utf-8',
    'application/grpc-web+proto',
  ])('is known by its content type %s', (type) => {
    expect(isGrpc(request(type))).toBe(true);
  });

  it.each([
    undefined,
    '',
    'application/json',
    'application/grpcx',
    'text/plain; a=application/grpc',
    'x-application/grpc',
  ])('is not one with the content type %s', (type) => {
    expect(isGrpc(request(type))).toBe(false);
  });
});

describe('the answer to gRPC', () => {
  it('names the HTTP endpoint in its headers, and has no body', async () => {
    const response = grpcResponse('sts.example.com');
    expect(response.status).toBe(200);
    expect(response.body).toBeNull();
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/grpc',
      'grpc-status': '12',
      'grpc-message': 'gRPC is not served here: use HTTP, GET or POST https://sts.example.com/sts/exchange.',
    });
  });

  it('percent-encodes whatever gRPC does not take as it is', () => {
    const message = grpcResponse('a%b\u00e9\n~ \u{1f600}').headers.get('grpc-message');
    expect(message).toContain('https://a%25b%C3%A9%0A~ %F0%9F%98%80/sts');
  });

  it('names the path alone where no domain is configured', () => {
    expect(grpcResponse(undefined).headers.get('grpc-message')).toContain('POST /sts/exchange.');
  });
});
