/** Whether the service runs on this machine, where issuers and GitHub may too. */
export function isLocal(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
