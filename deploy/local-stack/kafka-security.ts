/** Brokers that demand TLS and a login: their certificates, users and settings. Made at the start, never committed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaSecurity, PasswordLogin } from '../../src/bus/kafka/index.ts';
import { createAuthority, type Authority, type Certificate } from './certificates.ts';
import { createUser, type User } from './users.ts';

export interface SecurityChoice {
  /** Certificates and passwords; the same again as long as they are there. */
  readonly directory: string;
  /** Whether brokers demand a certificate of their clients. */
  readonly isMutual?: boolean;
  /** Whose access tokens brokers take; without it there is no OAUTHBEARER. */
  readonly tokenIssuer?: TokenIssuer;
  /** Whether users need rights (ACLs); all but the administrator then have none at first. */
  readonly hasAcls?: boolean;
}

export interface TokenIssuer {
  /** The claim `iss` of its tokens. */
  readonly name: string;
  /** Where its keys are (JWKS). */
  readonly keysUrl: string;
}

export interface BrokerSecurity {
  readonly choice: SecurityChoice;
  readonly authority: Authority;
  /** Users that may log in with a password: the applications, and the administrator, whom no ACL limits. */
  readonly users: { readonly mathmill: User; readonly admin: User };
  /** The brokers' certificates with their keys, in the files that Kafka reads: for clients, and for each other. */
  readonly clientKeyStoreFile: string;
  readonly keyStoreFile: string;
  /** How `user` connects. */
  connect(user: User, mechanism?: PasswordLogin['mechanism']): KafkaSecurity;
}

export async function createBrokerSecurity(choice: SecurityChoice): Promise<BrokerSecurity> {
  const authority = await createAuthority(choice.directory);
  const users = {
    mathmill: await createUser(choice.directory, 'mathmill'),
    admin: await createUser(choice.directory, 'admin'),
  };
  const keyStoreFile = join(choice.directory, 'broker-keystore.pem');
  const clientKeyStoreFile = join(choice.directory, 'client-keystore.pem');
  const certificate = await authority.issue('broker');
  await writeKeyStore(keyStoreFile, certificate);
  await writeKeyStore(clientKeyStoreFile, certificate);
  const noCertificate = { certificateFile: undefined, keyFile: undefined };
  const clientCertificate = choice.isMutual ? await authority.issue('client') : noCertificate;
  return {
    choice,
    authority,
    users,
    keyStoreFile,
    clientKeyStoreFile,
    connect: ({ name: username, passwordFile: file }, mechanism = 'SCRAM-SHA-512') => ({
      tls: { caFile: authority.caFile, ...clientCertificate },
      login: { mechanism, username, password: { file } },
    }),
  };
}

/** Brokers read the file again on command, or when they start. */
export async function writeKeyStore(file: string, { certificateFile, keyFile }: Certificate): Promise<void> {
  const parts = await Promise.all([readFile(keyFile, 'utf8'), readFile(certificateFile, 'utf8')]);
  await writeFile(file, parts.join(''), { mode: 0o600 });
}

const jaas = (module: string, options = ''): string => `org.apache.kafka.common.security.${module} required${options};`;

/**
 * The lines of server.properties: clients log in over TLS at the listener CLIENT, brokers know each other by their
 * certificates.
 */
export function securitySettings({ choice, authority, users, ...files }: BrokerSecurity): string[] {
  const plainUsers = Object.values(users).map(({ name, password }) => ` user_${name}="${password}"`);
  const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', ...(choice.tokenIssuer ? ['OAUTHBEARER'] : [])];
  return [
    'listener.security.protocol.map=CONTROLLER:SSL,INTERNAL:SSL,CLIENT:SASL_SSL',
    'inter.broker.listener.name=INTERNAL',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${files.keyStoreFile}`,
    'listener.name.client.ssl.keystore.type=PEM',
    `listener.name.client.ssl.keystore.location=${files.clientKeyStoreFile}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${authority.caFile}`,
    'listener.name.internal.ssl.client.auth=required',
    'listener.name.controller.ssl.client.auth=required',
    `listener.name.client.ssl.client.auth=${choice.isMutual ? 'required' : 'none'}`,
    `listener.name.client.sasl.enabled.mechanisms=${mechanisms.join(',')}`,
    `listener.name.client.plain.sasl.jaas.config=${jaas('plain.PlainLoginModule', plainUsers.join(''))}`,
    `listener.name.client.scram-sha-256.sasl.jaas.config=${jaas('scram.ScramLoginModule')}`,
    `listener.name.client.scram-sha-512.sasl.jaas.config=${jaas('scram.ScramLoginModule')}`,
    ...(choice.tokenIssuer ? tokenSettings(choice.tokenIssuer) : []),
    ...(choice.hasAcls ? aclSettings(users.admin) : []),
  ];
}

/** A token names its user as `sub`. Sessions end with their tokens, so that clients must renew them. */
function tokenSettings({ name, keysUrl }: TokenIssuer): string[] {
  const handler = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler';
  const listener = 'listener.name.client.oauthbearer';
  return [
    `${listener}.sasl.jaas.config=${jaas('oauthbearer.OAuthBearerLoginModule')}`,
    `${listener}.sasl.server.callback.handler.class=${handler}`,
    `${listener}.sasl.oauthbearer.jwks.endpoint.url=${keysUrl}`,
    `${listener}.sasl.oauthbearer.expected.audience=kafka`,
    `${listener}.sasl.oauthbearer.expected.issuer=${name}`,
    `${listener}.connections.max.reauth.ms=3600000`,
  ];
}

/** Brokers are known by the name in their certificate. */
function aclSettings(admin: User): string[] {
  return [
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    `super.users=User:CN=broker;User:${admin.name}`,
  ];
}

/** Arguments for formatting a broker's storage: users of SCRAM are kept there. */
export function scramArguments({ users }: BrokerSecurity): string[] {
  return Object.values(users).flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}

/** Java loads keys of tokens only from the URLs that are allowed. */
export function securityJavaOptions({ choice: { tokenIssuer } }: BrokerSecurity): string[] {
  return tokenIssuer ? [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokenIssuer.keysUrl}`] : [];
}

/** The settings of an application that connects so. */
export function securityEnvironment({ tls, login }: KafkaSecurity): Record<string, string> {
  const environment: Record<string, string | undefined> = {};
  if (tls !== undefined) {
    environment['KAFKA_TLS'] = 'true';
    environment['KAFKA_TLS_CA_FILE'] = tls.caFile;
    environment['KAFKA_TLS_CERT_FILE'] = tls.certificateFile;
    environment['KAFKA_TLS_KEY_FILE'] = tls.keyFile;
  }
  if (login !== undefined) Object.assign(environment, loginEnvironment(login));
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function loginEnvironment(login: NonNullable<KafkaSecurity['login']>): Record<string, string | undefined> {
  const isToken = login.mechanism === 'OAUTHBEARER';
  const secret = isToken ? login.clientSecret : login.password;
  return {
    KAFKA_SASL_MECHANISM: login.mechanism,
    KAFKA_SASL_USERNAME: isToken ? login.clientId : login.username,
    KAFKA_SASL_PASSWORD: 'text' in secret ? secret.text : undefined,
    KAFKA_SASL_PASSWORD_FILE: 'file' in secret ? secret.file : undefined,
    KAFKA_SASL_TOKEN_ENDPOINT: isToken ? login.tokenEndpoint : undefined,
    KAFKA_SASL_SCOPE: isToken ? login.scope : undefined,
  };
}
