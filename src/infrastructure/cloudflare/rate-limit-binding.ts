/** Cloudflare Workers, "Rate Limiting": counts per location. */
export class RateLimitBinding {
  constructor(private readonly binding: RateLimit) {}

  async admits(key: string): Promise<boolean> {
    return (await this.binding.limit({ key })).success;
  }
}
