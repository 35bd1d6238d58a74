import { hasUnescapedHostDot } from '../pattern-style.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const unescapedDot: LintRule = ({ patterns }) =>
  patterns
    .filter(({ of, text }) => hasUnescapedHostDot(text, of === 'issuer'))
    .map(({ path, name }) =>
      warning(
        'unescaped-dot',
        path,
        `${name} has a dot in a host name that matches any character.`,
        'Write \\. for a dot.',
      ),
    );
