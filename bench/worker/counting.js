/**
 * The Worker's bundle with a KV that counts and a clock that can be set. `/__bench` tells the counts and starts again;
 * `?behind=MS` puts the clock back, `?scheduled` runs the scheduled check before. KV is a map in the isolate, for Miniflare's own runs in the process that is measured.
 */
import worker from 'octo-sts-worker-bundle';

const counts = { reads: 0, writes: 0, lists: 0 };
const entries = new Map();
const realNow = Date.now;
let behind = 0;
Date.now = () => realNow() - behind;

function countingKv(namespace) {
  const inMemory = {
    get: (key) => Promise.resolve(entries.get(key) ?? null),
    put: (key, text) => Promise.resolve(void entries.set(key, text)),
    list: ({ prefix }) => {
      const names = [...entries.keys()].filter((key) => key.startsWith(prefix));
      return Promise.resolve({ keys: names.map((name) => ({ name })), list_complete: true });
    },
  };
  const store = namespace ?? inMemory;
  return {
    get: (...call) => ((counts.reads += 1), store.get(...call)),
    put: (...call) => ((counts.writes += 1), store.put(...call)),
    list: (...call) => ((counts.lists += 1), store.list(...call)),
  };
}

function control(url) {
  behind = Number(url.searchParams.get('behind') ?? behind);
  const answer = Response.json(counts);
  counts.reads = counts.writes = counts.lists = 0;
  return answer;
}

let counting;

export default {
  async fetch(request, env, ctx) {
    const url = request.url.includes('/__bench') ? new URL(request.url) : undefined;
    counting ??= { ...env, OCTO_STS_KV: countingKv(env.OCTO_STS_KV) };
    if (url?.searchParams.has('scheduled')) await worker.scheduled({ cron: '' }, counting, ctx);
    if (url !== undefined) return control(url);
    return worker.fetch(request, counting, ctx);
  },
};
