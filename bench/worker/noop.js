/** What the runtime and its front door cost on their own. */
export default { fetch: () => new Response('{}') };
