/** The layers of docs/architecture.md, as rules. `npm run layers` checks them. @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'domain-knows-nobody',
      severity: 'error',
      comment: 'The domain is pure: it can be judged, tested and reused without any technology.',
      from: { path: '^src/domain/' },
      to: { path: '^src/(application|infrastructure|interfaces)/' },
    },
    {
      name: 'domain-imports-only-re2js',
      severity: 'error',
      comment: 'A package is a technology. RE2 is the one part of the policy language that we do not write ourselves.',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/re2js' },
    },
    {
      name: 're2js-from-pattern-alone',
      severity: 'error',
      comment: 'One door to the engine, so that no pattern is compiled without its cost limits.',
      from: { path: '^src/', pathNot: '^src/domain/pattern\\.ts$' },
      to: { path: 'node_modules/re2js' },
    },
    {
      name: 'application-points-inward',
      severity: 'error',
      comment: 'Use cases know the domain and their own ports; adapters come to them through the container.',
      from: { path: '^src/application/' },
      to: { path: '^src/(infrastructure|interfaces)/' },
    },
    {
      name: 'application-imports-only-tsyringe',
      severity: 'error',
      comment: 'The decorators mark what is injected; no other package belongs into a use case.',
      from: { path: '^src/application/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/tsyringe' },
    },
    {
      name: 'infrastructure-does-not-know-its-drivers',
      severity: 'error',
      comment: 'An adapter that knew HTTP or the container could not be driven by a test.',
      from: { path: '^src/infrastructure/' },
      to: { path: '^src/interfaces/' },
    },
    {
      name: 'source-does-not-know-tests',
      severity: 'error',
      comment: 'What ships never depends on what checks it.',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'adapters-return-unions',
      severity: 'error',
      comment:
        'A Refusal is what a caller is told, and the application decides that. An adapter that threw one would bypass ' +
        "its port's union, so that the compiler could not ask about the case.",
      from: { path: '^src/infrastructure/' },
      to: { path: '^src/application/refusal[.]ts$' },
    },
    {
      name: 'cloudflare-from-the-worker-alone',
      severity: 'error',
      comment:
        'Another runtime brings other adapters for the same ports. Whatever imported these could run on Workers only. ' +
        'The types are global, so eslint.config.mjs watches over their names.',
      from: { path: '^src/', pathNot: '^src/(infrastructure/cloudflare/|interfaces/worker[.]ts$)' },
      to: { path: '^src/infrastructure/cloudflare/|@cloudflare/|^cloudflare:|worker-configuration' },
    },
    {
      name: 'one-container',
      severity: 'error',
      comment: 'One file knows which class stands behind which port. Elsewhere a port is asked for by its token.',
      from: { path: '^src/', pathNot: '^src/interfaces/(container|isolate|scheduled-check|serve|warm-up)[.]ts$' },
      to: { path: '^src/interfaces/container[.]ts$' },
    },
    {
      name: 'http-and-webhook-are-neighbours',
      severity: 'error',
      comment:
        'Callers drive http/, GitHub drives webhook/. serve.ts brings them together, and what both need (how a body is ' +
        'read, what is refused before a use case) stands above them. Else each grows into the other.',
      from: { path: '^src/interfaces/(http|webhook)/' },
      to: { path: '^src/interfaces/(http|webhook)/', pathNot: '^src/interfaces/$1/' },
    },
    {
      name: 'page-judges-by-the-domain',
      severity: 'error',
      comment:
        'The page runs in a browser, so it takes what is pure: the domain, what reads policies, and what explains a ' +
        'verdict. Whatever else it took would ship the server to everybody, or not run there.',
      from: { path: '^page/' },
      to: {
        path: '^src/',
        pathNot: '^src/(domain/|infrastructure/(yaml|json)/|application/(exchange/explanation|refusal)[.]ts$)',
      },
    },
    {
      name: 'page-takes-no-package',
      severity: 'error',
      comment: 'Its size is bounded, and what runs beside pasted tokens is ours or came with the domain.',
      from: { path: '^page/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'] },
    },
    {
      name: 'source-does-not-know-the-page',
      severity: 'error',
      comment: 'The page is a client of the domain.',
      from: { path: '^src/' },
      to: { path: '^page/' },
    },
    {
      name: 'one-technology-a-folder',
      severity: 'error',
      comment:
        "A folder of infrastructure is one technology. The cache's rules must hold for every store, so they name none. " +
        'JSON is how values are written in all of them.',
      from: { path: '^src/infrastructure/cache/' },
      to: { path: '^src/infrastructure/(?!(cache|json)/)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle is one module in two files.',
      from: { path: '^(src|page)/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nothing reaches does nothing. Declarations are reached by the compiler alone.',
      from: { orphan: true, path: '^(src|page)/', pathNot: '[.]d[.]ts$' },
      to: {},
    },
    {
      name: 'no-barrels-no-utils',
      severity: 'error',
      comment: 'A barrel hides who needs what; a utils folder has no meaning.',
      from: {},
      to: { path: '(^src/index[.]ts$|^src/.+/index[.]ts$|^src/.*/utils?/|^src/.*/helpers?/)' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'An import that does not resolve is a typing mistake.',
      from: { path: '^(src|page)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-source',
      severity: 'error',
      comment: 'The bundle holds what package.json lists as dependencies.',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['workerd', 'import', 'default', 'types'] },
  },
};
