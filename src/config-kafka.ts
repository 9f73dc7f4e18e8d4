/** The settings of the connection to Kafka: where its brokers are, TLS, the login, and names on a cluster that is shared. */
import {
  readAttributes,
  readBrokers,
  fileVariable,
  readServerUrl,
  readText,
  readBoolean,
  InvalidValue,
  type Variable,
} from './config-values.ts';

/** Of the 249 characters that Kafka allows for a topic, the rest of the longest name needs fewer than 49. */
const prefixCharactersMax = 200;

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

function readMechanism(text: string): SaslMechanism | undefined {
  const mechanism = saslMechanisms.find((known) => known === text.toUpperCase());
  if (mechanism !== undefined) return mechanism;
  throw new InvalidValue(`must be one of ${saslMechanisms.join(', ')}`);
}

function readPrefix(text: string): string {
  if (/^[\w.-]+$/.test(text) && text.length <= prefixCharactersMax) return text;
  throw new InvalidValue('must be letters, digits, dots, dashes and underscores');
}

function readString(text: string): string | undefined {
  return readText(text);
}

function string(name: string, description: string): Variable<string | undefined> {
  return { name, description, unit: '', defaultText: 'none', fallback: () => undefined, read: readString };
}

function prefix(name: string, description: string): Variable<string> {
  return { name, description, unit: '', defaultText: 'none', fallback: () => '', read: readPrefix };
}

/** Both applications of the cluster. */
export const kafkaVariables = {
  kafkaUri: {
    name: 'KAFKA_URI',
    description: 'Kafka brokers to begin with, as `host:port` separated by commas; the others are found through them.',
    unit: '',
    defaultText: '127.0.0.1:9092',
    fallback: () => ['127.0.0.1:9092'],
    read: readBrokers,
  },
  kafkaTls: {
    name: 'KAFKA_TLS',
    description: 'Whether connections to the brokers use TLS (1.2 or later): `true` or `false`.',
    unit: '',
    defaultText: 'false',
    fallback: () => false,
    read: readBoolean,
  },
  kafkaTlsCaFile: fileVariable(
    'KAFKA_TLS_CA_FILE',
    'PEM file with the certificates of the authorities that may sign certificates of brokers. Without it the public authorities that Node.js knows count.',
  ),
  kafkaTlsCertificateFile: fileVariable(
    'KAFKA_TLS_CERT_FILE',
    'PEM file with the certificate by which brokers know this process (mutual TLS), for brokers that require one.',
  ),
  kafkaTlsKeyFile: fileVariable('KAFKA_TLS_KEY_FILE', 'PEM file with the private key for `KAFKA_TLS_CERT_FILE`.'),
  kafkaSaslMechanism: {
    name: 'KAFKA_SASL_MECHANISM',
    description: `How this process logs in to the brokers: ${saslMechanisms.map((name) => `\`${name}\``).join(', ')}.`,
    unit: '',
    defaultText: 'none: it does not log in',
    fallback: () => undefined,
    read: readMechanism,
  },
  kafkaSaslUsername: string('KAFKA_SASL_USERNAME', 'User name of the login; with `OAUTHBEARER` the id of the client.'),
  kafkaSaslPassword: {
    ...string(
      'KAFKA_SASL_PASSWORD',
      'Password of the login; with `OAUTHBEARER` the secret of the client. A file keeps it out of the environment.',
    ),
    isSecret: true,
  },
  kafkaSaslPasswordFile: fileVariable(
    'KAFKA_SASL_PASSWORD_FILE',
    'File that holds the password. It is read again for each login, so a new password needs no restart.',
  ),
  kafkaSaslTokenEndpoint: {
    name: 'KAFKA_SASL_TOKEN_ENDPOINT',
    description: 'With `OAUTHBEARER`: the URL that gives access tokens for client credentials.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (value): string | undefined => readServerUrl(value).href,
  },
  kafkaSaslScope: string('KAFKA_SASL_SCOPE', 'With `OAUTHBEARER`: the scope of the access tokens.'),
  kafkaSaslExtensions: {
    name: 'KAFKA_SASL_EXTENSIONS',
    description:
      'With `OAUTHBEARER`: SASL extensions that go with the token, as `name=value` pairs separated by commas, such as `logicalCluster=lkc-1,identityPoolId=pool-1` for Confluent Cloud.',
    unit: '',
    defaultText: 'none',
    fallback: () => ({}),
    read: readAttributes,
  },
  kafkaTopicPrefix: prefix(
    'KAFKA_TOPIC_PREFIX',
    'What the names of all topics begin with, for a Kafka cluster that several installations or teams share, such as `team-a.`.',
  ),
  kafkaGroupPrefix: prefix(
    'KAFKA_GROUP_PREFIX',
    'What the names of both consumer groups begin with. Installations that share a cluster need different ones.',
  ),
} as const satisfies Record<string, Variable<unknown>>;

type KafkaConfig = { readonly [Key in keyof typeof kafkaVariables]: ReturnType<(typeof kafkaVariables)[Key]['read']> };

/** Settings that are valid alone and contradict each other, one sentence each. */
export function checkKafkaConfig(config: KafkaConfig): readonly string[] {
  return [...checkTls(config), ...checkLogin(config)];
}

function checkTls(config: KafkaConfig): readonly string[] {
  const problems: string[] = [];
  const { kafkaTls, kafkaTlsCaFile, kafkaTlsCertificateFile, kafkaTlsKeyFile } = config;
  const hasFiles = [kafkaTlsCaFile, kafkaTlsCertificateFile, kafkaTlsKeyFile].some((name) => name !== undefined);
  if (hasFiles && !kafkaTls) problems.push('KAFKA_TLS must be true where KAFKA_TLS_… files are given');
  if ((kafkaTlsCertificateFile === undefined) !== (kafkaTlsKeyFile === undefined)) {
    problems.push('KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE must be given together');
  }
  return problems;
}

function checkLogin(config: KafkaConfig): readonly string[] {
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword, kafkaSaslPasswordFile } = config;
  const hasPassword = kafkaSaslPassword !== undefined || kafkaSaslPasswordFile !== undefined;
  const isNamed = kafkaSaslUsername !== undefined || hasPassword || config.kafkaSaslTokenEndpoint !== undefined;
  if (kafkaSaslMechanism === undefined) {
    return isNamed ? ['KAFKA_SASL_MECHANISM must be given where a login is'] : [];
  }
  const problems: string[] = [];
  if (kafkaSaslUsername === undefined) problems.push(`KAFKA_SASL_USERNAME must be given with ${kafkaSaslMechanism}`);
  if (!hasPassword) {
    problems.push(`KAFKA_SASL_PASSWORD_FILE or KAFKA_SASL_PASSWORD must be given with ${kafkaSaslMechanism}`);
  }
  if (kafkaSaslPassword !== undefined && kafkaSaslPasswordFile !== undefined) {
    problems.push('Only one of KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE may be given');
  }
  if (kafkaSaslMechanism === 'OAUTHBEARER' && config.kafkaSaslTokenEndpoint === undefined) {
    problems.push('KAFKA_SASL_TOKEN_ENDPOINT must be given with OAUTHBEARER');
  }
  return problems;
}
