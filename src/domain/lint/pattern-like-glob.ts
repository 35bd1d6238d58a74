import { looksLikeGlob } from '../pattern-style.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const patternLikeGlob: LintRule = ({ patterns }) =>
  patterns
    .filter(({ text }) => looksLikeGlob(text))
    .map(({ path, name }) =>
      warning(
        'pattern-like-glob',
        path,
        `${name} has a * as in a file glob; here it repeats the character before it.`,
        'Write [^/:]+ for any text within one part.',
      ),
    );
