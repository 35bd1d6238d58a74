import { claimTable } from './claim-table.ts';
import { grammar, UUID } from './grammar.ts';
import { value, type Mended, type Provider } from './provider.ts';

/** Kubernetes, "Managing Service Accounts" and RFC 1123 §2.1: a namespace is a label, a service account's name has dots. */
const SUBJECT = 'system:serviceaccount:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?';

/**
 * Tokens of service accounts, the same in every cluster. From Kubernetes, "Managing Service Accounts"
 * (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin): the claims of a bound token.
 */
const OF_CLUSTERS = {
  subject: grammar(SUBJECT),
  subjectExample: 'system:serviceaccount:NAMESPACE:NAME',
  mendSubject,
  claims: claimTable({}),
  objectClaims: new Set(['kubernetes.io']),
  claimAliases: new Map([
    ['namespace', 'sub'],
    ['serviceaccount', 'sub'],
    ['service_account', 'sub'],
    ['kubernetes.io/namespace', 'sub'],
    ['kubernetes.io/serviceaccount/name', 'sub'],
  ]),
  claimsAreComplete: true,
} satisfies Partial<Provider>;

/** AWS, "IAM roles for service accounts" (docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html). */
export const AWS_EKS: Provider = {
  ...OF_CLUSTERS,
  name: 'AWS EKS',
  issuer: grammar(
    'https://oidc\\.eks\\.[a-z0-9-]+\\.(?:amazonaws\\.com|amazonaws\\.com\\.cn|api\\.aws)/id/[0-9A-F]{32}|https://oidc-eks\\.[a-z0-9-]+\\.api\\.(?:aws|amazonwebservices\\.com\\.cn)/id/[0-9A-F]{32}',
  ),
  issuers: [],
  mendIssuer: (text) => {
    const [, host, region, id] =
      /^(?:https?:\/\/)?(oidc[.-]eks|eks)\.([a-z0-9-]+)\.amazonaws\.com(?:\/id)?\/([0-9a-f]{32})\/?$/i.exec(text) ?? [];
    return host === undefined
      ? undefined
      : `https://oidc.eks.${(region ?? '').toLowerCase()}.amazonaws.com/id/${(id ?? '').toUpperCase()}`;
  },
};

/**
 * Clusters of Google (GKE) and Azure (AKS), and those that name themselves: "Use OpenID Connect with an AKS cluster"
 * (learn.microsoft.com/azure/aks/use-oidc-issuer), "About workload identity federation for GKE" (cloud.google.com).
 */
export const KUBERNETES: Provider = {
  ...OF_CLUSTERS,
  name: 'Kubernetes',
  issuer: grammar(
    `https://container\\.googleapis\\.com/v1/projects/[^/]+/(?:locations|zones)/[^/]+/clusters/[^/]+|https://[a-z0-9]+\\.oic\\.prod-aks\\.azure\\.com/${UUID}/${UUID}/|https://kubernetes\\.default\\.svc(?:\\.cluster\\.local)?`,
  ),
  issuers: ['https://kubernetes.default.svc', 'https://kubernetes.default.svc.cluster.local'],
  mendIssuer: (text) => {
    const aks = new RegExp(`^https://[a-z0-9]+\\.oic\\.prod-aks\\.azure\\.com/${UUID}/${UUID}$`, 'i');
    return aks.test(text) ? `${text.toLowerCase()}/` : undefined;
  },
};

const PREFIX = /^(?:system[:.])?(?:service[-_]?accounts?|sa)[:/]/i;

function mendSubject(text: string): readonly Mended[] {
  const rest = text
    .trim()
    .replace(PREFIX, '')
    .replace(/^(?:ns|namespace)[:/]/i, '');
  const parts = rest
    .toLowerCase()
    .split(/[:/]+/)
    .filter((part) => part !== 'sa' && part !== 'serviceaccount');
  return parts.length === 2 ? [value(`system:serviceaccount:${parts.join(':')}`)] : [];
}
