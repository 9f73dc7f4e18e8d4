/** From the settings of an application to the connection that they mean. */
import { defaultKafkaNames, prefixNames, type KafkaNames } from './names.ts';
import type { KafkaSecurity, SaslMechanism, Secret } from './security/index.ts';

/** As the configuration reads them. */
export interface KafkaSettings {
  readonly kafkaTls: boolean;
  readonly kafkaTlsCaFile: string | undefined;
  readonly kafkaTlsCertificateFile: string | undefined;
  readonly kafkaTlsKeyFile: string | undefined;
  readonly kafkaSaslMechanism: SaslMechanism | undefined;
  readonly kafkaSaslUsername: string | undefined;
  readonly kafkaSaslPassword: string | undefined;
  readonly kafkaSaslPasswordFile: string | undefined;
  readonly kafkaSaslTokenEndpoint: string | undefined;
  readonly kafkaSaslScope: string | undefined;
  readonly kafkaSaslExtensions: Readonly<Record<string, string>>;
  readonly kafkaTopicPrefix: string;
  readonly kafkaGroupPrefix: string;
}

/** The topics and groups of this installation. */
export function kafkaNamesOf({ kafkaTopicPrefix, kafkaGroupPrefix }: KafkaSettings): KafkaNames {
  return prefixNames(defaultKafkaNames, kafkaTopicPrefix, kafkaGroupPrefix);
}

/** The security options of a valid configuration; see `checkKafkaSettings`. */
export function kafkaSecurityOf(config: KafkaSettings): KafkaSecurity {
  const { kafkaTls, kafkaTlsCaFile: caFile, kafkaTlsCertificateFile: certificateFile } = config;
  return {
    tls: kafkaTls ? { caFile, certificateFile, keyFile: config.kafkaTlsKeyFile } : undefined,
    login: loginOf(config),
  };
}

function loginOf(config: KafkaSettings): KafkaSecurity['login'] {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username = '' } = config;
  const secret = secretOf(config);
  if (mechanism === undefined) return undefined;
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username, password: secret };
  return {
    mechanism,
    tokenEndpoint: config.kafkaSaslTokenEndpoint ?? '',
    clientId: username,
    clientSecret: secret,
    scope: config.kafkaSaslScope,
    extensions: config.kafkaSaslExtensions,
  };
}

function secretOf({ kafkaSaslPassword, kafkaSaslPasswordFile }: KafkaSettings): Secret {
  return kafkaSaslPasswordFile === undefined ? { text: kafkaSaslPassword ?? '' } : { file: kafkaSaslPasswordFile };
}
