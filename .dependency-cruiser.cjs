/**
 * The arrows of the architecture (docs/architecture.md): entry points → http, cli, adapters → tables → engine → jobs, expression.
 * test/architecture proves that each rule catches a planted violation.
 */
const entryPoints = '^src/(standalone|client-application|server-application|migrate|backup|check|tokens)[.]ts$';

/** A folder is entered through its index, or its basics: a part of the index that loads fast. */
const throughTheIndex = (folder) => ({
  name: `entry-${folder.replaceAll('/', '-')}`,
  comment: `src/${folder} is used through its index.ts or basics.ts`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${folder}/` },
  to: { path: `^src/${folder}/`, pathNot: `^src/${folder}/(index|basics)[.]ts$` },
});

const only = (folder, allowed) => ({
  name: `arrows-${folder.replaceAll('/', '-')}`,
  comment: `src/${folder} may use only itself${allowed.map((other) => `, src/${other}`).join('')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: [folder, ...allowed].map((other) => `^src/${other}(/|[.]ts$)`) },
});

const pure = (folder) => ({
  name: `pure-${folder}`,
  comment: `src/${folder} has no I/O: it uses neither Node's modules nor packages`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
});

module.exports = {
  forbidden: [
    only('client', []),
    only('mcp', ['client', 'expression']),
    only('expression', []),
    only('jobs', []),
    only('engine', ['jobs']),
    only('tables', ['engine', 'jobs', 'expression']),
    only('formats', ['engine', 'jobs', 'expression']),
    only('access', ['engine', 'jobs']),
    only('store/sqlite', ['access', 'engine', 'jobs']),
    only('store/mongo', ['access', 'engine', 'jobs']),
    only('bus/memory', ['engine', 'jobs']),
    only('bus/kafka', ['engine', 'jobs']),
    only('evaluator-pool', ['tables', 'engine', 'jobs', 'expression']),
    only('http', ['access', 'engine', 'jobs', 'expression', 'formats', 'loopback']),
    only('telemetry', [
      'engine',
      'jobs',
      'expression',
      'http',
      'config-telemetry',
      'config-values',
      'package-version',
      'printable',
    ]),
    pure('client'),
    pure('expression'),
    pure('jobs'),
    pure('engine'),
    pure('tables'),
    ...[
      'client',
      'expression',
      'jobs',
      'engine',
      'tables',
      'formats',
      'access',
      'mcp',
      'store/sqlite',
      'store/mongo',
      'bus/memory',
      'bus/kafka',
      'evaluator-pool',
      'http',
      'telemetry',
    ].map(throughTheIndex),
    {
      name: 'web-uses',
      comment:
        'the page runs what is pure in the sources; of the API it takes the types, which leave nothing in the script',
      severity: 'error',
      from: { path: '^web/src/' },
      to: {
        path: '^src/',
        pathNot: '^src/(jobs|expression)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'web-pages',
      comment: 'pages share parts, and nothing with each other',
      severity: 'error',
      from: { path: '^web/src/pages/([^/]+)/' },
      to: { path: '^web/src/pages/', pathNot: '^web/src/pages/$1/' },
    },
    {
      name: 'web-parts',
      comment: 'parts of pages and the client of the API know no page',
      severity: 'error',
      from: { path: '^web/src/(parts|api)/' },
      to: { path: '^web/src/pages/' },
    },
    {
      name: 'wiring',
      comment: 'adapters are chosen in the entry points only',
      severity: 'error',
      from: { path: '^src/', pathNot: [entryPoints, '^src/(store|bus)/'] },
      to: { path: '^src/(store|bus)/' },
    },
    {
      name: 'telemetry-sdk',
      comment: 'only src/telemetry knows the SDK of OpenTelemetry; others use its API',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: '@opentelemetry/(?!api/)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
