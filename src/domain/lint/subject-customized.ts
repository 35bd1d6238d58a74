import type { Condition } from '../policy-conditions.ts';
import { notice, type LintRule } from './lint-rule.ts';
import { mendedSubject, writeInstead } from './subject-never-matches.ts';

/** A form that only a repository or project with a subject of its own issues: more often a part was forgotten. */
export const subjectCustomized: LintRule = (policy) => {
  const { provider } = policy;
  const usual = provider?.usualSubject;
  if (provider === undefined || usual === undefined) return [];
  return policy.subjects
    .filter((subject) => policy.sharesAsMeant(subject, provider.subject) && !policy.sharesAsMeant(subject, usual))
    .flatMap((subject) => {
      if (!beginsAsUsual(subject)) return [];
      const repair = mendedSubject(policy, subject, provider);
      if (repair === undefined && !isWithoutRef(subject)) return [];
      const { path, name } = subject;
      const form = `Without that it has this form: ${provider.subjectExample}`;
      return [
        notice(
          'subject-customized',
          path,
          `${name} matches only where the subject was customised at ${provider.name}.`,
          repair === undefined ? form : `Without that, for one. ${writeInstead(repair)}`,
        ),
      ];
    });
};

/** GitHub has so many parts that a subject of others is hardly a slip. */
function isWithoutRef({ text }: Condition): boolean {
  return /^\^?project_path:/.test(text) && !text.includes(':ref:');
}

function beginsAsUsual({ text }: Condition): boolean {
  return /^\^?(?:repo|project_path):/.test(text);
}
