import { describe, expect, it } from '@jest/globals';
import { AWS_EKS, KUBERNETES } from '../../../../src/domain/providers/kubernetes.ts';
import { mended, strangers } from './tokens.ts';

const UUID = '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a';
const ID = '0123456789ABCDEF0123456789ABCDEF';
const SUBJECT = 'system:serviceaccount:prod:deployer';

describe('tokens of service accounts', () => {
  it.each([
    [AWS_EKS, `https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}`],
    [AWS_EKS, `https://oidc.eks.cn-north-1.amazonaws.com.cn/id/${ID}`],
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
    ['system:serviceaccount:prod', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(KUBERNETES, text)).toBe(meant));

  it('hold an object that no pattern matches', () => expect(KUBERNETES.objectClaims?.has('kubernetes.io')).toBe(true));
});

describe('issuers of clusters', () => {
  it('are put right by their provider', () => {
    const small = `https://oidc.eks.eu-west-1.amazonaws.com/id/${ID.toLowerCase()}`;
    expect(AWS_EKS.mendIssuer?.(small)).toBe(`https://oidc.eks.eu-west-1.amazonaws.com/id/${ID}`);
    const aks = `https://westeurope.oic.prod-aks.azure.com/${UUID}/${UUID}`;
    expect(KUBERNETES.mendIssuer?.(aks)).toBe(`${aks}/`);
    expect(KUBERNETES.mendIssuer?.('https://x.example')).toBeUndefined();
  });
});
