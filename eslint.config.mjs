import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const noGlobalContainer = {
  name: 'tsyringe',
  importNames: ['container', 'singleton', 'scoped', 'registry', 'autoInjectable', 'instanceCachingFactory'],
  message: 'A singleton first resolved through a request keeps that request; see docs/adr/0002.',
};

const restrictedSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Only the Worker has a default export.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
];
/** These types are global, so no rule on imports sees them. Another runtime does not have them. */
const cloudflareTypes = {
  selector:
    'TSTypeReference > Identifier[name=/^(KVNamespace|D1|R2|Durable|AnalyticsEngine|RateLimit$|Execution|Exported|Scheduled|Env$|Fetcher$)/]',
  message: 'Cloudflare types belong to src/infrastructure/cloudflare and src/interfaces/worker.ts.',
};
/** One switch over the kinds of refusal decides what the wire says. A status that is chosen elsewhere escapes it. */
const httpStatuses = [
  'Property[key.name="status"] > Literal[raw=/^[1-5][0-9]{2}$/]',
  'CallExpression[callee.name="json"] > Literal[raw=/^[1-5][0-9]{2}$/]',
  'BinaryExpression[left.name="status"] > Literal[raw=/^[1-5][0-9]{2}$/]',
].map((selector) => ({ selector, message: 'HTTP statuses stand in src/interfaces/http/wire.ts.' }));

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-cli/',
      'dist-page/',
      'node_modules/',
      '.wrangler/',
      'worker-configuration.d.ts',
      'reports/',
      'coverage/',
      'action/dist/',
      '.local/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.node.json', './tsconfig.test.json', './tsconfig.cli.json', './tsconfig.page.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/parameter-properties': 'off',
      'no-restricted-imports': ['error', { paths: [noGlobalContainer] }],
      'no-restricted-syntax': ['error', ...restrictedSyntax],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // Pure, or reached through ports: a request, a clock or a random number that comes from nowhere can't be tested.
    files: ['src/application/**/*.ts', 'src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'fetch', 'Response', 'Request', 'Headers', 'crypto', 'setTimeout', 'Date'],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/infrastructure/cloudflare/**'],
    rules: { 'no-restricted-syntax': ['error', ...restrictedSyntax, cloudflareTypes] },
  },
  {
    // The command line judges other servers' answers and writes none.
    files: ['src/interfaces/**/*.ts'],
    ignores: ['src/interfaces/http/wire.ts', 'src/interfaces/cli/**'],
    rules: { 'no-restricted-syntax': ['error', ...restrictedSyntax, cloudflareTypes, ...httpStatuses] },
  },
  { files: ['src/interfaces/worker.ts'], rules: { 'no-restricted-syntax': 'off' } },
  // The library makes a container only from its own root.
  { files: ['src/interfaces/composition.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: [
      'test/**/*.ts',
      'scripts/**/*.ts',
      'bench/**/*.ts',
      'src/interfaces/cli/**/*.ts',
      'src/infrastructure/events/console-log.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      // The Workers' types declare `Buffer` as `any`, over Node's own.
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Response: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
);
