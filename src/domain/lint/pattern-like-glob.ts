import { looksLikeGlob } from '../pattern-style.ts';
import { yamlText } from '../written-policy.ts';
import { globAsPattern } from './glob-meaning.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const patternLikeGlob: LintRule = (policy) =>
  policy.patterns
    .filter(({ text }) => looksLikeGlob(text))
    .map((pattern) => {
      const { path, name } = pattern;
      const key = path.at(-1);
      const line = `${typeof key === 'string' ? `${key}:` : '-'} ${yamlText(globAsPattern(policy, pattern))}`;
      return warning(
        'pattern-like-glob',
        path,
        `${name} has a * as in a file glob; here it repeats the character before it.`,
        `For any text within one part, write: ${line}`,
      );
    });
