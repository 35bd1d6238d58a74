import type { DocumentPath } from '../fault.ts';
import { quoted } from '../fault.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** No value that is longer matches anything. */
const MAX_SEARCHED_CHARACTERS = 2000;
/** Marks of templates. A group of a pattern may begin with `(?P<`, a class be `\p{Lu}`, a repetition `{2}`. */
const MARKS =
  /\$?\{\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\}\}|\$?\$\{[A-Za-z_][\w.]*\}|(?<!\\[pPx])\{[A-Za-z_]\w*\}|(?<![?P])<[A-Za-z][\w -]*>|%\([a-z_]+\)s|\$[A-Z][A-Z_]{2,}|__[A-Z][A-Z_]*__|%[A-Z][A-Z_]+%|\u2026/;
/** Words that stand for something to be filled in, as whole parts: those of documents, and of this project's. */
const WORDS =
  /(?<![A-Za-z0-9])(?:TODO|FIXME|CHANGE_?ME|X{3,}|(?:YOUR|REPLACE|MY)[-_][A-Z_-]+|your[-_](?:org|organi[sz]ation|owner|user|username|repo|repository|project|group|team|account|tenant|cluster)(?:[-_](?:name|id))?)(?![A-Za-z0-9])|(?<=^|[:/@])(?:OWNER|ORG|ORGANI[SZ]ATION|REPO|REPOSITORY|GROUP|PROJECT|NAMESPACE|WORKSPACE|PIPELINE|BRANCH|(?:OWNER|ORG|ORGANI[SZ]ATION|REPO|REPOSITORY|PROJECT|TENANT|USER|ACCOUNT)[-_](?:NAME|ID)|TENANT)(?=$|[:/@])/;

/** What an editor or a job should have filled in. Nobody does here: the service compares it as it stands. */
export const templateLeft: LintRule = ({ conditions, fields }) => {
  const others = [
    ...(fields.repositories?.map((text, index) => ({ text, path: ['repositories', index] })) ?? []),
    ...[...fields.permissions].map(([name, text]) => ({ text, path: ['permissions', name] })),
  ];
  return [...conditions.map(({ text, path }) => ({ text, path })), ...others].flatMap(({ text, path }) =>
    templateDoubts(text, path),
  );
};

function templateDoubts(text: string, path: DocumentPath) {
  const template = templateIn(text);
  if (template === undefined) return [];
  return [
    warning(
      'template-left',
      path,
      `Nobody fills in ${quoted(template)} here: it is compared as it stands.`,
      'Write the value itself; for several write a pattern that names what may stand there, such as [^/:]+.',
    ),
  ];
}

export function templateIn(text: string): string | undefined {
  const beginning = text.slice(0, MAX_SEARCHED_CHARACTERS);
  return (MARKS.exec(beginning) ?? WORDS.exec(beginning))?.[0];
}
