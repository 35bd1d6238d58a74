import { describe, expect, it } from '@jest/globals';
import { judge, requestLine, type Question, type Service } from '../../../page/workbench/judgement.ts';

const SERVICE: Service = { host: 'sts.example.com', origin: 'https://sts.example.com', isLocal: false };
const NOW = 1_800_000_000;
const POLICY = `issuer: https://token.actions.githubusercontent.com
subject: repo:acme/app:ref:refs/heads/main
claim_pattern:
  ref: refs/heads/main
permissions:
  contents: read
`;
const CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: 'repo:acme/app:ref:refs/heads/main',
  aud: 'sts.example.com',
  ref: 'refs/heads/main',
  exp: NOW + 300,
};

function asked(change: Partial<Question> = {}, service = SERVICE) {
  const question = {
    policy: POLICY,
    token: JSON.stringify(CLAIMS),
    scope: 'acme/app',
    identity: 'deploy',
    github: 'https://api.github.com',
    policyRepository: '.github',
    ...change,
  };
  return judge(question, service, NOW);
}

describe('an organization’s own files in the workbench', () => {
  const LISTED = 'issuers: [https://token.actions.githubusercontent.com]\n';
  const OTHERS = 'issuers: [https://accounts.google.com]\n';

  it('decide nothing where they are empty', () => {
    const { held, organization } = asked({ allowlist: ' \n', guardrails: '' });
    expect([held, organization.remarks, organization.isInvalid]).toEqual([[], [], false]);
  });

  it('hold a token back whose issuer is not listed, or only record it', () => {
    expect(asked({ allowlist: LISTED }).held).toEqual([]);
    expect(asked({ allowlist: OTHERS }).held).toEqual([
      { sentence: "The organization's allowlist does not list this issuer.", refuses: true },
    ]);
    expect(asked({ allowlist: `mode: audit\n${OTHERS}` }).held).toMatchObject([{ refuses: false }]);
  });

  it('judge the policy as the check run does, and the token as the exchange does', () => {
    const guardrails = 'repository_policies: { permissions: { issues: read }, same_owner_only: true }\n';
    const outside = asked({ guardrails });
    expect(outside.findings[0]).toMatchObject({ rule: 'guardrail-permission', severity: 'error', line: 6 });
    expect([outside.policy, outside.match]).toEqual([undefined, undefined]);
    const own = 'repository_policies: { same_owner_only: true }\n';
    const token = JSON.stringify({ ...CLAIMS, repository_owner_id: '7' });
    expect(asked({ guardrails: own, token, ownerId: '7' }).held).toEqual([]);
    expect(asked({ guardrails: own, token, ownerId: '8' }).held).toMatchObject([{ refuses: true }]);
    expect(asked({ guardrails: `mode: audit\n${own}`, token, ownerId: '8' }).held).toMatchObject([{ refuses: false }]);
  });

  it('are told where they are wrong, and then nobody gets a token', () => {
    const { organization } = asked({
      guardrails: 'mode: enforced\n',
      allowlist: 'issuers: [https://gitlab.com/]\n',
      ownerId: 'x',
    });
    expect(organization.isInvalid).toBe(true);
    expect(organization.remarks).toEqual([
      expect.stringMatching(/^Issuer allowlist, line 1: warning\. .*Write: - https:\/\/gitlab\.com$/),
      expect.stringMatching(/^Guardrails, line 1: error\. /),
      expect.stringMatching(/^Guardrails, line 1: error\. /),
      "GitHub's number of the organization must be digits.",
    ]);
  });
});

describe('the judgement of the workbench', () => {
  it('says of every field whether it matches', () => {
    const { match, policy, doubts } = asked();
    expect(match?.matched).toBe(true);
    expect(match?.fields.map(({ field }) => field)).toEqual(['issuer', 'subject', 'audience', 'claim_pattern.ref']);
    expect(policy?.permissions.toRecord()).toEqual({ contents: 'read' });
    expect(doubts).toEqual([]);
  });

  it('gives the service’s own hints', () => {
    const token = JSON.stringify({ ...CLAIMS, sub: 'repo:acme@1/app@2:ref:refs/heads/main' });
    const subject = asked({ token }).match?.fields.find(({ field }) => field === 'subject');
    expect(subject?.matched).toBe(false);
    expect(subject?.hint).toContain('subject: repo:acme@1/app@2:ref:refs/heads/main');
  });

  it('takes the service’s audience with and without https', () => {
    for (const aud of ['sts.example.com', ['x', 'https://sts.example.com']])
      expect(asked({ token: JSON.stringify({ ...CLAIMS, aud }) }).match?.matched).toBe(true);
    expect(asked({ token: JSON.stringify({ ...CLAIMS, aud: 'other' }) }).match?.matched).toBe(false);
  });

  it('finds what the linter finds, at its line', () => {
    const { findings, policy, match } = asked({ policy: POLICY.replace('contents: read', 'content: read') });
    expect(findings).toMatchObject([{ rule: 'permission-unknown', severity: 'error', line: 6 }, {}]);
    expect([policy, match]).toEqual([undefined, undefined]);
  });

  it('knows policies of an organization by their repository', () => {
    const policy = `${POLICY}repositories: [app]\n`;
    expect(asked({ policy }).findings[0]).toMatchObject({ rule: 'organization-only' });
    for (const scope of ['acme', 'acme/.github', 'Acme/.GitHub']) expect(asked({ policy, scope }).policy).toBeDefined();
    expect(asked({ policy, scope: 'acme/policies', policyRepository: 'policies' }).policy).toBeDefined();
  });

  it('knows the server whose Actions tokens these are', () => {
    const subject = 'subject_pattern: repo:acme/app:.+';
    const policy = POLICY.replace(
      'https://token.actions.githubusercontent.com',
      'https://ghe.example.com/_services/token',
    )
      .replace('subject: repo:acme/app:ref:refs/heads/main', subject)
      .replace('claim_pattern:\n  ref: refs/heads/main\n', '');
    const rules = (github: string) => asked({ policy, github }).findings.map(({ rule }) => rule);
    expect(rules('https://ghe.example.com/api/v3')).toContain('subject-admits-pull-requests');
    expect(rules('https://api.github.com')).not.toContain('subject-admits-pull-requests');
  });

  it('takes issuers on this machine only where the service runs here', () => {
    const policy = POLICY.replace('https://token.actions.githubusercontent.com', 'http://127.0.0.1:8791');
    expect(asked({ policy }).policy).toBeUndefined();
    expect(asked({ policy }, { ...SERVICE, isLocal: true }).policy).toBeDefined();
  });

  it.each([
    [{ scope: 'acme/app/x' }, 'repository'],
    [{ scope: '' }, 'repository'],
    [{ identity: '../x' }, 'identity'],
    [{ github: 'javascript:alert(1)' }, 'GitHub server'],
    [{ policyRepository: 'a/b' }, 'policy repository'],
  ])('says which name is none, and judges all the same: %j', (change, word) => {
    const { place, match } = asked(change);
    expect(place.faults).toHaveLength(1);
    expect(place.faults[0]).toContain(word);
    expect(match?.matched).toBe(true);
  });

  it('says what the service would refuse for first: %s', () => {
    const doubts = (change: object) => asked({ token: JSON.stringify({ ...CLAIMS, ...change }) }).doubts;
    expect(doubts({ exp: NOW - 1 })).toEqual([expect.stringContaining('expired')]);
    expect(doubts({ nbf: NOW + 60 })).toEqual([expect.stringContaining('not valid yet')]);
    expect(doubts({ exp: 'never', nbf: NOW + 10 })).toEqual([]);
  });

  it('needs neither policy nor token', () => {
    expect(asked({ policy: ' \n', token: '' })).toMatchObject({ findings: [], token: { kind: 'empty' } });
    expect(asked({ token: '' }).policy).toBeDefined();
  });

  it('refuses a file that is too large, without reading it', () => {
    expect(asked({ policy: `#${'x'.repeat(70_000)}` }).findings).toMatchObject([{ rule: 'file-too-large' }]);
  });
});

describe('the request line', () => {
  it('names scope and identity', () => {
    expect(requestLine(asked().place, SERVICE)).toBe(
      'curl -H "Authorization: Bearer $OIDC_TOKEN" \\\n  "https://sts.example.com/sts/exchange?scope=acme/app&identity=deploy"',
    );
  });

  it('is none where a name is none, so that nobody pastes a stranger’s text into a shell', () => {
    for (const change of [{ scope: 'a"; rm -rf /; "' }, { identity: '$(id)' }])
      expect(requestLine(asked(change).place, SERVICE)).toBeUndefined();
  });
});
