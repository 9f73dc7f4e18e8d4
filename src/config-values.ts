/** Readers of the values of environment variables. Each function throws an `InvalidValue` for an invalid string. */
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { groupDigits } from './group-digits.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One environment variable. `read` throws an `InvalidValue` when the text is invalid. */
export interface Variable<Value> {
  readonly name: string;
  readonly description: string;
  /** The unit of the value; empty for strings. */
  readonly unit: string;
  /** The default as the documentation states it. */
  readonly defaultText: string;
  readonly fallback: (environment: Environment) => Value;
  readonly read: (text: string) => Value;
  /** The value may hold a password, so that no message repeats it. */
  readonly isSecret?: boolean;
}

const retentionDaysLimit = 36_500;

/** Why a string is no value: a sentence that follows the name of the variable. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}

/**
 * A value for a message. It may be an address with a password, mistyped or in a setting where none belongs, so nothing
 * up to the last `@` is shown, nor a possible token: all that follows a question mark or a hash.
 */
export function withoutSecrets(text: string): string {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*:\/\/)/i.exec(text) ?? [];
  return text.replace(/^.*(?:@|%40)/is, `${scheme}***@`).replace(/([?#]).*$/s, '$1***');
}

export function readInteger(text: string, min: number, max: number): number {
  const value = /^\d+(?:[_,]\d{3})*$/.test(text) ? Number(text.replaceAll(/[_,]/g, '')) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidValue(`must be an integer from ${groupDigits(min)} to ${groupDigits(max)}`);
}

export function readDays(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= retentionDaysLimit) return value;
  throw new InvalidValue(`must be a number of days from 0 to ${groupDigits(retentionDaysLimit)}`);
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
export function readBytes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (byteUnits[unit.toLowerCase()] ?? Number.NaN));
  if (digits !== '' && bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidValue('must be a size of at least 1 byte, such as 500000000, 500MB or 4GiB');
}

export function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text.toLowerCase());
  if (level !== undefined) return level;
  throw new InvalidValue(`must be one of ${logLevels.join(', ')}`);
}

/** An address or a name as the listen call takes it: an IPv6 address loses the brackets that it has in a URL. */
export function readHost(text: string): string {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const isName = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/i.test(host) && !/^[\d.]+$/.test(host);
  if (isName || isIP(host) !== 0) return host;
  throw new InvalidValue('must be an IP address or a host name, without a port');
}

/** Addresses, and networks with a prefix such as `10.0.0.0/8`. */
export function readNetworks(text: string): readonly string[] {
  const entries = splitList(text);
  if (entries.every(isNetwork)) return [...new Set(entries)];
  throw new InvalidValue('must be IP addresses or networks such as 10.0.0.0/8, separated by commas');
}

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** Host names with an optional port, `*.` before a name for all names below it, or `*`; in lower case. */
export function readHostNames(text: string): readonly string[] {
  return [...new Set(splitList(text).map(readHostName))];
}

function readHostName(text: string): string {
  const name = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?(?::\d{1,5})?$/;
  const [, address = ''] = /^\[(.*)\](?::\d{1,5})?$/.exec(text) ?? [];
  if (text === '*' || name.test(text) || isIP(address) === 6) return text.toLowerCase();
  throw new InvalidValue(
    'must be host names like calc.example.com or *.example.com, separated by commas, or * for any name',
  );
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Origins in the form that browsers send: scheme, host and, unless it is the usual one, port. */
export function readOrigins(text: string): readonly string[] {
  return [...new Set(splitList(text).map(readOrigin))];
}

function readOrigin(text: string): string {
  const url = URL.parse(text);
  const isOrigin = url !== null && isWeb(url) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new InvalidValue('must be web origins like https://reports.example.com, separated by commas');
}

/** The address of a server; a path is kept, for a server behind a proxy that serves it below one. */
export function readServerUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && isWeb(url) && url.search === '' && url.hash === '') return url;
  throw new InvalidValue('must be the address of a server, such as http://127.0.0.1:8080');
}

/** The path of a folder. Shells replace a tilde and service managers do not, which would make a folder of that name. */
export function readFolder(text: string): string {
  if (/^~(?![^/\\])/.test(text)) {
    throw new InvalidValue('must not begin with "~", which only a shell replaces: write the path of the home folder');
  }
  if (text.includes('\0')) throw new InvalidValue('must not contain a NUL character');
  return text;
}

/** A setting that is the path of a file, and may be missing. */
export function fileVariable(name: string, description: string): Variable<string | undefined> {
  return { name, description, unit: '', defaultText: 'none', fallback: () => undefined, read: readFolder };
}

/** A token for the header of a request: characters that a header can hold, without spaces. */
export function readToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new InvalidValue('must be a token: ASCII characters without spaces');
}

/** Client ids of Kafka and names of series contain the id, and allow no more than these characters everywhere. */
export function readInstanceId(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,127}$/i.test(text)) return text;
  throw new InvalidValue('must be a name of letters, digits, dots, dashes and underscores');
}

export function readBrokers(text: string): readonly string[] {
  const brokers = splitList(text)
    .map((broker) => broker.replace(/^kafka:\/\//, ''))
    .filter((broker) => broker !== '');
  const isList = brokers.length > 0 && brokers.every(isHostAndPort);
  if (isList) return [...new Set(brokers)];
  throw new InvalidValue('must be brokers as host:port, separated by commas');
}

function isHostAndPort(text: string): boolean {
  const url = URL.parse(`tcp://${text}`);
  return url !== null && url.hostname !== '' && url.port !== '' && url.host === text.toLowerCase();
}

export function readMongodbUri(text: string): string {
  if (/^mongodb(?:\+srv)?:\/\/[^/]+/.test(text)) return text;
  throw new InvalidValue('must be a connection string that begins with mongodb:// or mongodb+srv://');
}

export function readBoolean(text: string): boolean {
  const truths: Readonly<Record<string, boolean>> = { true: true, false: false };
  const truth = truths[text.toLowerCase()];
  if (truth !== undefined) return truth;
  throw new InvalidValue('must be true or false');
}

export function readRatio(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 1) return value;
  throw new InvalidValue('must be a number from 0 to 1');
}

export function readText(text: string): string {
  return text;
}

/** `key=value` pairs separated by commas; special characters of values are percent-encoded. */
export function readAttributes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(splitList(text).map(readAttribute));
}

function readAttribute(pair: string): readonly [string, string] {
  const [, key = '', value = ''] = /^([^=\s]+)\s*=\s*([^=]*)$/.exec(pair) ?? [];
  try {
    if (key !== '') return [key, decodeURIComponent(value)];
  } catch {
    // Thrown below.
  }
  throw new InvalidValue('must be pairs such as deployment.environment.name=production, separated by commas');
}

function isWeb(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

export function userDataDirectory(environment: Environment): string {
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
    throw new InvalidValue('must be set, since this user has no home folder');
  }
}
