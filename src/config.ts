/**
 * The settings of Mathmill: environment variables, each described once. Validation, defaults and the table in the
 * documentation all come from the rows below. An empty value counts as not set, since that is how compose files and
 * service managers say "nothing".
 */
import { availableParallelism } from 'node:os';
import { accessVariables, checkAccessConfig } from './config-access.ts';
import { budgetVariables } from './config-budgets.ts';
import { checkKafkaConfig, kafkaVariables } from './config-kafka.ts';
import { checkMongoConfig, mongoVariables } from './config-mongo.ts';
import { telemetryVariables } from './config-telemetry.ts';
import {
  fileVariable,
  logLevels,
  InvalidValue,
  readBytes,
  readDays,
  readFolder,
  readHost,
  readHostNames,
  readLogLevel,
  readOrigins,
  readServerUrl,
  readInteger,
  readToken,
  userDataDirectory,
  withoutSecrets,
  type Environment,
  type Variable,
} from './config-values.ts';
import { groupDigits } from './group-digits.ts';

export type { Environment } from './config-values.ts';

/** Line numbers are kept in 27 bits where they are packed with others, so no job may be larger. */
const jobOperationsLimit = 2 ** 27 - 1;
/** More threads than any one machine has; it only catches slips of the keyboard. */
const evaluatorThreadsLimit = 1024;
/** More concurrency gains nothing: a Kafka partition is handled in the order of its offsets. */
const consumerConcurrencyLimit = 1_000;

/** Every process that serves. */
const processVariables = {
  httpHost: {
    name: 'HTTP_HOST',
    description:
      'Address to listen on. The default takes connections from this machine only; 0.0.0.0 or :: take them from everywhere, and need `AUTHENTICATION`.',
    unit: '',
    defaultText: '127.0.0.1',
    fallback: () => '127.0.0.1',
    read: readHost,
  },
  httpPort: {
    name: 'HTTP_PORT',
    description: 'TCP port to listen on; 0 takes any free one.',
    unit: '',
    defaultText: '8080',
    fallback: () => 8080,
    read: (text) => readInteger(text, 0, 65_535),
  },
  logLevel: {
    name: 'LOG_LEVEL',
    description: `How much is logged: ${logLevels.map((level) => `\`${level}\``).join(', ')}.`,
    unit: '',
    defaultText: 'info',
    fallback: () => 'info',
    read: readLogLevel,
  },
} as const satisfies Record<string, Variable<unknown>>;

/** The processes that users talk to. */
const apiVariables = {
  allowedHosts: {
    name: 'ALLOWED_HOSTS',
    description:
      'Further host names by which clients may call the server, separated by commas, such as `calc.example.com`; `*.example.com` means all names below that one, `*` any name. Needed for the public name behind a proxy that passes `Host` on. Accepted without it: `localhost` and loopback addresses; unless `HTTP_HOST` is a loopback address also IP addresses, the name of the machine, and names without a dot.',
    unit: '',
    defaultText: 'none',
    fallback: () => [],
    read: readHostNames,
  },
  allowedOrigins: {
    name: 'ALLOWED_ORIGINS',
    description:
      'Web origins whose pages may use the API, separated by commas, such as `https://reports.example.com`. The server rejects pages of all other origins except its own.',
    unit: '',
    defaultText: 'none',
    fallback: () => [],
    read: readOrigins,
  },
  retentionDays: {
    name: 'RETENTION_DAYS',
    description: 'How long finished jobs are kept; fractions are fine, 0 keeps them forever.',
    unit: 'days',
    defaultText: '7',
    fallback: () => 7,
    read: readDays,
  },
  jobOperationsMax: {
    name: 'JOB_OPERATIONS_MAX',
    description: `Operations (lines) that one job may have, at most ${groupDigits(jobOperationsLimit)}. A longer upload is rejected with 413.`,
    unit: 'operations',
    defaultText: '50,000,000',
    fallback: () => 50_000_000,
    read: (text) => readInteger(text, 1, jobOperationsLimit),
  },
  uploadBytesMax: {
    name: 'UPLOAD_BYTES_MAX',
    description:
      'Size that one upload may have after decompression: bytes, or a number with a unit such as `500MB` or `4GiB`. A larger upload is rejected with 413.',
    unit: 'bytes',
    defaultText: '4GiB',
    fallback: () => 4 * 1024 ** 3,
    read: readBytes,
  },
  jobCostBase: {
    name: 'JOB_COST_BASE',
    description:
      'Computation that any job may use, whatever its size; 20,000,000 units are about one second of one core. Once a job has used this and its allowance by size, its remaining operations end with the error BUDGET.',
    unit: 'cost units',
    defaultText: '72,000,000,000 (about one hour)',
    fallback: () => 72_000_000_000,
    read: (text) => readInteger(text, 0, Number.MAX_SAFE_INTEGER),
  },
  jobCostPerOperation: {
    name: 'JOB_COST_PER_OPERATION',
    description: 'Computation that a job may use beyond `JOB_COST_BASE` for each operation it has.',
    unit: 'cost units',
    defaultText: '50',
    fallback: () => 50,
    read: (text) => readInteger(text, 0, 2_000_000),
  },
  probePort: {
    name: 'PROBE_PORT',
    description:
      'TCP port for `/health`, `/health/ready` and, standalone, `/metrics` alone, so that probes get through while users fill the other one. They stay on `HTTP_PORT` too.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): number | undefined => readInteger(text, 1, 65_535),
  },
  ...accessVariables,
  ...budgetVariables,
} as const satisfies Record<string, Variable<unknown>>;

const evaluationVariables = {
  evaluatorThreads: {
    name: 'EVALUATOR_THREADS',
    description: 'Threads that evaluate operations.',
    unit: 'threads',
    defaultText: 'the number of cores',
    fallback: () => availableParallelism(),
    read: (text) => readInteger(text, 1, evaluatorThreadsLimit),
  },
} as const satisfies Record<string, Variable<unknown>>;

/** The process that `mathmill serve` runs. */
const standaloneVariables = {
  ...processVariables,
  dataDirectory: {
    name: 'DATA_DIR',
    description:
      'Folder that holds all jobs and results, for its owner alone; created when missing. One server at a time can use it. The default is the same whatever folder the command is started in.',
    unit: '',
    defaultText:
      '`$XDG_DATA_HOME/mathmill` or `~/.local/share/mathmill` (Linux), `~/Library/Application Support/mathmill` (macOS), `%LOCALAPPDATA%\\mathmill` (Windows)',
    fallback: userDataDirectory,
    read: readFolder,
  },
  ...evaluationVariables,
  ...apiVariables,
  ...telemetryVariables('standalone'),
} as const satisfies Record<string, Variable<unknown>>;

/** Both applications of the cluster. */
const clusterVariables = {
  ...processVariables,
  ...kafkaVariables,
} as const satisfies Record<string, Variable<unknown>>;

const clientApplicationVariables = {
  ...clusterVariables,
  ...mongoVariables,
  consumerConcurrency: consumerConcurrency(),
  ...apiVariables,
  ...telemetryVariables('client-application'),
} as const satisfies Record<string, Variable<unknown>>;

const serverApplicationVariables = {
  ...clusterVariables,
  consumerConcurrency: consumerConcurrency(),
  ...evaluationVariables,
  ...telemetryVariables('server-application'),
} as const satisfies Record<string, Variable<unknown>>;

/** Settings of the commands that use a server. */
const clientVariables = {
  serverUrl: {
    name: 'MATHMILL_URL',
    description: 'Where the commands `submit`, `status`, `results`, `list`, `cancel` and `delete` find the server.',
    unit: '',
    defaultText: 'http://127.0.0.1:8080',
    fallback: () => new URL('http://127.0.0.1:8080'),
    read: readServerUrl,
  },
  token: {
    name: 'MATHMILL_TOKEN',
    description:
      'Token that these commands send, for a server that requires one. There is no option for it, because other users of the machine can read the arguments of a command.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): string | undefined => readToken(text),
    isSecret: true,
  },
  tokenFile: fileVariable(
    'MATHMILL_TOKEN_FILE',
    'File with that token, in place of `MATHMILL_TOKEN`. Line ends after the token are ignored.',
  ),
} as const satisfies Record<string, Variable<unknown>>;

/** What is wrong with the settings of a command together. */
function checkClientConfig({ serverUrl, token, tokenFile }: ClientConfig): readonly string[] {
  if (token !== undefined && tokenFile !== undefined) {
    return ['MATHMILL_TOKEN and MATHMILL_TOKEN_FILE are both set: remove one of them'];
  }
  const hasPassword = serverUrl.username !== '' || serverUrl.password !== '';
  if (!hasPassword || (token === undefined && tokenFile === undefined)) return [];
  const setting = token === undefined ? 'MATHMILL_TOKEN_FILE' : 'MATHMILL_TOKEN';
  return [
    `MATHMILL_URL must not contain a user or a password while ${setting} is set: a request can carry only one of the two`,
  ];
}

/** Settings of `mathmill migrate`, `mathmill check` and `mathmill token`. */
const migrationVariables = {
  dataDirectory: standaloneVariables.dataDirectory,
  ...mongoVariables,
} as const satisfies Record<string, Variable<unknown>>;

/** Settings of `mathmill backup` and `mathmill restore`. */
const backupVariables = {
  dataDirectory: standaloneVariables.dataDirectory,
} as const satisfies Record<string, Variable<unknown>>;

type Values<Table extends Record<string, Variable<unknown>>> = {
  readonly [Key in keyof Table]: ReturnType<Table[Key]['read']>;
};

export type Config = Values<typeof standaloneVariables>;
export type ClientApplicationConfig = Values<typeof clientApplicationVariables>;
export type ServerApplicationConfig = Values<typeof serverApplicationVariables>;
export type ClientConfig = Values<typeof clientVariables>;
export type MigrationConfig = Values<typeof migrationVariables>;
export type BackupConfig = Values<typeof backupVariables>;

export type ConfigReading<Settings> =
  { readonly kind: 'ok'; readonly config: Settings } | { readonly kind: 'invalid'; readonly problems: string[] };

/** The settings of `mathmill serve`; `problems` lists everything that is wrong, one sentence each. */
export function readConfig(environment: Environment): ConfigReading<Config> {
  return readVariables(standaloneVariables, environment, checkAccessConfig);
}

/** The settings of a client-application. */
export function readClientApplicationConfig(environment: Environment): ConfigReading<ClientApplicationConfig> {
  return readVariables(clientApplicationVariables, environment, (values) => [
    ...checkKafkaConfig(values),
    ...checkMongoConfig(values),
    ...checkAccessConfig(values),
  ]);
}

/** The settings of a server-application. */
export function readServerApplicationConfig(environment: Environment): ConfigReading<ServerApplicationConfig> {
  return readVariables(serverApplicationVariables, environment, checkKafkaConfig);
}

/** The settings of the commands that talk to a server. */
export function readClientConfig(environment: Environment): ConfigReading<ClientConfig> {
  return readVariables(clientVariables, environment, checkClientConfig);
}

/** The settings of `mathmill migrate` and `mathmill check`. */
export function readMigrationConfig(environment: Environment): ConfigReading<MigrationConfig> {
  return readVariables(migrationVariables, environment, checkMongoConfig);
}

/** The settings of `mathmill backup` and `mathmill restore`. */
export function readBackupConfig(environment: Environment): ConfigReading<BackupConfig> {
  return readVariables(backupVariables, environment);
}

/** Who reads a setting. */
export const configReaders = ['standalone', 'client-application', 'server-application', 'commands'] as const;
export type ConfigReader = (typeof configReaders)[number];

/** One row of the configuration table in the documentation. */
export interface ConfigRow {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly default: string;
  readonly readBy: readonly ConfigReader[];
}

const tables: Readonly<Record<ConfigReader, Readonly<Record<string, Variable<unknown>>>>> = {
  standalone: standaloneVariables,
  'client-application': clientApplicationVariables,
  'server-application': serverApplicationVariables,
  commands: { ...clientVariables, ...migrationVariables, ...backupVariables },
};

/** Every setting once, in the order of the tables. */
export function describeConfig(): ConfigRow[] {
  const variables = Object.values(tables).flatMap((table) => Object.values(table));
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  return Array.from(byName.values(), ({ name, description, unit, defaultText }) => ({
    name,
    description,
    unit,
    default: defaultText,
    readBy: configReaders.filter((reader) => Object.values(tables[reader]).some((variable) => variable.name === name)),
  }));
}

function readVariables<Table extends Record<string, Variable<unknown>>>(
  table: Table,
  environment: Environment,
  check: (values: Values<Table>) => readonly string[] = () => [],
): ConfigReading<Values<Table>> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(table)) {
    const text = environment[variable.name]?.trim() ?? '';
    try {
      values[key] = text === '' ? variable.fallback(environment) : variable.read(text);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      const given = text === '' || variable.isSecret === true ? '' : `, not ${JSON.stringify(withoutSecrets(text))}`;
      problems.push(`${variable.name} ${error.message}${given}`);
    }
  }
  if (problems.length === 0) problems.push(...check(values as Values<Table>));
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'ok', config: values as Values<Table> };
}

/** Functions are hoisted, so the tables above may use it. */
function consumerConcurrency(): Variable<number> {
  return {
    name: 'CONSUMER_CONCURRENCY',
    description:
      'Kafka messages that an instance handles concurrently, of at most 64 MiB. They wait in the instance for an evaluator, which is fair between jobs, and not in their partition, which is not.',
    unit: 'messages',
    defaultText: '256',
    fallback: () => 256,
    read: (text) => readInteger(text, 1, consumerConcurrencyLimit),
  };
}
