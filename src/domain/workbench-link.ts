import { githubServer } from './github-server.ts';
import { isIdentity, parseScope } from './scope.ts';
import { MAX_POLICY_BYTES } from './policy-location.ts';

/**
 * What a link to the workbench carries, in its fragment, which a browser sends to no server. Never a token and never
 * claims: links stand in pull requests and chats.
 */
export interface WorkbenchContents {
  readonly policy?: string;
  /** `owner/repo`, or `owner`. */
  readonly scope?: string;
  readonly identity?: string;
  /** The API of the GitHub server, where it is not github.com's. */
  readonly github?: string;
}

export const GITHUB_COM = 'https://api.github.com';

/** Chats and mail programs cut longer links. */
export const MAX_LINK_CHARACTERS = 16_000;
/** A policy of 64 KiB, each of its characters escaped. */
const MAX_FRAGMENT_CHARACTERS = 3 * MAX_POLICY_BYTES + 1000;
/** The three parts of a JSON Web Token, or one of GitHub's own tokens. */
const LOOKS_LIKE_TOKEN = /eyJ[\w-]{8,}\.[\w-]{8,}\.|\bgh[a-z]_\w{16,}|\bgithub_pat_\w{16,}/;

/** @returns the fragment with its `#`; nothing where it would be too long, or would carry a token that somebody put there */
export function workbenchFragment(
  contents: WorkbenchContents,
  maxCharacters = MAX_LINK_CHARACTERS,
): string | undefined {
  const { policy, scope, identity, github } = contents;
  if (LOOKS_LIKE_TOKEN.test(policy ?? '')) return undefined;
  const parts = Object.entries({ policy, scope, identity, github }).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encoded(value)}`],
  );
  const fragment = `#${parts.join('&')}`;
  return fragment.length > maxCharacters ? undefined : fragment;
}

/**
 * What a fragment that anybody may have written holds. Names and addresses that are none are left out; a policy is any
 * text.
 *
 * @param allowLoopbackHttp for a service that runs on this machine
 */
export function readWorkbenchFragment(fragment: string, allowLoopbackHttp = false): WorkbenchContents {
  if (fragment.length > MAX_FRAGMENT_CHARACTERS) return {};
  const values = new Map(
    fragment
      .replace(/^#/, '')
      .split('&')
      .map((part) => part.split('=', 2))
      .map(([name = '', value = '']) => [name, decoded(value)] as const),
  );
  const [policy, scope, identity, github] = ['policy', 'scope', 'identity', 'github'].map((name) => values.get(name));
  const server = github === undefined ? undefined : githubServer(github, allowLoopbackHttp);
  return {
    ...(policy === undefined || policy === '' ? {} : { policy }),
    ...(scope === undefined || parseScope(scope) === undefined ? {} : { scope }),
    ...(identity === undefined || !isIdentity(identity) ? {} : { identity }),
    ...(server === undefined ? {} : { github: server.apiUrl }),
  };
}

/** Nothing is left that HTML, Markdown or a shell reads. Half a surrogate pair can't be encoded. */
function encoded(text: string): string {
  const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replace(/[!'()*_~]/g, escape);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
