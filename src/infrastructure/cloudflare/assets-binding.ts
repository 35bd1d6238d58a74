/** The files that Cloudflare keeps beside the Worker (Workers, "Static Assets"), asked for by the Worker itself. */
export class AssetsBinding {
  constructor(private readonly binding: Fetcher) {}

  /** The binding looks at the path alone; the host is only there because a URL needs one. */
  get(path: string, headers: Headers): Promise<Response> {
    return this.binding.fetch(new URL(path, 'https://assets.invalid'), { headers });
  }
}
