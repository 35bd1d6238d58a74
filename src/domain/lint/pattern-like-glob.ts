import { looksLikeGlob, withoutGlobStars } from '../pattern-style.ts';
import { yamlText } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const patternLikeGlob: LintRule = ({ patterns }) =>
  patterns
    .filter(({ text }) => looksLikeGlob(text))
    .map(({ path, name, text }) => {
      const key = path.at(-1);
      const line = `${typeof key === 'string' ? `${key}:` : '-'} ${yamlText(withoutGlobStars(text, '[^/:]+'))}`;
      return warning(
        'pattern-like-glob',
        path,
        `${name} has a * as in a file glob; here it repeats the character before it.`,
        `For any text within one part, write: ${line}`,
      );
    });
