import assert from 'node:assert/strict';
import { availableParallelism, hostname } from 'node:os';
import { describe, it } from 'node:test';
import { defaultBudgetLimits } from '../src/http/index.ts';
import {
  describeConfig,
  readClientApplicationConfig,
  readClientConfig,
  readConfig,
  readServerApplicationConfig,
  type Config,
  type Environment,
} from '../src/config.ts';

const home: Environment = { HOME: '/home/ada' };

function read(environment: Environment): Config {
  const reading = readConfig({ ...home, ...environment });
  if (reading.kind === 'invalid') assert.fail(reading.problems.join('\n'));
  return reading.config;
}

function problemsOf(environment: Environment): string[] {
  const reading = readConfig({ ...home, ...environment });
  return reading.kind === 'invalid' ? reading.problems : [];
}

describe('readConfig', () => {
  it('has a default for everything', () => {
    const config = read({});
    const { dataDirectory, evaluatorThreads, ...rest } = config;
    assert.deepEqual(rest, {
      httpHost: '127.0.0.1',
      httpPort: 8080,
      allowedHosts: [],
      allowedOrigins: [],
      logLevel: 'info',
      retentionDays: 7,
      jobOperationsMax: 50_000_000,
      uploadBytesMax: 4_294_967_296,
      jobCostBase: 72_000_000_000,
      jobCostPerOperation: 50,
      probePort: undefined,
      authentication: undefined,
      operatorTokenFile: undefined,
      authIssuer: undefined,
      authAudience: undefined,
      authJwksUri: undefined,
      authTenantClaim: undefined,
      authRoleClaim: 'role',
      auditLog: undefined,
      addressShare: 0.5,
      trustedProxies: [],
      connectionsMax: 10_000,
      uploadsMax: 256,
      downloadsMax: 256,
      followersMax: 4_000,
      decoderBytesMax: 67_108_864,
      bodyBytesMax: 33_554_432,
      uploadRateMin: 100,
      downloadRateMin: 512,
      instanceId: hostname(),
      serviceName: 'standalone',
      isTelemetryDisabled: false,
      tracesEndpoint: undefined,
      metricsEndpoint: undefined,
      metricIntervalMs: 30_000,
      metricTimeoutMs: 10_000,
      tracesSampler: 'always_off',
      tracesSamplerRatio: 1,
      resourceAttributes: {},
    });
    assert.match(dataDirectory, /^\/home\/ada\/.*mathmill$/);
    assert.equal(evaluatorThreads, availableParallelism());
  });

  it('has the defaults of the budgets that the server has', () => {
    const config: Partial<Record<string, unknown>> = read({});
    for (const [name, value] of Object.entries(defaultBudgetLimits)) {
      if (name in config) assert.deepEqual(config[name], value, name);
    }
  });

  it('takes an empty or blank value as not set', () => {
    const names = describeConfig()
      .filter(({ readBy }) => readBy.includes('standalone'))
      .map(({ name }) => name);
    for (const blank of ['', '  ']) {
      assert.deepEqual(read(Object.fromEntries(names.map((name) => [name, blank]))), read({}));
    }
  });

  it('puts the data of a Linux user where XDG_DATA_HOME says', { skip: process.platform !== 'linux' }, () => {
    assert.equal(read({ XDG_DATA_HOME: '/srv/data' }).dataDirectory, '/srv/data/mathmill');
    assert.equal(read({ XDG_DATA_HOME: '' }).dataDirectory, '/home/ada/.local/share/mathmill');
    assert.equal(read({ XDG_DATA_HOME: '/srv/data', DATA_DIR: './data' }).dataDirectory, './data');
  });

  const good: readonly (readonly [string, string, Partial<Config>])[] = [
    ['HTTP_HOST', '::1', { httpHost: '::1' }],
    ['HTTP_HOST', 'localhost', { httpHost: 'localhost' }],
    ['HTTP_HOST', '[::1]', { httpHost: '::1' }],
    ['HTTP_PORT', '0', { httpPort: 0 }],
    ['HTTP_PORT', ' 65535 ', { httpPort: 65_535 }],
    ['EVALUATOR_THREADS', '1', { evaluatorThreads: 1 }],
    ['ALLOWED_ORIGINS', 'https://a.example', { allowedOrigins: ['https://a.example'] }],
    [
      'ALLOWED_ORIGINS',
      'https://A.example:443/, http://localhost:3000,,https://a.example',
      { allowedOrigins: ['https://a.example', 'http://localhost:3000'] },
    ],
    ['ALLOWED_HOSTS', '*', { allowedHosts: ['*'] }],
    [
      'ALLOWED_HOSTS',
      'Calc.example.com, *.example.org:8443,, [::1]:8080, 10.0.0.1, calc.example.com',
      { allowedHosts: ['calc.example.com', '*.example.org:8443', '[::1]:8080', '10.0.0.1'] },
    ],
    ['LOG_LEVEL', 'DEBUG', { logLevel: 'debug' }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['RETENTION_DAYS', '0', { retentionDays: 0 }],
    ['RETENTION_DAYS', '0.5', { retentionDays: 0.5 }],
    ['JOB_OPERATIONS_MAX', '134217727', { jobOperationsMax: 134_217_727 }],
    ['JOB_OPERATIONS_MAX', '1_000_000', { jobOperationsMax: 1_000_000 }],
    ['JOB_OPERATIONS_MAX', '50,000', { jobOperationsMax: 50_000 }],
    ['UPLOAD_BYTES_MAX', '1048576', { uploadBytesMax: 1_048_576 }],
    ['UPLOAD_BYTES_MAX', '4GiB', { uploadBytesMax: 4_294_967_296 }],
    ['UPLOAD_BYTES_MAX', '500MB', { uploadBytesMax: 500_000_000 }],
    ['UPLOAD_BYTES_MAX', '1.5 kib', { uploadBytesMax: 1536 }],
    ['PROBE_PORT', '8081', { probePort: 8081 }],
    ['ADDRESS_SHARE', '1', { addressShare: 1 }],
    ['ADDRESS_SHARE', '.25', { addressShare: 0.25 }],
    ['TRUSTED_PROXIES', '10.0.0.0/8, ::1,10.0.0.0/8', { trustedProxies: ['10.0.0.0/8', '::1'] }],
    ['CONNECTIONS_MAX', '50,000', { connectionsMax: 50_000 }],
    ['DECODER_BYTES_MAX', '256MiB', { decoderBytesMax: 268_435_456 }],
    ['UPLOAD_RATE_MIN', '0', { uploadRateMin: 0 }],
    ['JOB_COST_BASE', '0', { jobCostBase: 0 }],
    ['INSTANCE_ID', 'mill-1', { instanceId: 'mill-1' }],
    ['OTEL_SERVICE_NAME', 'mill', { serviceName: 'mill' }],
    ['OTEL_SDK_DISABLED', 'TRUE', { isTelemetryDisabled: true }],
    ['OTEL_METRIC_EXPORT_INTERVAL', '1000', { metricIntervalMs: 1_000 }],
    ['OTEL_METRIC_EXPORT_TIMEOUT', '500', { metricTimeoutMs: 500 }],
    ['OTEL_TRACES_SAMPLER', 'parentbased_traceidratio', { tracesSampler: 'parentbased_traceidratio' }],
    ['OTEL_TRACES_SAMPLER_ARG', '0.1', { tracesSamplerRatio: 0.1 }],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'http://jaeger:4318/v1/traces',
      { tracesEndpoint: new URL('http://jaeger:4318/v1/traces') },
    ],
    [
      'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
      'http://prometheus:9090/api/v1/otlp/v1/metrics',
      { metricsEndpoint: new URL('http://prometheus:9090/api/v1/otlp/v1/metrics') },
    ],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      'deployment.environment.name=test, team=a%20b,',
      { resourceAttributes: { 'deployment.environment.name': 'test', team: 'a b' } },
    ],
    ['JOB_COST_PER_OPERATION', '100', { jobCostPerOperation: 100 }],
  ];
  for (const [name, text, expected] of good) {
    it(`takes ${name}=${text}`, () => assert.deepEqual(read({ [name]: text }), { ...read({}), ...expected }));
  }

  describe('on an address that other machines reach', () => {
    for (const [text, httpHost] of [
      ['0.0.0.0', '0.0.0.0'],
      ['[::]', '::'],
      ['192.0.2.1', '192.0.2.1'],
      ['mill-1.example.com', 'mill-1.example.com'],
    ] as const) {
      it(`needs to know whom to serve at ${text}`, () => {
        const [problem = '', ...others] = problemsOf({ HTTP_HOST: text });
        assert.deepEqual(others, []);
        assert.ok(
          problem.startsWith(`HTTP_HOST ${httpHost} lets other machines connect, and AUTHENTICATION is not set`),
        );
        assert.match(problem, /set AUTHENTICATION=tokens .*, or AUTHENTICATION=none/);
        for (const authentication of ['none', 'tokens'] as const) {
          const config = read({ HTTP_HOST: text, AUTHENTICATION: authentication });
          assert.deepEqual([config.httpHost, config.authentication], [httpHost, authentication]);
        }
      });
    }

    it('is the same for a client-application, and not for a server-application, which serves no users', () => {
      const cluster = { ...home, HTTP_HOST: '0.0.0.0', KAFKA_URI: 'k:9092', MONGODB_URI: 'mongodb://m' };
      assert.equal(readClientApplicationConfig(cluster).kind, 'invalid');
      assert.equal(readClientApplicationConfig({ ...cluster, AUTHENTICATION: 'tokens' }).kind, 'ok');
      assert.equal(readServerApplicationConfig(cluster).kind, 'ok');
    });
  });

  it('needs to know the provider, and takes one only where its tokens are accepted', () => {
    const provider = { AUTH_ISSUER: 'https://login.example.com', AUTH_AUDIENCE: 'mathmill' };
    assert.equal(read({ ...provider, AUTHENTICATION: 'oidc' }).authIssuer, 'https://login.example.com');
    assert.deepEqual(problemsOf({ AUTHENTICATION: 'oidc' }), [
      'AUTH_ISSUER must be given with AUTHENTICATION=oidc',
      'AUTH_AUDIENCE must be given with AUTHENTICATION=oidc',
    ]);
    assert.equal(problemsOf({ ...provider, AUTHENTICATION: 'tokens' }).length, 2);
    for (const url of ['http://login.example.com', 'login.example.com', 'https://u:p@login.example.com']) {
      const [problem = ''] = problemsOf({ ...provider, AUTHENTICATION: 'oidc', AUTH_ISSUER: url });
      assert.match(problem, /^AUTH_ISSUER must be a URL that begins with https/);
    }
    assert.deepEqual(problemsOf({ ...provider, AUTHENTICATION: 'oidc', AUTH_ISSUER: 'http://127.0.0.1:8090' }), []);
  });

  it('takes the token of an operator only where tokens are needed', () => {
    const given = { OPERATOR_TOKEN_FILE: '/run/token' };
    assert.match(problemsOf(given).join(), /^OPERATOR_TOKEN_FILE is set, and AUTHENTICATION is not tokens or oidc/);
    assert.equal(read({ ...given, AUTHENTICATION: 'tokens' }).operatorTokenFile, '/run/token');
  });

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['AUTHENTICATION', 'token', /must be one of none, tokens, oidc/],
    ['HTTP_HOST', '127.0.0.1:8080', /IP address or a host name, without a port/],
    ['HTTP_HOST', '256.1.1.1', /IP address or a host name/],
    ['HTTP_HOST', 'http://localhost', /IP address or a host name/],
    ['HTTP_PORT', '65536', /integer from 0 to 65,535, not "65536"/],
    ['HTTP_PORT', '-1', /integer/],
    ['HTTP_PORT', '80.5', /integer/],
    ['HTTP_PORT', '0x50', /integer/],
    ['EVALUATOR_THREADS', '0', /integer from 1 to/],
    ['ALLOWED_HOSTS', 'https://calc.example.com', /host names like/],
    ['ALLOWED_HOSTS', 'calc.*.com', /host names like/],
    ['ALLOWED_HOSTS', 'calc.example.com/api', /host names like/],
    ['ALLOWED_HOSTS', '[::zz]', /host names like/],
    ['ALLOWED_ORIGINS', '*', /web origins/],
    ['ALLOWED_ORIGINS', 'null', /web origins/],
    ['ALLOWED_ORIGINS', 'reports.example.com', /web origins/],
    ['ALLOWED_ORIGINS', 'https://a.example/path', /web origins/],
    ['ALLOWED_ORIGINS', 'https://user@a.example', /web origins/],
    ['ALLOWED_ORIGINS', 'file:///tmp', /web origins/],
    ['LOG_LEVEL', 'loud', /one of fatal, error, warn, info, debug, trace, silent, not "loud"/],
    ['RETENTION_DAYS', '-1', /number of days/],
    ['RETENTION_DAYS', 'NaN', /number of days/],
    ['RETENTION_DAYS', '1e9', /number of days/],
    ['JOB_OPERATIONS_MAX', '0', /integer from 1 to 134,217,727/],
    ['JOB_OPERATIONS_MAX', '134217728', /integer from 1 to 134,217,727/],
    ['JOB_OPERATIONS_MAX', '1,2', /integer/],
    ['UPLOAD_BYTES_MAX', '0', /size of at least 1 byte/],
    ['UPLOAD_BYTES_MAX', '4 furlongs', /size of at least 1 byte/],
    ['UPLOAD_BYTES_MAX', 'GiB', /size of at least 1 byte/],
    ['UPLOAD_BYTES_MAX', '99999999TiB', /size of at least 1 byte/],
    ['PROBE_PORT', '0', /integer from 1/],
    ['ADDRESS_SHARE', '0', /above 0 and up to 1/],
    ['ADDRESS_SHARE', '1.5', /above 0 and up to 1/],
    ['TRUSTED_PROXIES', 'proxy.example', /IP addresses or networks/],
    ['TRUSTED_PROXIES', '10.0.0.0/33', /IP addresses or networks/],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8', /IP addresses or networks/],
    ['UPLOADS_MAX', '0', /integer from 1/],
    ['BODY_BYTES_MAX', '1MiB', /at least 16MiB/],
    ['JOB_COST_BASE', 'much', /integer/],
    ['OTEL_SDK_DISABLED', 'yes', /true or false, not "yes"/],
    ['OTEL_TRACES_SAMPLER', 'sometimes', /one of always_off, always_on,/],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5', /number from 0 to 1/],
    ['OTEL_TRACES_SAMPLER_ARG', 'a tenth', /number from 0 to 1/],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', /integer from 100 to/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'jaeger:4318', /address of a server/],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', '/metrics', /address of a server/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'production', /pairs such as/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', /pairs such as/],
    ['JOB_COST_PER_OPERATION', '2000001', /integer from 0 to 2,000,000/],
  ];
  for (const [name, text, expected] of bad) {
    it(`refuses ${name}=${text}`, () => {
      const problems = problemsOf({ [name]: text });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', new RegExp(`^${name} must be `));
      assert.match(problems[0] ?? '', expected);
    });
  }

  it('takes a folder as it is, and no tilde that nothing has replaced', () => {
    for (const path of ['~', '~/mill', '/srv/\0']) {
      assert.match(problemsOf({ DATA_DIR: path })[0] ?? '', /^DATA_DIR must not (?:begin with "~"|contain a NUL)/);
    }
    for (const path of ['./~', '~mill', '/srv/~', 'a b']) assert.equal(read({ DATA_DIR: path }).dataDirectory, path);
  });

  it('lists every problem at once', () => {
    const problems = problemsOf({ HTTP_PORT: 'http', LOG_LEVEL: 'loud', RETENTION_DAYS: 'some' });
    assert.deepEqual(
      problems.map((problem) => problem.split(' ')[0]),
      ['HTTP_PORT', 'LOG_LEVEL', 'RETENTION_DAYS'],
    );
  });
});

describe('a message about a setting', () => {
  const readers = [readConfig, readClientApplicationConfig, readServerApplicationConfig, readClientConfig];
  const values = [
    'nonsense://ada:hunter2@host:1/path',
    'ada:hunter2@host',
    '//ada:hunter2@host,second',
    'http://ada:hun@ter2-hunter2@host/#x',
    'http://ada:hunter2%40host:x',
    'http://ada:h?hunter2@host',
    'https://host/v1?api-key=hunter2',
    'https://host/v1#hunter2',
    'mongodb://ada:hunter2@host:1,other:2/mill?tls=hunter2',
  ];

  it('shows no password and no token, whatever the setting', () => {
    const names = describeConfig().map(({ name }) => name);
    for (const value of values) {
      const environment = { ...home, ...Object.fromEntries(names.map((name) => [name, value])) };
      const problems = readers.flatMap((reader) => {
        const reading = reader(environment);
        return reading.kind === 'invalid' ? reading.problems : [];
      });
      assert.ok(problems.length > 20, value);
      assert.doesNotMatch(problems.join('\n'), /hunter2/, value);
    }
  });

  it('shows the rest of the value', () => {
    const [problem] = problemsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://ada:hunter2@host:1/path?a=b' });
    assert.match(problem ?? '', /, not "ftp:\/\/\*\*\*@host:1\/path\?\*\*\*"$/);
  });
});

describe('readClientConfig', () => {
  it('finds the server on this machine unless told otherwise', () => {
    const reading = readClientConfig({});
    assert.equal(reading.kind === 'ok' && reading.config.serverUrl.href, 'http://127.0.0.1:8080/');
  });

  it('keeps the path of a server behind a proxy', () => {
    const reading = readClientConfig({ MATHMILL_URL: 'https://example.com/mathmill/' });
    assert.equal(reading.kind === 'ok' && reading.config.serverUrl.href, 'https://example.com/mathmill/');
  });

  for (const text of ['localhost:8080', 'ftp://example.com', 'nonsense', 'http://a/?b', 'http://']) {
    it(`refuses MATHMILL_URL=${text}`, () => {
      const reading = readClientConfig({ MATHMILL_URL: text });
      assert.deepEqual(reading, {
        kind: 'invalid',
        problems: [
          `MATHMILL_URL must be the address of a server, such as http://127.0.0.1:8080, not ${JSON.stringify(text.replace('?b', '?***'))}`,
        ],
      });
    });
  }
});

describe('the settings of the cluster', () => {
  it('have messages enough at hand to keep evaluators and the store busy', () => {
    const client = readClientApplicationConfig({});
    const server = readServerApplicationConfig({});
    assert.ok(client.kind === 'ok' && server.kind === 'ok');
    assert.equal(client.config.consumerConcurrency, 256);
    assert.equal(server.config.consumerConcurrency, 256);
    assert.equal(client.config.mongodbUri, 'mongodb://127.0.0.1:27017/mathmill');
    assert.deepEqual(server.config.kafkaUri, ['127.0.0.1:9092']);
  });

  it('take brokers as a list, each once', () => {
    const reading = readServerApplicationConfig({
      KAFKA_URI: 'kafka-1:9092, kafka://kafka-2:9093,kafka-1:9092,[::1]:9',
    });
    assert.ok(reading.kind === 'ok');
    assert.deepEqual(reading.config.kafkaUri, ['kafka-1:9092', 'kafka-2:9093', '[::1]:9']);
  });

  for (const text of [',', 'kafka-1', 'kafka-1:', ':9092', 'kafka-1:99999', 'http://kafka-1:9092', 'a b:1']) {
    it(`refuse the brokers ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readServerApplicationConfig({ KAFKA_URI: text }), {
        kind: 'invalid',
        problems: [`KAFKA_URI must be brokers as host:port, separated by commas, not ${JSON.stringify(text)}`],
      });
    });
  }

  it('never repeat a connection string, which may hold a password', () => {
    assert.deepEqual(readClientApplicationConfig({ MONGODB_URI: 'mongo://ada:secret@host/' }), {
      kind: 'invalid',
      problems: ['MONGODB_URI must be a connection string that begins with mongodb:// or mongodb+srv://'],
    });
  });

  it('take only names that can be shown everywhere as names of instances', () => {
    const reading = readServerApplicationConfig({ INSTANCE_ID: 'server 1' });
    assert.deepEqual(reading, {
      kind: 'invalid',
      problems: ['INSTANCE_ID must be a name of letters, digits, dots, dashes and underscores, not "server 1"'],
    });
  });
});

describe('describeConfig', () => {
  it('has one complete row for each variable', () => {
    const rows = describeConfig();
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    for (const row of rows) {
      assert.match(row.name, /^[A-Z][A-Z_]+$/);
      assert.match(row.description, /^[A-Z].*\.$/);
      assert.notEqual(row.default, '');
    }
  });

  it('says defaults that read as the defaults they are', () => {
    const inText = ['HTTP_HOST', 'HTTP_PORT', 'LOG_LEVEL', 'RETENTION_DAYS', 'JOB_OPERATIONS_MAX', 'UPLOAD_BYTES_MAX'];
    const rows = describeConfig().filter(({ name }) => inText.includes(name));
    assert.equal(rows.length, inText.length);
    assert.deepEqual(read(Object.fromEntries(rows.map((row) => [row.name, row.default]))), read({}));
  });
});
