/** How connections to MongoDB are encrypted and how this process logs in: from settings, over files, to the driver. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { MongoClientOptions } from 'mongodb';
import { StoreError } from '../../engine/index.ts';

/** Settings as the configuration reads them. */
export interface MongoSettings {
  readonly mongodbUri: string;
  readonly mongodbTlsCaFile: string | undefined;
  readonly mongodbTlsCertificateFile: string | undefined;
  readonly mongodbTlsKeyFile: string | undefined;
  readonly mongodbUsername: string | undefined;
  readonly mongodbPasswordFile: string | undefined;
}

/** Names of PEM files. Without `caFile` the authorities of Node.js count. */
export interface TlsFiles {
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** The connection string sets all that is undefined here. */
export interface MongoSecurity {
  readonly tls: TlsFiles | undefined;
  readonly login: { readonly username: string; readonly passwordFile: string } | undefined;
}

export const noSecurity: MongoSecurity = { tls: undefined, login: undefined };

/** Whether anything is read from files, which may change. */
export function hasFiles({ tls, login }: MongoSecurity): boolean {
  return tls !== undefined || login !== undefined;
}

/** The security of connections in a valid configuration. */
export function mongoSecurityOf(settings: MongoSettings): MongoSecurity {
  const { mongodbTlsCaFile: caFile, mongodbTlsCertificateFile: certificateFile } = settings;
  const tls: TlsFiles = { caFile, certificateFile, keyFile: settings.mongodbTlsKeyFile };
  const { mongodbUsername: username, mongodbPasswordFile: passwordFile } = settings;
  const hasLogin = username !== undefined && passwordFile !== undefined;
  return {
    tls: caFile === undefined && certificateFile === undefined ? undefined : tls,
    login: hasLogin ? { username, passwordFile } : undefined,
  };
}

/** The content of the files, as the driver takes it. */
export type FileOptions = Pick<MongoClientOptions, 'tls' | 'ca' | 'cert' | 'key' | 'auth'>;

/**
 * Reads all files. Throws a `StoreError` that names the setting when one cannot be read, or is not what the setting
 * says; no message contains the content of a file.
 */
export function readSecurityFiles({ tls, login }: MongoSecurity): FileOptions {
  return {
    ...(tls === undefined ? {} : readTlsFiles(tls)),
    ...(login === undefined ? {} : { auth: { username: login.username, password: readPassword(login.passwordFile) } }),
  };
}

function readTlsFiles({ caFile, certificateFile, keyFile }: TlsFiles): FileOptions {
  const ca = readPem('MONGODB_TLS_CA_FILE', caFile, parseCertificate);
  const certificate = readPem('MONGODB_TLS_CERT_FILE', certificateFile, parseCertificate);
  const key = readPem('MONGODB_TLS_KEY_FILE', keyFile, createPrivateKey);
  if (certificate !== undefined && key !== undefined && !certificate.value.checkPrivateKey(key.value)) {
    throw invalid('MONGODB_TLS_KEY_FILE', `${keyFile} does not hold the key of the certificate in ${certificateFile}`);
  }
  return {
    tls: true,
    ...(ca === undefined ? {} : { ca: ca.content }),
    ...(certificate === undefined ? {} : { cert: certificate.content }),
    ...(key === undefined ? {} : { key: key.content }),
  };
}

const parseCertificate = (content: Buffer): X509Certificate => new X509Certificate(content);

interface Pem<Value extends X509Certificate | KeyObject> {
  readonly content: Buffer;
  readonly value: Value;
}

function readPem<Value extends X509Certificate | KeyObject>(
  setting: string,
  file: string | undefined,
  parse: (content: Buffer) => Value,
): Pem<Value> | undefined {
  if (file === undefined) return undefined;
  const content = readContent(setting, file);
  try {
    return { content, value: parse(content) };
  } catch (error) {
    throw invalid(setting, `${file} is not a readable PEM file (${reasonOf(error)})`);
  }
}

/** The line end that editors add does not count. */
function readPassword(file: string): string {
  const setting = 'MONGODB_PASSWORD_FILE';
  const password = readContent(setting, file)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password === '') throw invalid(setting, `${file} is empty`);
  return password;
}

function readContent(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw invalid(setting, `cannot read ${file} (${reasonOf(error)})`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such file' : (code ?? message);
}

/** Without the cause: errors of parsers may quote their input. */
function invalid(setting: string, reason: string): StoreError {
  return new StoreError('failed', `${setting}: ${reason}`);
}
