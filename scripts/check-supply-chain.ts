/** `npm run supply-chain`: versions, licences, documentation and advisories of what we depend on, without a network. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { affected, readReview, unreviewed } from './supply-chain/advisories.ts';
import { isAccepted } from './supply-chain/licences.ts';
import { readLockFile, readManifest, type LockedPackage } from './supply-chain/lock-file.ts';
import { unpinnedActions } from './supply-chain/pinned-actions.ts';

const root = join(import.meta.dirname, '..');
const packages = readLockFile(root);
const runTime = packages.filter(({ isRunTime }) => isRunTime);
const review = readReview();
/** Older than that, the review of advisories is worth little. A warning: time alone must not fail a build. */
const REVIEW_DAYS = 90;

const problems = [
  ...inexactVersions(),
  ...packages.flatMap(withoutHash),
  ...packages.flatMap(licenceProblems),
  ...undocumented(readFileSync(join(root, 'docs/dependencies.md'), 'utf8')),
  ...unreviewed(packages, review),
  ...affected(packages, review.advisories),
  ...unpinnedExamples(),
];
const ageDays = Math.floor((Date.now() - Date.parse(review.reviewed)) / 86_400_000);
if (ageDays > REVIEW_DAYS)
  console.warn(`The advisories were last reviewed ${ageDays} days ago (docs/dependencies.md).`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else
  console.log(
    `${packages.length} packages: licences accepted. ${runTime.length} at run time: exact, documented, no advisory of ${review.reviewed} holds.`,
  );

/** A range would let an install without the lock file take what nobody has looked at. */
function inexactVersions(): readonly string[] {
  return Object.entries(readManifest(root).dependencies)
    .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
    .map(([name, version]) => `package.json: ${name} ${version} is no exact version`);
}

/** Without one, npm takes whatever a registry hands out. */
function withoutHash({ path, integrity }: LockedPackage): readonly string[] {
  return integrity?.startsWith('sha512-') === true ? [] : [`package-lock.json: ${path} has no SHA-512`];
}

/** What the lock file says, and what the installed manifest says: a package for another platform has only the former. */
function licenceProblems({ path, licence, isRunTime, isOptional }: LockedPackage): readonly string[] {
  const use = isRunTime ? 'run-time' : 'tool';
  const file = join(root, path, 'package.json');
  const problem = (text: string): readonly string[] => [`${path}: ${text}`];
  if (!isAccepted(licence, use)) return problem(`licence ${licence ?? 'missing'} is not accepted for a ${use} package`);
  if (!existsSync(file)) return isOptional ? [] : problem('is not installed: run npm ci');
  const installed = (JSON.parse(readFileSync(file, 'utf8')) as { readonly license?: unknown }).license;
  return installed === licence ? [] : problem(`the lock file says ${licence ?? ''}, the package says otherwise`);
}

function unpinnedExamples(): readonly string[] {
  return globSync(['*.md', 'docs/**/*.md', 'action/*.md'], { cwd: root }).flatMap((file) =>
    unpinnedActions(readFileSync(join(root, file), 'utf8')).map(
      (action) => `${file}: ${action} is not pinned by commit`,
    ),
  );
}

/** A row for every run-time package, with its version and licence. */
function undocumented(document: string): readonly string[] {
  return runTime
    .filter(({ name, version, licence }) => !document.includes(`| \`${name}\` | ${version} | ${licence ?? ''} |`))
    .map(({ name, version, licence }) => `docs/dependencies.md: no row for ${name} ${version}, ${licence ?? ''}`);
}
