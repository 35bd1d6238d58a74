import fc from 'fast-check';
import type { AccessToken } from '../support/github/access-tokens.ts';
import { signToken } from '../support/signing-key.ts';
import type { Claims } from '../support/signing-key.ts';
import { corpusCases, fileText, tokenClaims } from '../unit/infrastructure/yaml/corpus-cases.ts';
import { ACTIONS, FARM, STRANGER, STS_DOMAIN, type Arena } from './arena.ts';
import { property } from './fuzz-run.ts';
import { beyond, issuedToken, nameOf, ownTokenFaults, reliesOnFile, requireNone } from './grants.ts';
import { asText, byteChange, changedText, type ByteChange } from './hostile.ts';
import { requireSound } from './invariants.ts';
import {
  admits,
  namesIssuer,
  permissionsBeyond,
  repositoriesBeyond,
  simpleReading,
  wholeMatch,
  type Scope,
} from './simple-policy.ts';

interface PolicyCase {
  readonly scope: Scope;
  readonly text: string;
  readonly changes: readonly ByteChange[];
  readonly issuer: string;
  readonly claims: Claims;
  /** As in the query, `name=value`. */
  readonly narrowing: readonly string[];
}

const word = fc.constantFrom('a', 'a', 'a', 'ab', 'true', '1');
const pattern = fc
  .array(
    fc.constantFrom('a', 'b', '.', '[ab]', 'a*', 'b+', 'a?', '(a|b)', 'a|b', '^', '$', '\\.', 'a{2}', 'true', '1'),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) => parts.join(''));
/** One text in the ways that YAML can write it. */
function scalar(text: string, style: number): string {
  if (style === 0 && /^[A-Za-z][A-Za-z:/.-]*[a-z]$/.test(text)) return text;
  if (style === 1) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text);
}
const style = fc.nat(2);
const named = (name: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(values, style).map(([value, how]) => `${name}: ${scalar(value, how)}`);
const often = <T>(arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight: 5, arbitrary });
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight: 1, arbitrary });
const issuerLine = fc.oneof(
  often(named('issuer', fc.constantFrom(FARM, ACTIONS, ACTIONS))),
  seldom(named('issuer_pattern', fc.constantFrom('https://farm\\.example\\.com/.+', 'https://.+'))),
);
const listOf = (name: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(values, style), { minLength: 1, maxLength: 3 })
    .map((entries) => [`${name}:`, ...entries.map(([value, how]) => `  - ${scalar(value, how)}`)].join('\n'));
const subjectLine = fc.oneof(
  often(named('subject', word)),
  often(named('subject_pattern', pattern)),
  seldom(listOf('subjects', word)),
  seldom(listOf('subject_patterns', pattern)),
);
const audienceLine = fc.oneof(
  often(fc.constant('')),
  seldom(named('audience', fc.constantFrom(STS_DOMAIN, 'a'))),
  seldom(named('audience_pattern', pattern)),
);
const claimLines = fc.oneof(
  often(fc.constant('')),
  often(
    fc
      .dictionary(fc.constantFrom('ref', 'actor', 'constructor', '__proto__'), fc.tuple(pattern, style), { maxKeys: 2 })
      .map((map) => Object.entries(map).map(([name, [one, how]]) => `  ${name}: ${scalar(one, how)}`))
      .map((lines) => (lines.length === 0 ? '' : `claim_pattern:\n${lines.join('\n')}`)),
  ),
);
const permissionNames = fc.constantFrom('contents', 'issues', 'pull_requests', 'statuses', 'deployments', 'members');
const permissionLines = fc
  .uniqueArray(fc.tuple(permissionNames, fc.constantFrom('read', 'read', 'write')), {
    minLength: 1,
    maxLength: 3,
    selector: ([name]) => name,
  })
  .chain((list) =>
    fc.boolean().map((flow) => {
      const members = list.map(([name, level]) => `${name}: ${level}`);
      return flow ? `permissions: { ${members.join(', ')} }` : `permissions:\n  ${members.join('\n  ')}`;
    }),
  );
const repositoryLines = fc.oneof(
  often(fc.constant('')),
  seldom(fc.constantFrom('repositories: []', 'repositories: [app]', 'repositories:\n  - infra\n  - App')),
);
const grammar = fc
  .tuple(issuerLine, subjectLine, audienceLine, claimLines, permissionLines, repositoryLines)
  .chain((lines) => fc.shuffledSubarray([...lines], { minLength: lines.length }))
  .map((lines) => `${lines.filter((line) => line !== '').join('\n')}\n`);
const grammarClaims: fc.Arbitrary<Claims> = fc.record({
  sub: word,
  aud: fc.constantFrom<Claims['aud']>(STS_DOMAIN, [STS_DOMAIN, 'a'], 'a'),
  ref: fc.oneof(word, fc.constantFrom<Claims['ref']>(1, true, ['a', 'b'], null)),
  actor: word,
});

const CORPUS = corpusCases()
  .filter(({ kind }) => kind !== 'allowlist')
  .map((one) => ({ one, text: fileText(one) }))
  .filter(({ text }) => text.length < 70_000);
const corpus = fc.constantFrom(...CORPUS).chain(({ one, text }) => {
  const token = one.tokens?.find(({ matches }) => matches);
  const claims = tokenClaims(token ?? { matches: true }) as Claims;
  return fc.boolean().map((farm) => ({
    text: farm ? text.replaceAll(ACTIONS, FARM) : text,
    claims,
    // Where the file names the farm, so does the token.
    issuer: farm ? FARM : ACTIONS,
    scope: one.level === 'organization' ? 'acme' : 'acme/app',
  }));
});

/** As in a query. */
const NARROWINGS = ['permissions=contents:read', 'repositories=app'];

const shared = {
  changes: fc.oneof(often(fc.constant([])), often(fc.array(byteChange, { minLength: 1, maxLength: 3 }))),
  narrowing: fc.oneof(often(fc.constant([])), seldom(fc.subarray(NARROWINGS))),
};
const scopes = fc.constantFrom<Scope>('acme/app', 'acme/app', 'acme', 'acme/.github');
/** Sound, and matched by its token: what it grants, and what a caller may narrow it to, is what varies. */
const granting = fc
  .tuple(named('subject', fc.constant('a')), permissionLines, repositoryLines)
  .map(([subject, permissions, repositories]) => `issuer: ${ACTIONS}\n${subject}\n${permissions}\n${repositories}\n`);
const cases: fc.Arbitrary<PolicyCase> = fc.oneof(
  fc.record({
    changes: fc.oneof(often(fc.constant([])), seldom(fc.array(byteChange, { minLength: 1, maxLength: 1 }))),
    narrowing: fc.subarray(NARROWINGS),
    scope: scopes,
    text: granting,
    issuer: fc.constant(ACTIONS),
    claims: fc.constant({ sub: 'a', aud: STS_DOMAIN }),
  }),
  fc.record({
    ...shared,
    scope: scopes,
    text: grammar,
    issuer: fc.constantFrom(FARM, ACTIONS, ACTIONS, ACTIONS, STRANGER),
    claims: grammarClaims,
  }),
  fc.tuple(fc.record(shared), corpus).map(([one, file]) => ({ ...one, ...file, scope: file.scope as Scope })),
);

/** What anyone reads in the file, however it is written: the specification's own rules for its syntax aside. */
async function hold(arena: Arena, one: PolicyCase): Promise<void> {
  const text = one.changes.length === 0 ? one.text : changedText(one.text, one.changes);
  arena.commit(one.scope === 'acme/app' ? 'acme/app' : 'acme/.github', 'fuzz.sts.yaml', text);
  const now = arena.clock.seconds();
  const claims = { ...one.claims, iss: one.issuer, iat: now, exp: now + 300 };
  const token = signToken(arena.key(one.issuer), claims);
  const query = [`scope=${one.scope}`, 'identity=fuzz', ...one.narrowing].join('&');
  const url = `https://${STS_DOMAIN}/sts/exchange?${query}`;
  const seen = await arena.ask(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
  const policy = reliesOnFile(seen) ? simpleReading(text) : undefined;
  const isNamed = policy !== undefined && namesIssuer(policy, one.issuer) !== 'no';
  requireSound(arena, seen, { presented: [token], trusted: isNamed ? [one.issuer] : [], isUpstreamSound: true });
  const granted = issuedToken(seen);
  const faults = ownTokenFaults(arena, seen, granted);
  if (granted === undefined || policy === undefined) {
    requireNone(granted === undefined ? faults : ['a grant by what is no policy'], seen);
    return;
  }
  requireNone(
    [
      ...faults,
      ...beyond(arena, granted, policy, one.scope),
      ...narrowingFaults(arena, one, granted),
      ...(admits(policy, claims, STS_DOMAIN) === 'no' && !isForService(one.claims) ? ['claims that do not match'] : []),
    ],
    seen,
  );
}

function isForService({ aud }: Claims): boolean {
  return [aud].flat().includes(`https://${STS_DOMAIN}`);
}

/** A caller that asked for less gets less. */
function narrowingFaults(arena: Arena, { narrowing }: PolicyCase, token: AccessToken): readonly string[] {
  const asked = new URLSearchParams(narrowing.join('&'));
  const repositories = asked.get('repositories');
  return [
    ...(asked.has('permissions') ? permissionsBeyond({ permissions: { contents: 'read' } }, token.permissions) : []),
    ...(repositories === null ? [] : repositoriesBeyond(token, [repositories], (id) => nameOf(arena, id))),
  ];
}

export const POLICIES = property<PolicyCase>({
  title: 'policies from the grammar and from the corpus, with changed bytes',
  runs: 80,
  cases,
  hold,
  leastGrants: 10,
});

interface AllowlistCase {
  readonly text: string;
  readonly changes: readonly ByteChange[];
}

const listed = fc.constantFrom(FARM, ACTIONS, 'https://other.example.com', `${FARM}/`);
const listPattern = fc.constantFrom(
  'https://farm\\.example\\.com/id',
  'https://farm\\.example\\.com/[a-z]+',
  'https://[a-z]+\\.example\\.com/id',
  'https://.+',
  'https://(farm|other)\\.example\\.com/id',
);
const allowlist = fc
  .tuple(
    fc.constantFrom('', '', 'mode: enforce', 'mode: audit', 'mode: off'),
    fc.array(listed, { maxLength: 3 }),
    fc.array(listPattern, { maxLength: 2 }),
  )
  .map(([mode, issuers, patterns]) =>
    [
      mode,
      issuers.length === 0 ? '' : `issuers:\n${issuers.map((one) => `  - ${one}`).join('\n')}`,
      patterns.length === 0 ? '' : `issuer_patterns: [${patterns.map((one) => `'${one}'`).join(', ')}]`,
      '',
    ].join('\n'),
  );
const allowlistCorpus = corpusCases()
  .filter(({ kind }) => kind === 'allowlist')
  .map((one) => fileText(one).replaceAll(ACTIONS, FARM));

async function holdAllowlist(arena: Arena, { text, changes }: AllowlistCase): Promise<void> {
  const file = changes.length === 0 ? text : changedText(text, changes);
  arena.commit('acme/.github', 'trusted-token-issuers.yaml', file);
  const now = arena.clock.seconds();
  const token = signToken(arena.key(FARM), {
    iss: FARM,
    sub: 'build-farm',
    aud: 'acme-builds',
    iat: now,
    exp: now + 300,
  });
  const url = `https://${STS_DOMAIN}/sts/exchange?scope=acme/app&identity=build-farm`;
  const seen = await arena.ask(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
  const isTrusted = reliesOnFile(seen) && isListed(file);
  const trusted = isTrusted ? [FARM] : [];
  requireSound(arena, seen, { presented: [token], trusted, isUpstreamSound: true });
  const granted = issuedToken(seen);
  const isWrong = granted !== undefined && !isTrusted;
  requireNone([...ownTokenFaults(arena, seen, granted), ...(isWrong ? ['an issuer that is not listed'] : [])], seen);
}

/** Whether the file lets the farm through: a file that can't be read lets nobody through. */
function isListed(file: string): boolean {
  const list = simpleReading(file);
  if (list === undefined) return false;
  if (list.mode === 'audit') return true;
  const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(asText) : []);
  return (
    texts(list.issuers).includes(FARM) || texts(list.issuer_patterns).some((one) => wholeMatch(one, FARM) !== 'no')
  );
}

export const ALLOWLISTS = property<AllowlistCase>({
  title: 'issuer allowlists from the grammar and from the corpus, with changed bytes',
  runs: 40,
  cases: fc.record({ text: fc.oneof(allowlist, fc.constantFrom(...allowlistCorpus)), changes: shared.changes }),
  hold: holdAllowlist,
  leastGrants: 2,
});
