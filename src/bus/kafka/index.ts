import { systemTime, type Logger, type Time } from '../../engine/index.ts';
import { KafkaBus } from './kafka-bus.ts';
import { defaultKafkaNames, type KafkaNames } from './names.ts';
import { createSecurityOptions, noSecurity, type KafkaSecurity } from './security/index.ts';
import type { HandlingObserver } from './subscription.ts';

export * from './security/index.ts';
export { kafkaNamesOf, kafkaSecurityOf } from './from-settings.ts';
export { createTopics, type CreateTopicsOptions } from './topics.ts';
export { defaultKafkaNames, prefixNames, type KafkaNames } from './names.ts';
export type { KafkaBusStatistics, TopicStatistics } from './statistics.ts';
export type { KafkaBus } from './kafka-bus.ts';

export interface KafkaBusDependencies {
  readonly logger: Logger;
  readonly time?: Time;
  /** Called for each message that was handled. Must not throw. Optional. */
  readonly onHandled?: HandlingObserver | undefined;
}

export interface KafkaBusOptions {
  /** `host:port` of one broker at least; better of all, since the cluster is found through any that is up. */
  readonly bootstrapBrokers: readonly string[];
  /** Default: neither TLS nor a login. */
  readonly security?: KafkaSecurity;
  /** How this process is called in the brokers' logs and metrics. */
  readonly instanceId: string;
  /** Default: those of Mathmill. Two installations on one cluster need different ones. */
  readonly names?: KafkaNames;
  /** How long `start` waits for the cluster and its topics, in milliseconds. Default one minute. */
  readonly startLimitMs?: number;
}

const startLimitMsDefault = 60_000;

/** The bus on a Kafka cluster whose topics exist (`createTopics`). Errors: see `OperationBus`; `start` rejects when there is no cluster. Throws when a file of `security` cannot be read. */
export function createKafkaBus(dependencies: KafkaBusDependencies, options: KafkaBusOptions): KafkaBus {
  const { logger, time = systemTime, onHandled } = dependencies;
  const { names = defaultKafkaNames, startLimitMs = startLimitMsDefault } = options;
  const security = createSecurityOptions(options.security ?? noSecurity);
  return new KafkaBus({ logger, time, onHandled }, { ...options, security, names, startLimitMs });
}
