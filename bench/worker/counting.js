/** The Worker's bundle with a KV that counts. `/__kv` tells, and starts again. */
import worker from 'octo-sts-worker-bundle';

const counts = { reads: 0, writes: 0 };
let counting;

function countingKv(namespace) {
  return {
    get: (...call) => ((counts.reads += 1), namespace.get(...call)),
    put: (...call) => ((counts.writes += 1), namespace.put(...call)),
  };
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === '/__kv') {
      const answer = Response.json(counts);
      counts.reads = counts.writes = 0;
      return answer;
    }
    counting ??= countingKv(env.OCTO_STS_KV);
    return worker.fetch(request, { ...env, OCTO_STS_KV: counting }, ctx);
  },
};
