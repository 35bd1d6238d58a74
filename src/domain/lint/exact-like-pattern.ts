import { looksLikePattern } from '../pattern-style.ts';
import { warning, type LintRule } from './lint-rule.ts';

export const exactLikePattern: LintRule = ({ exactValues }) =>
  exactValues
    .filter(({ of, text }) => of !== 'issuer' && looksLikePattern(text))
    .map(({ of, path, name }) =>
      warning(
        'exact-like-pattern',
        path,
        `${name} is compared exactly, and looks like a pattern.`,
        `Write ${of}_pattern if a pattern is meant.`,
      ),
    );
