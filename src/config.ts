/**
 * The settings of Mathmill: environment variables, each described once. Validation, defaults and the table in the
 * documentation all come from the rows below. An empty value counts as not set, since that is how compose files and
 * service managers say "nothing".
 */
import { isIP } from 'node:net';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Line numbers are kept in 27 bits where they are packed with others, so no job may be larger. */
const jobOperationsLimit = 2 ** 27 - 1;
/** More threads than any one machine has; it only catches slips of the keyboard. */
const evaluatorThreadsLimit = 1024;
const retentionDaysLimit = 36_500;

/** One environment variable. `read` throws a `Refusal` when the text is no value of it. */
interface Variable<Value> {
  readonly name: string;
  readonly description: string;
  /** What the value counts; empty for texts. */
  readonly unit: string;
  /** What the documentation says the default is. */
  readonly defaultText: string;
  readonly fallback: (environment: Environment) => Value;
  readonly read: (text: string) => Value;
}

/** Why a text is no value: a sentence that follows the name of the variable. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What the process that `mathmill serve` runs can be told. */
const serverVariables = {
  httpHost: {
    name: 'HTTP_HOST',
    description:
      'Address to listen on. The default takes connections from this machine only; 0.0.0.0 or :: take them from everywhere, and Mathmill itself asks nobody for a password.',
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
    read: (text) => readWhole(text, 0, 65_535),
  },
  dataDirectory: {
    name: 'DATA_DIR',
    description:
      'Folder that holds all jobs and results; created when missing. One server at a time can use it. The default is the same whatever folder the command is started in.',
    unit: '',
    defaultText:
      '`$XDG_DATA_HOME/mathmill` or `~/.local/share/mathmill` (Linux), `~/Library/Application Support/mathmill` (macOS), `%LOCALAPPDATA%\\mathmill` (Windows)',
    fallback: userDataDirectory,
    read: (text) => text,
  },
  evaluatorThreads: {
    name: 'EVALUATOR_THREADS',
    description: 'Threads that evaluate operations.',
    unit: 'threads',
    defaultText: 'the number of cores',
    fallback: () => availableParallelism(),
    read: (text) => readWhole(text, 1, evaluatorThreadsLimit),
  },
  allowedOrigins: {
    name: 'ALLOWED_ORIGINS',
    description:
      'Web origins whose pages may use the API, separated by commas, such as `https://reports.example.com`. Pages of all other origins but the server’s own are refused.',
    unit: '',
    defaultText: 'none',
    fallback: () => [],
    read: readOrigins,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    description: `How much is logged: ${logLevels.join(', ')}.`,
    unit: '',
    defaultText: 'info',
    fallback: () => 'info',
    read: readLogLevel,
  },
  retentionDays: {
    name: 'RETENTION_DAYS',
    description: 'How long finished jobs are kept; fractions are fine, 0 keeps them for ever.',
    unit: 'days',
    defaultText: '7',
    fallback: () => 7,
    read: readDays,
  },
  jobOperationsMax: {
    name: 'JOB_OPERATIONS_MAX',
    description: `Operations (lines) that one job may have, at most ${jobOperationsLimit.toLocaleString('en')}. A longer upload is refused with 413.`,
    unit: 'operations',
    defaultText: '50,000,000',
    fallback: () => 50_000_000,
    read: (text) => readWhole(text, 1, jobOperationsLimit),
  },
  uploadBytesMax: {
    name: 'UPLOAD_BYTES_MAX',
    description:
      'Size that one upload may have after decompression: bytes, or a number with a unit such as `500MB` or `4GiB`. A larger upload is refused with 413.',
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
    read: (text) => readWhole(text, 0, Number.MAX_SAFE_INTEGER),
  },
  jobCostPerOperation: {
    name: 'JOB_COST_PER_OPERATION',
    description: 'Computation that a job may use beyond `JOB_COST_BASE` for each operation it has.',
    unit: 'cost units',
    defaultText: '50',
    fallback: () => 50,
    read: (text) => readWhole(text, 0, 2_000_000),
  },
} as const satisfies Record<string, Variable<unknown>>;

/** What the commands that talk to a server can be told. */
const clientVariables = {
  serverUrl: {
    name: 'MATHMILL_URL',
    description: 'Where the commands `submit`, `status`, `results`, `list`, `cancel` and `delete` find the server.',
    unit: '',
    defaultText: 'http://127.0.0.1:8080',
    fallback: () => new URL('http://127.0.0.1:8080'),
    read: readServerUrl,
  },
} as const satisfies Record<string, Variable<unknown>>;

type Values<Table extends Record<string, Variable<unknown>>> = {
  readonly [Key in keyof Table]: ReturnType<Table[Key]['read']>;
};

export type Config = Values<typeof serverVariables>;
export type ClientConfig = Values<typeof clientVariables>;

export type ConfigReading<Settings> =
  { readonly kind: 'ok'; readonly config: Settings } | { readonly kind: 'invalid'; readonly problems: string[] };

/** The settings of a server; `problems` lists everything that is wrong, one sentence each. */
export function readConfig(environment: Environment): ConfigReading<Config> {
  return readVariables(serverVariables, environment);
}

/** The settings of the commands that talk to a server. */
export function readClientConfig(environment: Environment): ConfigReading<ClientConfig> {
  return readVariables(clientVariables, environment);
}

/** One row of the configuration table in the documentation. */
export interface ConfigRow {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly default: string;
  readonly readBy: 'server' | 'client';
}

export function describeConfig(): ConfigRow[] {
  return [...describe(serverVariables, 'server'), ...describe(clientVariables, 'client')];
}

function describe(table: Record<string, Variable<unknown>>, readBy: ConfigRow['readBy']): ConfigRow[] {
  return Object.values(table).map(({ name, description, unit, defaultText }) => ({
    name,
    description,
    unit,
    default: defaultText,
    readBy,
  }));
}

function readVariables<Table extends Record<string, Variable<unknown>>>(
  table: Table,
  environment: Environment,
): ConfigReading<Values<Table>> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(table)) {
    const text = environment[variable.name]?.trim() ?? '';
    try {
      values[key] = text === '' ? variable.fallback(environment) : variable.read(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push(`${variable.name} ${error.message}${text === '' ? '' : `, not ${JSON.stringify(text)}`}`);
    }
  }
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'ok', config: values as Values<Table> };
}

function readWhole(text: string, min: number, max: number): number {
  const value = /^\d+(?:[_,]\d{3})*$/.test(text) ? Number(text.replaceAll(/[_,]/g, '')) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Refusal(`must be a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`);
}

function readDays(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= retentionDaysLimit) return value;
  throw new Refusal(`must be a number of days from 0 to ${retentionDaysLimit.toLocaleString('en')}`);
}

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** MB and the like are powers of 1000, MiB and the like of 1024, in capital or small letters. */
function readBytes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (byteUnits[unit.toLowerCase()] ?? Number.NaN));
  if (digits !== '' && bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new Refusal('must be a size of at least 1 byte, such as 500000000, 500MB or 4GiB');
}

function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text.toLowerCase());
  if (level !== undefined) return level;
  throw new Refusal(`must be one of ${logLevels.join(', ')}`);
}

/** An address or a name as the listen call takes it: an IPv6 address loses the brackets that it has in a URL. */
function readHost(text: string): string {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const isName = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/i.test(host) && !/^[\d.]+$/.test(host);
  if (isName || isIP(host) !== 0) return host;
  throw new Refusal('must be an IP address or a host name, without a port');
}

/** Origins in the form that browsers send: scheme, host and, unless it is the usual one, port. */
function readOrigins(text: string): readonly string[] {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return [...new Set(origins.map(readOrigin))];
}

function readOrigin(text: string): string {
  const url = URL.parse(text);
  const isOrigin = url !== null && isWeb(url) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new Refusal('must be web origins like https://reports.example.com, separated by commas');
}

/** The address of a server; a path is kept, for a server behind a proxy that serves it below one. */
function readServerUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && isWeb(url) && url.search === '' && url.hash === '') return url;
  throw new Refusal('must be the address of a server, such as http://127.0.0.1:8080');
}

function isWeb(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

function userDataDirectory(environment: Environment): string {
  if (process.platform === 'win32') {
    return join(environment['LOCALAPPDATA'] || join(homeDirectory(environment), 'AppData', 'Local'), 'mathmill');
  }
  if (process.platform === 'darwin') {
    return join(homeDirectory(environment), 'Library', 'Application Support', 'mathmill');
  }
  return join(environment['XDG_DATA_HOME'] || join(homeDirectory(environment), '.local', 'share'), 'mathmill');
}

function homeDirectory(environment: Environment): string {
  const home = environment['HOME'];
  if (home !== undefined && home !== '') return home;
  try {
    return homedir();
  } catch {
    // The user of a bare container may have no entry in the system's list of users.
    throw new Refusal('must be set, since this user has no home folder');
  }
}
