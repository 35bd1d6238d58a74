import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { isJsonObject } from '../support/json.ts';
import { generateSigningKey, signTexts, type SigningKey } from '../support/signing-key.ts';
import { ACTIONS, FARM, STRANGER, STS_DOMAIN, type Arena } from './arena.ts';
import { property } from './fuzz-run.ts';
import { beyond, issuedToken, ownTokenFaults, requireNone } from './grants.ts';
import { asText, changedText, byteChange, hostileJson, HOSTILE_NAMES, type ByteChange } from './hostile.ts';
import { requireSound } from './invariants.ts';
import { admits, simpleReading } from './simple-policy.ts';

const POLICIES: Readonly<Record<string, string>> = {
  exact: `issuer: ${FARM}\nsubject: job\npermissions: { contents: read }\n`,
  pattern: `issuer_pattern: https://[a-z.]+/id\nsubject_pattern: job|task\naudience: farm\nclaim_pattern: { role: 'a+' }\npermissions: { issues: write }\n`,
  actions: `issuer: ${ACTIONS}\nsubject: job\nclaim_pattern: { number: '[0-9]+' }\npermissions: { contents: read }\n`,
  hostile: `issuer: ${FARM}\nsubject: job\nclaim_pattern: { constructor: '.*', __proto__: '.*' }\npermissions: { contents: write }\n`,
};

type Signing = 'own key' | 'forged' | 'of another issuer' | 'HMAC' | 'unsigned';

interface TokenCase {
  readonly identity: string;
  readonly issuer: string;
  /** Members of the payload in order, by name, as JSON texts: a name may come twice. */
  readonly claims: readonly (readonly [name: string, json: string])[];
  readonly without: readonly string[];
  readonly header: readonly (readonly [name: string, json: string])[];
  readonly signing: Signing;
  /** Made after signing. */
  readonly changes: readonly ByteChange[];
}

const issuers = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(FARM, FARM, ACTIONS) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(STRANGER, `${ACTIONS}/acme`, `${FARM}/`, `${FARM}/.`, 'https://farm.example.com'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'https://127.0.0.1/id',
      'https://0x7f.1/id',
      'https://[::1]/id',
      'http://farm.example.com/id',
      'https://user@farm.example.com/id',
      'https://farm.example.com/id?x',
      'https://farm.example.com/../id',
      'https://metadata.google.internal/id',
      'https://fărm.example.com/id',
    ),
  },
  { weight: 1, arbitrary: fc.webUrl() },
);
const claimNames = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('sub', 'aud', 'exp', 'iat', 'nbf', 'iss', 'role', 'number', 'jti') },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE_NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const likelyJson = fc.constantFrom(
  '"job"',
  '"task"',
  '["farm"]',
  `["farm","${STS_DOMAIN}"]`,
  `"https://${STS_DOMAIN}"`,
  '"aa"',
  '["b","aaa",1]',
  '17',
);
const members = fc.array(fc.tuple(claimNames, fc.oneof(likelyJson, hostileJson)), { maxLength: 4 });
const headerMembers = fc.array(
  fc.tuple(
    fc.constantFrom('alg', 'typ', 'kid', 'crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'cty', 'zip', '__proto__'),
    fc.oneof(fc.constantFrom('"none"', '"HS256"', '"RS256"', '"ES256"', '"JWT"', '"at+jwt"', '["exp"]'), hostileJson),
  ),
  { maxLength: 2 },
);

const cases: fc.Arbitrary<TokenCase> = fc.record({
  identity: fc.constantFrom(...Object.keys(POLICIES)),
  issuer: issuers,
  claims: fc.oneof({ weight: 3, arbitrary: members }, { weight: 1, arbitrary: fc.constant([]) }),
  without: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom('sub', 'aud', 'exp', 'iat', 'iss'), { maxLength: 2 }) },
  ),
  header: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: headerMembers }),
  signing: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Signing>('own key') },
    { weight: 2, arbitrary: fc.constantFrom<Signing>('forged', 'of another issuer', 'HMAC', 'unsigned') },
  ),
  changes: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(byteChange, { minLength: 1, maxLength: 2 }) },
  ),
});

function objectText(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function payloadOf(arena: Arena, { issuer, claims, without }: TokenCase): string {
  const now = arena.clock.seconds();
  const sound: readonly (readonly [string, string])[] = [
    ['iss', JSON.stringify(issuer)],
    ['sub', '"job"'],
    ['aud', JSON.stringify(['farm', STS_DOMAIN])],
    ['iat', `${now}`],
    ['exp', `${now + 300}`],
    ['role', '"aa"'],
    ['number', '17'],
  ];
  return objectText([...sound.filter(([name]) => !without.includes(name)), ...claims]);
}

let forger: SigningKey | undefined;

function keyOf(arena: Arena, { issuer, signing }: TokenCase): SigningKey {
  const own = arena.keys.get(issuer) ?? arena.key(STRANGER);
  if (signing === 'of another issuer') return { ...arena.key(STRANGER), kid: own.kid };
  forger ??= generateSigningKey({ alg: 'ES256' });
  return signing === 'forged' ? { ...forger, kid: own.kid } : own;
}

function tokenOf(arena: Arena, one: TokenCase): string {
  const key = keyOf(arena, one);
  const header = objectText([['alg', `"${key.alg}"`], ['kid', JSON.stringify(key.kid)], ...one.header]);
  const signed = signTexts(key, header, payloadOf(arena, one));
  const input = signed.slice(0, signed.lastIndexOf('.'));
  switch (one.signing) {
    case 'HMAC':
      return `${input}.${createHmac('sha256', key.publicKey.export({ type: 'spki', format: 'pem' }))
        .update(input)
        .digest('base64url')}`;
    case 'unsigned':
      return `${input}.`;
    case 'own key':
    case 'forged':
    case 'of another issuer':
      return one.changes.length === 0 ? signed : changedText(signed, one.changes);
  }
}

/** Whether the issuer that the payload names signed these bytes. */
function isGenuine(arena: Arena, one: TokenCase, token: string, claims: unknown): boolean {
  const signer = arena.keys.get(isJsonObject(claims) ? asText(claims.iss) : '');
  const key = keyOf(arena, one);
  const [header = '', payload = ''] = token.split('.');
  const isOwn =
    one.signing !== 'HMAC' && one.signing !== 'unsigned' && signer?.publicKey.equals(key.publicKey) === true;
  const whole = `${decoded(header)} ${decoded(payload)}`;
  return isOwn && whole.endsWith(payloadOf(arena, one)) && whole.startsWith('{"alg":');
}

async function hold(arena: Arena, one: TokenCase): Promise<void> {
  for (const [name, text] of Object.entries(POLICIES)) arena.commit('acme/app', `${name}.sts.yaml`, text);
  const token = tokenOf(arena, one);
  const url = `https://${STS_DOMAIN}/sts/exchange?scope=acme/app&identity=${one.identity}`;
  const seen = await arena.ask(new Request(url, { headers: { authorization: `Bearer ${asHeader(token)}` } }));
  const policy = simpleReading(POLICIES[one.identity] ?? '') ?? {};
  const claims = claimsOf(token);
  const iss = isJsonObject(claims) ? asText(claims.iss) : '';
  const isNamed = policy.issuer === iss || (policy.issuer === undefined && /^https:\/\/[a-z.]+\/id$/.test(iss));
  const isWellFormed = /^https:\/\/[a-z]/.test(iss);
  requireSound(arena, seen, {
    presented: [token],
    trusted: isNamed && isWellFormed ? [iss] : [],
    isUpstreamSound: true,
  });
  const granted = issuedToken(seen);
  const faults = ownTokenFaults(arena, seen, granted);
  if (granted === undefined) {
    requireNone(faults, seen);
    return;
  }
  requireNone(
    [
      ...faults,
      ...beyond(arena, granted, policy, 'acme/app'),
      ...(isGenuine(arena, one, token, claims) ? [] : ['a token that its issuer did not sign']),
      ...(admits(policy, claims, STS_DOMAIN) === 'yes' || isForService(claims) ? [] : ['claims that do not match']),
      ...timeFaults(arena, claims),
    ],
    seen,
  );
}

/** The service is its own audience with `https://` too. */
function isForService(claims: unknown): boolean {
  if (!isJsonObject(claims)) return false;
  return [claims.aud].flat().includes(`https://${STS_DOMAIN}`) && claims.sub === 'job';
}

function timeFaults(arena: Arena, claims: unknown): readonly string[] {
  const { exp, iat, nbf } = isJsonObject(claims) ? claims : {};
  const now = arena.clock.seconds();
  const leeway = 60;
  return [
    ...(typeof exp === 'number' && exp > now - leeway && exp < now + 90_000 ? [] : ['no proper expiry']),
    ...(iat === undefined || (typeof iat === 'number' && iat <= now + leeway) ? [] : ['issued in the future']),
    ...(nbf === undefined || (typeof nbf === 'number' && nbf <= now + leeway) ? [] : ['not valid yet']),
  ];
}

function decoded(part: string): string {
  return String(Buffer.from(part, 'base64url'));
}

function claimsOf(token: string): unknown {
  try {
    return JSON.parse(decoded(token.split('.')[1] ?? '')) as unknown;
  } catch {
    return undefined;
  }
}

/** What `fetch` lets through; any other text can't be sent. */
export function asHeader(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}

export const TOKENS = property<TokenCase>({
  title: 'tokens of any shape, sound or spoilt',
  runs: 60,
  cases,
  hold,
  leastGrants: 5,
});
