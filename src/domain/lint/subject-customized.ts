import type { Condition } from '../policy-conditions.ts';
import { notice, type LintRule } from './lint-rule.ts';
import { mendedSubject, writeInstead } from './subject-never-matches.ts';

/** A form that only a repository or project with a subject of its own issues: more often a part was forgotten. */
export const subjectCustomized: LintRule = (policy) => {
  const { provider } = policy;
  const usual = provider?.usualSubject;
  if (provider === undefined || usual === undefined) return [];
  return policy.subjects
    .filter((subject) => policy.shares(subject, provider.subject) && !policy.shares(subject, usual))
    .flatMap((subject) => {
      const repair = beginsAsUsual(subject) ? mendedSubject(policy, subject, provider) : undefined;
      if (repair === undefined) return [];
      const { path, name } = subject;
      return [
        notice(
          'subject-customized',
          path,
          `${name} matches only where the subject was customised at ${provider.name}.`,
          `Without that, for one. ${writeInstead(repair)}`,
        ),
      ];
    });
};

function beginsAsUsual({ text }: Condition): boolean {
  return /^\^?(?:repo|project_path):/.test(text);
}
