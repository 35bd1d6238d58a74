import { explainMismatch } from '../../src/application/exchange/explanation.ts';
import type { ExplainedField } from '../../src/application/refusal.ts';
import { Claims } from '../../src/domain/claims.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { shownTokenFaults, type ShownToken } from '../../src/domain/guarded-token.ts';
import { githubServer, isActionsIssuerOf, type GitHubServer } from '../../src/domain/github-server.ts';
import {
  isOrganizationLevel,
  policyRepository,
  POLICY_FOLDER,
  POLICY_SUFFIX,
} from '../../src/domain/policy-location.ts';
import { isIdentity, isRepositoryName, parseScope, scopeText, type Scope } from '../../src/domain/scope.ts';
import type { TrustPolicy } from '../../src/domain/trust-policy.ts';
import { YamlCompiledPolicies, type ServerContext } from '../../src/infrastructure/yaml/yaml-compiled-policies.ts';
import { organizationOf, type Organization, type OrganizationFiles } from './organization.ts';
import { readTokenText, type TokenReading } from './token-text.ts';

/** Everything that stands in the workbench, as text. */
export interface Question extends OrganizationFiles {
  readonly policy: string;
  /** A token, or its claims. */
  readonly token: string;
  readonly scope: string;
  readonly identity: string;
  /** The address of the GitHub server's API. */
  readonly github: string;
  readonly policyRepository: string;
}

/** The service that hands out the page. */
export interface Service {
  /** Its host, which callers' tokens name as their audience. */
  readonly host: string;
  /** Where it is reached. */
  readonly origin: string;
  /** Whether it runs on this machine, where issuers may too. */
  readonly isLocal: boolean;
}

/** What is asked for, as far as it can be read. */
export interface Place {
  readonly scope: Scope | undefined;
  readonly identity: string | undefined;
  readonly level: 'repository' | 'organization';
  /** Sentences about names that are none. */
  readonly faults: readonly string[];
}

export interface Judgement {
  readonly place: Place;
  readonly findings: readonly Finding[];
  /** Nothing where the policy is invalid, or there is none. */
  readonly policy: TrustPolicy | undefined;
  readonly token: TokenReading;
  /** Where there is a valid policy and a token. */
  readonly match: { readonly matched: boolean; readonly fields: readonly ExplainedField[] } | undefined;
  readonly organization: Organization;
  /** What the organization's files have against the policy's issuer or the token, in sentences. */
  readonly held: readonly Held[];
  /** What the service would refuse for before it looks at the policy. */
  readonly doubts: readonly string[];
}

const GITHUB_COM = 'https://api.github.com';
const DEFAULT_POLICY_REPOSITORY = '.github';
const NAMELESS = 'policy';

export interface Held {
  readonly sentence: string;
  /** Whether nobody gets a token for it: the file enforces. */
  readonly refuses: boolean;
}

/** By the code that the service runs: what matches here is granted there, once signature and times are right. */
export function judge(question: Question, service: Service, nowSeconds: number): Judgement {
  const server = serverOf(question, service);
  const orgRepository = orgRepositoryOf(question);
  const place = placeOf(question, server, orgRepository);
  const isActionsIssuer = (issuer: string): boolean => server !== undefined && isActionsIssuerOf(server, issuer);
  const context = {
    allowLoopbackHttp: service.isLocal,
    isActionsIssuer,
    actionsIssuer: server?.actionsIssuer ?? '',
    operatorListsIssuers: false,
  };
  const organization = organizationOf(question, context);
  const { findings, policy } = checked(question, place, { context, orgRepository, organization });
  const token = readTokenText(question.token);
  const claims = token.kind === 'read' ? new Claims(token.claims) : undefined;
  const doubts = claims === undefined ? [] : timeDoubts(claims, nowSeconds);
  const judged = { place, findings, policy, token, doubts, organization };
  if (policy === undefined || claims === undefined) return { ...judged, match: undefined, held: [] };
  const verdict = policy.judge(claims, serviceAudiences(service));
  const hints = { serviceAudience: service.host, isActionsIssuer };
  const { fields } = explainMismatch({ identity: place.identity ?? NAMELESS }, verdict, claims, hints);
  const shown = { policy, claims, level: place.level, isActionsIssuer, ownerId: organization.ownerId, nowSeconds };
  return { ...judged, match: { matched: verdict.matched, fields }, held: heldBack(organization, shown) };
}

/** In the order in which the service asks. */
function heldBack({ allowlist, guardrails }: Organization, shown: ShownToken): readonly Held[] {
  const isListed = allowlist === undefined || allowlist.lists(shown.claims.issuer);
  const ofList = isListed
    ? []
    : [{ sentence: "The organization's allowlist does not list this issuer.", refuses: allowlist.mode === 'enforce' }];
  if (guardrails === undefined) return ofList;
  const refuses = guardrails.mode === 'enforce';
  return [...ofList, ...shownTokenFaults(guardrails, shown).map(({ message }) => ({ sentence: message, refuses }))];
}

export function serviceAudiences({ host }: Service): readonly string[] {
  return [host, `https://${host}`];
}

interface Setting {
  readonly context: ServerContext;
  readonly orgRepository: string;
  readonly organization: Organization;
}

function checked(
  { policy: text }: Question,
  { scope, identity, level }: Place,
  { context, orgRepository, organization }: Setting,
): Pick<Judgement, 'findings' | 'policy'> {
  if (text.trim() === '') return { findings: [], policy: undefined };
  const name = `${identity ?? NAMELESS}${POLICY_SUFFIX}`;
  const file = { name, kind: 'file' as const, bytes: new TextEncoder().encode(text).length, text };
  const lint = {
    path: `${POLICY_FOLDER}/${name}`,
    repository: scope === undefined ? '' : policyRepository(scope, orgRepository),
    actionsIssuer: context.actionsIssuer,
  };
  const { findings, policy } = new YamlCompiledPolicies(context).check(file, level, lint, organization.guardrails);
  return { findings, policy };
}

function serverOf({ github }: Question, { isLocal }: Service): GitHubServer | undefined {
  return githubServer(github.trim() === '' ? GITHUB_COM : github.trim(), isLocal);
}

function orgRepositoryOf({ policyRepository: name }: Question): string {
  return isRepositoryName(name.trim()) ? name.trim() : DEFAULT_POLICY_REPOSITORY;
}

function placeOf(question: Question, server: GitHubServer | undefined, orgRepository: string): Place {
  const scope = parseScope(question.scope.trim());
  const identity = question.identity.trim();
  const named = question.policyRepository.trim();
  return {
    scope,
    identity: isIdentity(identity) ? identity : undefined,
    level: scope !== undefined && isOrganizationLevel(scope, orgRepository) ? 'organization' : 'repository',
    faults: [
      ...(scope === undefined
        ? ['The repository must be owner/name, or an owner alone for a whole organization.']
        : []),
      ...(isIdentity(identity)
        ? []
        : ['The identity must begin with a letter or digit and hold letters, digits, dots, hyphens and underscores.']),
      ...(server === undefined
        ? ['The GitHub server must be the address of its API, such as https://ghe.example.com/api/v3.']
        : []),
      ...(named === '' || isRepositoryName(named) ? [] : ["The policy repository must be a repository's name."]),
    ],
  };
}

function timeDoubts(claims: Claims, nowSeconds: number): readonly string[] {
  const [expiry, start] = [claims.get('exp'), claims.get('nbf')];
  if (typeof expiry === 'number' && expiry < nowSeconds)
    return ['This token has expired. The service would refuse it for that first.'];
  if (typeof start === 'number' && start > nowSeconds + CLOCK_TOLERANCE_SECONDS)
    return ['This token is not valid yet. The service would refuse it for that first.'];
  return [];
}

/** docs/policies.md, "Matching". */
const CLOCK_TOLERANCE_SECONDS = 30;

/** The request that exchanges a token by this policy. */
export function requestLine({ scope, identity }: Place, { origin }: Service): string | undefined {
  if (scope === undefined || identity === undefined) return undefined;
  return `curl -H "Authorization: Bearer $OIDC_TOKEN" \\\n  "${origin}/sts/exchange?scope=${scopeText(scope)}&identity=${identity}"`;
}
