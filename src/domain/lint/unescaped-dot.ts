import { dotsMeant, hostRange, withEscapedDots } from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import { yamlText } from '../written-policy.ts';
import { notice, warning, type LintRule } from './lint-rule.ts';

/** A dot that matches any character, where a dot is meant. Where others could then be matched, it is dangerous. */
export const unescapedDot: LintRule = ({ patterns }) =>
  patterns.flatMap((pattern) => {
    const { path, name, text } = pattern;
    const dots = dotsMeant(text);
    if (dots.length === 0) return [];
    const ranges = othersNames(pattern);
    const isOthers = dots.some((at) => ranges.some(([start, end]) => at >= start && at < end));
    const value = withEscapedDots(text, dots);
    const repair = { path, value };
    const key = path.at(-1);
    const advice = `Write: ${typeof key === 'string' ? `${key}:` : '-'} ${yamlText(value)}`;
    return [
      isOthers
        ? warning(
            'unescaped-dot',
            path,
            `${name} has a dot in a name that somebody else could register without it: it matches any character.`,
            advice,
            repair,
          )
        : notice('unescaped-dot', path, `${name} has a dot that matches any character.`, advice, repair),
    ];
  });

type Range = readonly [start: number, end: number];

/** Hosts, owners and repositories: whoever registers a name with another character in place of the dot is matched. */
function othersNames({ of, claim, text }: Condition): readonly Range[] {
  const host = hostRange(text, of === 'issuer');
  const start = REPOSITORY_AT.exec(text)?.[0].length ?? 0;
  const names = repositoryEnd(of, claim, text, start);
  return [...(host === undefined ? [] : [host]), ...(names === undefined ? [] : [[start, names] as const])];
}

const REPOSITORY_AT = /^\^?(?:\(\?:|\()?(?:repo|project_path):/;

function repositoryEnd(
  of: Condition['of'],
  claim: string | undefined,
  text: string,
  start: number,
): number | undefined {
  if (of === 'subject' && start > 0) return endAt(text, ':', start);
  if (claim === 'repository' || claim === 'repository_owner' || claim === 'project_path') return text.length;
  if (claim === 'job_workflow_ref' || claim === 'workflow_ref') return endAt(text, '/', text.indexOf('/') + 1);
  return undefined;
}

function endAt(text: string, separator: string, from: number): number {
  const at = text.indexOf(separator, from);
  return at < 0 ? text.length : at;
}
