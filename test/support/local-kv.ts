import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

/** A KV namespace of the local runtime. */
export interface LocalKv {
  readonly namespace: KVNamespace;
  readonly close: () => Promise<void>;
}

export async function startLocalKv(): Promise<LocalKv> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      kvNamespaces: { KV: 'contract' },
    }),
  );
  const namespace = await miniflare.getKVNamespace('KV');
  return { namespace: namespace as unknown as KVNamespace, close: () => miniflare.dispose() };
}
