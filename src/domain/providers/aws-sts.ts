import { claimTable } from './claim-table.ts';
import { grammar } from './grammar.ts';
import { value, type Mended, type Provider } from './provider.ts';

/** As `aws iam get-outbound-web-identity-federation-info` tells it. */
const ACCOUNT_ISSUER = 'https://ISSUER-ID.tokens.sts.global.api.aws';

/**
 * AWS STS, `GetWebIdentityToken`: roles and users of an account. From the IAM User Guide, "Understanding token claims"
 * (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html): an issuer for each account;
 * `sub` is the principal's ARN; all else stands in one object, which no pattern matches.
 */
export const AWS_STS: Provider = {
  name: 'AWS STS',
  // The first part is a name that AWS makes up for the account, and never the account's number.
  issuer: grammar(
    'https://[0-9a-z-]*[a-z-][0-9a-z-]*\\.tokens\\.sts\\.[a-z0-9-]+\\.api\\.(?:aws|amazonwebservices\\.com\\.cn)',
  ),
  issuers: [],
  issuerAliases: new Map(
    [
      'https://sts.amazonaws.com',
      'https://iam.amazonaws.com',
      'https://sts.global.api.aws',
      'https://tokens.sts.global.api.aws',
    ].map((wrong) => [wrong, ACCOUNT_ISSUER]),
  ),
  mendIssuer: (text) => {
    if (
      /^https:\/\/(?:[0-9]{12}\.tokens\.sts\.[a-z0-9-]+\.api\.aws|sts\.[a-z0-9-]+\.amazonaws\.com)(?:\/.*)?$/i.test(
        text,
      )
    )
      return ACCOUNT_ISSUER;
    return /^(https:\/\/[0-9a-z-]+\.tokens\.sts\.[a-z0-9-]+\.api\.aws)\/.*$/i.exec(text)?.[1]?.toLowerCase();
  },
  subject: grammar(
    'arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:role|user)/[A-Za-z0-9+=,.@_/-]+)|arn:aws[a-z-]*:sts::[0-9]{12}:federated-user/.+',
  ),
  subjectExample: 'arn:aws:iam::123456789012:role/NAME',
  mendSubject,
  subjectAdvice: () => "Write the role's ARN, as aws iam get-role --role-name NAME --query Role.Arn gives it.",
  claims: claimTable({}),
  objectClaims: new Set(['https://sts.amazonaws.com/']),
  claimAliases: new Map(
    ['aws_account', 'account', 'org_id', 'ou_path', 'source_region', 'principal_tags', 'request_tags'].map((name) => [
      name,
      'sub',
    ]),
  ),
  claimsAreComplete: true,
};

function mendSubject(text: string): readonly Mended[] {
  // A session's name follows an assumed role's. A role itself can have a path.
  const [, partition, account, assumed, role = assumed] =
    /^arn:(aws[a-z-]*):(?:iam|sts):[a-z0-9-]*:([0-9]{12}):(?:assumed-role[/:]([^/:]+)|roles?[/:]([^:]+))/i.exec(
      text.replace(/(?<=:)([0-9]{4})-([0-9]{4})-([0-9]{4})(?=:)/, '$1$2$3'),
    ) ?? [];
  if (role !== undefined) return [value(`arn:${partition ?? 'aws'}:iam::${account ?? ''}:role/${role}`)];
  const [, number, name] = /^([0-9]{12})[:/](?:role\/)?([A-Za-z0-9+=,.@_-]+)$/.exec(text) ?? [];
  return name === undefined ? [] : [value(`arn:aws:iam::${number ?? ''}:role/${name}`)];
}
