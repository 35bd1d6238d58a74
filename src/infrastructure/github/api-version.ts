/**
 * Sent as `X-GitHub-Api-Version`: the newest version that every served server accepts. Releases of Enterprise Server from
 * before 2026 know no later one, and GitHub.com supports it until 2028-03-10 (REST, "API versions").
 */
export const GITHUB_API_VERSION = '2022-11-28';
