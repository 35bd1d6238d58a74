import type { AccessToken } from '../support/github/access-tokens.ts';
import { ACTIONS } from './arena.ts';
import type { Arena, Seen } from './arena.ts';
import { grantedToken } from './invariants.ts';
import {
  permissionsBeyond,
  repositoriesBeyond,
  repositoriesOf,
  type Scope,
  type SimplePolicy,
} from './simple-policy.ts';

/** The token that the answer hands out, as the local GitHub made it. */
export function issuedToken(seen: Seen): AccessToken | undefined {
  const value = grantedToken(seen);
  const issued = value === undefined ? undefined : seen.issued.find((one) => one.value === value);
  if (value !== undefined && issued === undefined) throw new Error('a token that GitHub did not make for this request');
  return issued;
}

export function nameOf(arena: Arena, repositoryId: number): string {
  return arena.emulator.world.repositoryById(repositoryId)?.name ?? `${repositoryId}`;
}

/**
 * Whether there is anything to judge by the file: a grant, or a request to an issuer that only a file can make trusted. Else the
 * plain reader is spared, which has none of the bounds that the service has on what a file may cost.
 */
export function reliesOnFile(seen: Seen): boolean {
  const isBeyondGitHub = (url: string): boolean =>
    !url.startsWith('https://api.github.com/') && !url.startsWith(ACTIONS);
  return grantedToken(seen) !== undefined || seen.contacts.some(isBeyondGitHub);
}

/** What GitHub made a token for beyond what the policy grants. */
export function beyond(arena: Arena, token: AccessToken, policy: SimplePolicy, scope: Scope): readonly string[] {
  return [
    ...permissionsBeyond(policy, token.permissions),
    ...repositoriesBeyond(token, repositoriesOf(policy, scope), (id) => nameOf(arena, id)),
  ];
}

/** Tokens of the service's own: they read, they write check runs, and none outlives its request. */
export function ownTokenFaults(arena: Arena, seen: Seen, handedOut: AccessToken | undefined): readonly string[] {
  const own = seen.issued.filter((one) => one !== handedOut);
  return own.flatMap((token) => [
    ...(arena.emulator.tokens.findLive(token.value) === undefined ? [] : ['a token of ours that was not taken back']),
    ...Object.entries(token.permissions)
      .filter(([name, level]) => level !== 'read' && !(name === 'checks' && level === 'write'))
      .map(([name, level]) => `a token of ours with ${name}: ${level}`),
  ]);
}

export function requireNone(faults: readonly string[], seen: Seen): void {
  if (faults.length > 0) throw new Error([...faults, `answer: ${seen.status} ${seen.text}`, ...seen.log].join('\n'));
}
