/** The local GitHub and an issuer in a process of their own, so that their CPU is not counted. Ends with its parent. */
import { GitHubEmulator } from '../test/support/github/emulator.ts';
import { OidcIssuer } from '../test/support/issuer/oidc-issuer.ts';
import { PERMISSION_LEVELS, type PermissionLevel } from '../src/domain/permission-names.generated.ts';

const AUDIENCE = 'sts.bench.test';
const TOKEN_SECONDS = 3 * 3600;
const [repositories = '1000', owners = '200', latencyMs = '20', crowd = '0', copies = '0'] = process.argv.slice(2);
/** Policy files of a repository, whose growth is measured. */
const FILE_COUNTS = [1, 10, 100, 1000];

const github = await GitHubEmulator.start();
const issuer = await OidcIssuer.start();
const { world } = github;
const permissions = grantable();
const app = world.addApp({ permissions });
const simple = `issuer: ${github.actionsIssuer.issuer}\nsubject: repo:acme/app:ref:refs/heads/main\npermissions:\n  contents: read\n`;

const acme = world.addOrganization('acme');
world.addRepository({ owner: acme, name: '.github', files: { '.github/chainguard/heavy.sts.yaml': heavyPolicy() } });
world.addRepository({ owner: acme, name: 'app', files: { '.github/chainguard/ci.sts.yaml': simple } });
for (let index = 0; index < Number(repositories); index++) {
  world.addRepository({ owner: acme, name: `repo-${index}`, files: { '.github/chainguard/ci.sts.yaml': simple } });
}
const hostile = hostilePolicies();
Object.values(hostile).forEach((text, index) => {
  const files = { '.github/chainguard/ci.sts.yaml': text };
  world.addRepository({ owner: acme, name: `hostile-${index}`, files });
});
for (const count of FILE_COUNTS) {
  const others = Array.from({ length: count - 1 }, (_, index) => [`.github/chainguard/p${index}.sts.yaml`, simple]);
  const files = { ...Object.fromEntries(others), '.github/chainguard/ci.sts.yaml': simple };
  for (let copy = 0; copy < Number(copies); copy++) {
    world.addRepository({ owner: acme, name: `files-${count}-${copy}`, files });
  }
}
// Of an owner of its own, so that the other scenarios stay as they are.
const crowded = world.addOrganization('crowd');
const anyBranch = simple.replace(/^subject:.*$/m, `subject_pattern: 'repo:acme/app:ref:refs/heads/.+'`);
for (let index = 0; index < Number(crowd); index++) {
  world.addRepository({ owner: crowded, name: `repo-${index}`, files: { '.github/chainguard/ci.sts.yaml': simple } });
}
world.addRepository({ owner: crowded, name: 'subjects', files: { '.github/chainguard/ci.sts.yaml': anyBranch } });
world.install(app, crowded);
const installation = world.install(app, acme);
for (let index = 0; index < Number(owners); index++) {
  const owner = world.addOrganization(`owner-${index}`);
  world.addRepository({ owner, name: '.github', files: { 'README.md': '' } });
  world.addRepository({ owner, name: 'app', files: { '.github/chainguard/ci.sts.yaml': simple } });
  world.install(app, owner);
}
// Quotas that no run uses up.
const quota = { limit: 100_000_000, resetInSeconds: TOKEN_SECONDS };
for (const subject of [{ app: app.id }, ...world.installations().map(({ id }) => ({ installation: id }))]) {
  github.limits.set(subject, quota);
  github.limits.set(subject, quota, 'graphql');
}
github.faults.latency = Number(latencyMs);

process.stdout.write(
  `${JSON.stringify({
    url: github.url,
    audience: AUDIENCE,
    appId: String(app.id),
    installation: String(installation.id),
    pkcs1: app.keys.pkcs1Pem,
    pkcs8: app.keys.pkcs8Pem,
    jwks: github.actionsIssuer.jwks(),
    token: github.actionsIssuer.sign({
      repository: 'acme/app',
      audience: AUDIENCE,
      expiresInSeconds: TOKEN_SECONDS,
      claims: issuedEarlier(),
    }),
    heavyToken: github.actionsIssuer.sign({
      repository: 'acme/app',
      audience: AUDIENCE,
      expiresInSeconds: TOKEN_SECONDS,
      claims: {
        ...issuedEarlier(),
        ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`claim_${index}`, `alpha-${index}`])),
      },
    }),
    permissions: Object.keys(permissions).length,
    hostile: Object.keys(hostile),
    fileCounts: FILE_COUNTS,
  })}\n`,
);
process.stdin.resume();
process.stdin.on('end', () => void Promise.all([github.close(), issuer.close()]));

/** Valid for a Worker whose clock is behind, too. */
function issuedEarlier(): { iat: number; nbf: number } {
  const earlier = github.clock.seconds() - 3600;
  return { iat: earlier, nbf: earlier };
}

/** A hundred permissions, or as many as an installation token can hold: account permissions never reach one. */
function grantable(): Record<string, PermissionLevel> {
  const account =
    /^(codespaces_user_secrets|copilot_messages|email_addresses|emails|followers|gists|git_.*|gpg_keys|interaction_limits|keys|plan|profile|starring|user_events|watching)$/;
  const levels = Object.entries(PERMISSION_LEVELS).flatMap(([name, [level]]) =>
    account.test(name) || level === undefined ? [] : [[name, level] as const],
  );
  return Object.fromEntries([['contents', 'read'], ...levels.filter(([name]) => name !== 'contents')].slice(0, 100));
}

/** Each is the most that one bound lets through, or just beyond it. */
function hostilePolicies(): Readonly<Record<string, string>> {
  const list = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, n) => line(n)).join('');
  const patterns = (count: number, source: (index: number) => string): string =>
    `${simple}claim_pattern:\n${list(count, (n) => `  c${n}: '${source(n)}'\n`)}`;
  return {
    'fifty counted classes, all the same': patterns(50, () => '[a-z0-9_./-]{1,45}'),
    'as many different counted classes as pass': patterns(60, (n) => `[a-z0-9_./-]{1,45}${n}`),
    'four letters a thousand times': patterns(4, (n) => `${'abcd'.charAt(n)}{1000}`),
    'a hundred small groups': patterns(100, (n) => `(a|b){1,9}x{2}${n}`),
    'two thousand keys': list(1990, (n) => `k${n}: v\n`),
    'runs of blank lines': list(7000, () => 'a: b\n\n\n\n'),
    'blank lines': list(60_000, () => '\n'),
    'lists where texts belong': `${simple.replace('  contents: read\n', '')}${list(600, (n) => `  "$value${n}": [x]\n`)}`,
  };
}

/** As many permissions as there are, fifty patterns, each of them matching. */
function heavyPolicy(): string {
  const patterns = ['repository', 'ref', 'repository_owner', 'event_name', 'actor'];
  const names = Array.from({ length: 50 }, (_, index) => `claim_${index}`);
  return [
    `issuer: ${github.actionsIssuer.issuer}`,
    `subject_pattern: 'repo:acme/(app|lib-[0-9]+):ref:refs/heads/(main|release/[a-z0-9.-]+)'`,
    'claim_pattern:',
    ...patterns.map((name) => `  ${name}: '[A-Za-z0-9_./-]{1,60}'`),
    ...names.slice(patterns.length).map((name) => `  ${name}: '(alpha|beta|[a-z]+)-[0-9]{1,4}'`),
    'permissions:',
    ...Object.entries(permissions).map(([name, level]) => `  ${name}: ${level}`),
    'repositories: [app]',
    '',
  ].join('\n');
}
