import type { DocumentPath } from '../fault.ts';
import { quoted } from '../fault.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** Marks of templates, and words that stand for something to be filled in. A group of a pattern may begin with `(?P<`. */
const TEMPLATE =
  /\$?\{\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\}\}|\$\{[A-Za-z_][\w.]*\}|(?<![?P])<[A-Za-z][\w -]*>|(?<![A-Za-z0-9])(?:TODO|FIXME|CHANGE_?ME|X{3,}|(?:YOUR|REPLACE)[-_][A-Z_-]+)(?![A-Za-z0-9])|__[A-Z][A-Z_]*__|%[A-Z][A-Z_]+%/;

/** What an editor or a job should have filled in. Nobody does here: the service compares it as it stands. */
export const templateLeft: LintRule = ({ conditions, fields }) => {
  const others = [
    ...(fields.repositories ?? []).map((text, index) => ({ text, path: ['repositories', index] })),
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
  return TEMPLATE.exec(text)?.[0];
}
