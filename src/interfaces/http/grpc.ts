const GRPC = /^application\/grpc(?:$|[-+;\s])/i;
/** google.rpc.Code UNIMPLEMENTED: no gRPC client tries again after it. */
const UNIMPLEMENTED = '12';

/** gRPC's media type with or without a format, and gRPC-Web's. */
export function isGrpc(request: Request): boolean {
  return GRPC.test(request.headers.get('content-type') ?? '');
}

/**
 * What a gRPC client shows as an error with a sentence: status and message among the headers of an answer without a
 * body ("Trailers-Only", gRPC over HTTP/2, Responses).
 *
 * @param stsDomain nothing where the configuration does not tell it
 */
export function grpcResponse(stsDomain: string | undefined): Response {
  const endpoint = stsDomain === undefined ? '/sts/exchange' : `https://${stsDomain}/sts/exchange`;
  const message = `gRPC is not served here: use HTTP, GET or POST ${endpoint}.`;
  const headers = {
    'Content-Type': 'application/grpc',
    'Grpc-Status': UNIMPLEMENTED,
    'Grpc-Message': percentEncoded(message),
    'Cache-Control': 'no-store',
  };
  return new Response(null, { headers });
}

/** "Status-Message" of the same document: printable ASCII stands as it is, all but the percent sign. */
function percentEncoded(message: string): string {
  return message.replace(/[^ -$&-~]+/gu, encodeURIComponent);
}
