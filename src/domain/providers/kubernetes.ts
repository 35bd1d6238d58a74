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
    const [, region, id] =
      /^https:\/\/(?:oidc[.-]eks|eks)\.([a-z0-9-]+)\.amazonaws\.com(?:\/id)?\/([0-9a-f]{32})\/?$/i.exec(text) ?? [];
    // A cluster's API has the same id in its address ("Create an IAM OIDC provider for your cluster").
    const [, apiId, apiRegion] =
      /^https:\/\/([0-9a-f]{32})(?:\.[a-z0-9]+)?\.([a-z0-9-]+)\.eks\.amazonaws\.com\/?$/i.exec(text) ?? [];
    const [of, at] = [id ?? apiId, region ?? apiRegion];
    if (of === undefined || at === undefined) return undefined;
    return `https://oidc.eks.${at.toLowerCase()}.amazonaws.com/id/${of.toUpperCase()}`;
  },
};

/** `gcloud container clusters describe NAME --format='value(selfLink)'` has the parts. */
const CLUSTER_ISSUER = 'https://container.googleapis.com/v1/projects/PROJECT/locations/LOCATION/clusters/NAME';

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
  issuerAliases: new Map([['https://container.googleapis.com', CLUSTER_ISSUER]]),
  issuers: ['https://kubernetes.default.svc', 'https://kubernetes.default.svc.cluster.local'],
  mendIssuer: (text) => {
    // What Google calls a provider of a pool is for tokens that come from elsewhere.
    if (/^https:\/\/iam\.googleapis\.com\/projects\//i.test(text)) return CLUSTER_ISSUER;
    const aks = new RegExp(`^https://[a-z0-9]+\\.oic\\.prod-aks\\.azure\\.com/${UUID}/${UUID}$`, 'i');
    if (aks.test(text)) return `${text.toLowerCase()}/`;
    const gke =
      /^https:\/\/container\.googleapis\.com\/(?:v1\w*\/)?(projects\/[^/]+\/(?:locations|zones)\/[^/]+\/clusters\/[^/]+)\/?$/i;
    const cluster = gke.exec(text)?.[1];
    return cluster === undefined ? undefined : `https://container.googleapis.com/v1/${cluster}`;
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
    .split(/[:/]+|(?<=^[a-z0-9-]+)\.(?=[a-z0-9-]+$)/)
    .filter((part) => part !== 'sa' && part !== 'serviceaccount');
  return parts.length === 2 ? [value(`system:serviceaccount:${parts.join(':')}`)] : [];
}
