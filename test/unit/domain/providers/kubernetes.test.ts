import { describe, expect, it } from '@jest/globals';
import { AWS_EKS, KUBERNETES } from '../../../../src/domain/providers/kubernetes.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { claimMeant, mended, strangers } from './tokens.ts';

const UUID = '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a';
const ID = '0123456789ABCDEF0123456789ABCDEF';
const SUBJECT = 'system:serviceaccount:prod:deployer';

describe('tokens of service accounts', () => {
  it.each([
    [AWS_EKS, `https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}`],
    [AWS_EKS, `https://oidc.eks.cn-north-1.amazonaws.com.cn/id/${ID}`],
    [AWS_EKS, `https://oidc.eks.eu-west-1.api.aws/id/${ID}`],
    [AWS_EKS, `https://oidc-eks.eu-west-1.api.aws/id/${ID}`],
    [AWS_EKS, `https://oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/${ID}`],
    [KUBERNETES, 'https://container.googleapis.com/v1/projects/acme/zones/europe-west1-b/clusters/prod'],
    [KUBERNETES, 'https://container.googleapis.com/v1/projects/acme/locations/europe-west1/clusters/prod'],
    [KUBERNETES, `https://westeurope.oic.prod-aks.azure.com/${UUID}/${UUID}/`],
    [KUBERNETES, 'https://kubernetes.default.svc'],
    [KUBERNETES, 'https://kubernetes.default.svc.cluster.local'],
  ])('of $name are known with all their claims', (provider, iss) => {
    expect(strangers(provider, { iss, sub: SUBJECT, aud: 'sts.example.com', jti: UUID })).toEqual([]);
  });

  it.each([
    'serviceaccount:prod:deployer',
    'system:serviceaccounts:prod',
    'system:serviceaccount:prod/deployer',
    'system:serviceaccount:prod',
    'system:serviceaccount:Prod:deployer',
    'prod/deployer',
    'system:node:worker-1',
  ])('never have the subject %s', (subject) => expect(KUBERNETES.subject.holds(subject)).toBe(false));

  it.each([
    ['serviceaccount:prod:deployer', SUBJECT],
    ['system:serviceaccount:prod/deployer', SUBJECT],
    ['system:serviceaccounts:Prod:deployer', SUBJECT],
    ['system.serviceaccount:prod:deployer', SUBJECT],
    ['ns/prod/sa/deployer', SUBJECT],
    ['prod/deployer', SUBJECT],
    [' Prod:deployer ', SUBJECT],
    ['prod.deployer', SUBJECT],
    ['sa:prod:deployer', SUBJECT],
    ['SA/prod/deployer', SUBJECT],
    ['system:service-account:prod:deployer', SUBJECT],
    ['service_accounts/prod/deployer', SUBJECT],
    ['ns:prod:serviceaccount:deployer', SUBJECT],
    ['Namespace/prod/sa/deployer', SUBJECT],
    ['prod//deployer', SUBJECT],
    ['prod:my.app', 'system:serviceaccount:prod:my.app'],
    ['my.prod.deployer', undefined],
    ['x-ns/prod/deployer', undefined],
    ['my-sa:prod:deployer', undefined],
    ['deployer', undefined],
    ['system:serviceaccount:prod', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(KUBERNETES, text)).toBe(meant));

  it.each(['prod', 'a:b:c'])('are not meant by %s, which has not two parts', (text) => {
    expect(KUBERNETES.mendSubject(text)).toEqual([]);
  });

  it.each(['namespace', 'serviceaccount', 'service_account'])('have no claim %s: the subject says it', (name) => {
    expect(claimMeant('https://kubernetes.default.svc', name)).toBe('sub');
  });

  it('hold an object that no pattern matches, and no claims beyond that', () => {
    const { objectClaims, claimsAreComplete, subject, subjectExample } = KUBERNETES;
    expect([objectClaims?.has('kubernetes.io'), claimsAreComplete]).toEqual([true, true]);
    expect(subject.holds(subjectExample.toLowerCase())).toBe(true);
    expect([AWS_EKS.name, KUBERNETES.name]).toEqual(['AWS EKS', 'Kubernetes']);
  });
});

describe('issuers of clusters', () => {
  it('are put right by their provider', () => {
    const small = `https://oidc.eks.eu-west-1.amazonaws.com/id/${ID.toLowerCase()}`;
    expect(AWS_EKS.mendIssuer?.(small)).toBe(`https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}`);
    const aks = `https://westeurope.oic.prod-aks.azure.com/${UUID}/${UUID}`;
    expect(KUBERNETES.mendIssuer?.(aks)).toBe(`${aks}/`);
    expect(KUBERNETES.mendIssuer?.('https://x.example')).toBeUndefined();
  });

  const EKS = `https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}`;

  it.each([
    [`https://OIDC-eks.EU-west-1.amazonaws.com/id/${ID}/`, EKS],
    [`https://eks.eu-west-1.amazonaws.com/${ID.toLowerCase()}`, EKS],
    [`https://${ID}.gr7.eu-west-1.eks.amazonaws.com/`, EKS],
    [`https://${ID}.sk10.EU-west-1.eks.amazonaws.com`, EKS],
    [`https://${ID.toLowerCase()}.eu-west-1.eks.amazonaws.com`, EKS],
    [`https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}/keys`, undefined],
    [`https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}0`, undefined],
    [`https://${ID}.gr7.eu-west-1.eks.amazonaws.com/healthz`, undefined],
    [`x https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}`, undefined],
    [`https://x/https://${ID}.gr7.eu-west-1.eks.amazonaws.com`, undefined],
  ])('at AWS are put right: %s', (text, meant) => expect(AWS_EKS.mendIssuer?.(text)).toBe(meant));

  const GKE = 'https://container.googleapis.com/v1/projects/acme/locations/europe-west1/clusters/prod';
  const AKS = `https://westeurope.oic.prod-aks.azure.com/${UUID}/${UUID}`;
  const TO_FILL_IN = 'https://container.googleapis.com/v1/projects/PROJECT/locations/LOCATION/clusters/NAME';

  it.each([
    ['https://container.googleapis.com/projects/acme/locations/europe-west1/clusters/prod', GKE],
    ['https://Container.googleapis.com/v1beta1/projects/acme/locations/europe-west1/clusters/prod/', GKE],
    [
      'https://container.googleapis.com/projects/a/zones/b/clusters/c',
      expect.stringContaining('/v1/projects/a/zones/b/'),
    ],
    [`${GKE}/jwks`, undefined],
    [`x ${GKE}`, undefined],
    ['https://IAM.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q', TO_FILL_IN],
    ['https://x/https://iam.googleapis.com/projects/1', undefined],
    [AKS.toUpperCase().replace('HTTPS', 'https'), `${AKS}/`],
    [`${AKS}/x`, undefined],
    [`x ${AKS}`, undefined],
  ])('elsewhere are put right: %s', (text, meant) => expect(KUBERNETES.mendIssuer?.(text)).toEqual(meant));

  it('are told for the host of all, which names none', () => {
    expect(nearestIssuer('https://container.googleapis.com', [])).toBe(TO_FILL_IN);
    expect(nearestIssuer('https://kubernetes.default.svc.cluster.local/', [])).toBe(
      'https://kubernetes.default.svc.cluster.local',
    );
    expect([AWS_EKS.issuers, KUBERNETES.issuers]).toEqual([
      [],
      ['https://kubernetes.default.svc', 'https://kubernetes.default.svc.cluster.local'],
    ]);
  });
});
