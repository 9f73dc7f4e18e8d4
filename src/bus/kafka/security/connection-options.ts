/** Options of the Kafka client, made from the settings. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from '@platformatic/kafka';
import { createFileReader, createSecretReader } from './secret-file.ts';
import { createTokenSource } from './token-source.ts';
import type { KafkaSecurity, PasswordLogin, Secret, TlsSettings, TokenLogin } from './settings.ts';

/** For each client of a process. Certificates and secrets are read for each connection that is opened. */
export type SecurityOptions = Pick<ConnectionOptions, 'tls' | 'sasl'>;

/** Throws when a file cannot be read, or is no certificate or key. */
export function createSecurityOptions({ tls, login }: KafkaSecurity): SecurityOptions {
  return {
    ...(tls === undefined ? {} : { tls: createTlsOptions(tls) }),
    ...(login === undefined ? {} : { sasl: createSaslOptions(login) }),
  };
}

interface PemOption {
  readonly name: 'ca' | 'cert' | 'key';
  readonly setting: string;
  readonly file: string | undefined;
  /** Throws when the content is none of its kind. */
  readonly check: (content: Buffer) => unknown;
}

/** The client copies these options for each connection, which calls the getters. */
function createTlsOptions(tls: TlsSettings): NonNullable<SecurityOptions['tls']> {
  const options = { minVersion: 'TLSv1.2' } as const;
  const pems: readonly PemOption[] = [
    { name: 'ca', setting: 'KAFKA_TLS_CA_FILE', file: tls.caFile, check: readCertificate },
    { name: 'cert', setting: 'KAFKA_TLS_CERT_FILE', file: tls.certificateFile, check: readCertificate },
    { name: 'key', setting: 'KAFKA_TLS_KEY_FILE', file: tls.keyFile, check: createPrivateKey },
  ];
  for (const pem of pems) {
    if (pem.file === undefined) continue;
    Object.defineProperty(options, pem.name, { enumerable: true, get: createPemReader(pem, pem.file) });
  }
  return options;
}

const readCertificate = (content: Buffer): X509Certificate => new X509Certificate(content);

function createPemReader({ setting, check }: PemOption, file: string): () => Buffer {
  const read = createFileReader(file);
  try {
    check(read());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${setting}: ${file} is not a readable PEM file: ${reason}`, { cause: error });
  }
  return read;
}

function createSaslOptions(login: PasswordLogin | TokenLogin): NonNullable<SecurityOptions['sasl']> {
  if (login.mechanism !== 'OAUTHBEARER') {
    const { mechanism, username } = login;
    return { mechanism, username, password: createCheckedReader(login.password) };
  }
  const { mechanism, extensions } = login;
  return { mechanism, token: createTokenSource(login), oauthBearerExtensions: { ...extensions } };
}

/** Reads once, so that a missing file is a failed start and not a failed login. */
function createCheckedReader(secret: Secret): () => string {
  const read = createSecretReader(secret);
  read();
  return read;
}
