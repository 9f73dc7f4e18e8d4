import { systemTime, type Logger, type Time } from '../../engine/index.ts';
import { KafkaBus } from './kafka-bus.ts';
import { defaultKafkaNames, type KafkaNames } from './names.ts';
import type { HandlingObserver } from './subscription.ts';

export { createTopics, type CreateTopicsOptions } from './topics.ts';
export { defaultKafkaNames, type KafkaNames } from './names.ts';
export type { KafkaBusStatistics, TopicStatistics } from './statistics.ts';
export type { KafkaBus } from './kafka-bus.ts';

export interface KafkaBusDependencies {
  readonly logger: Logger;
  readonly time?: Time;
  /** Told of each message that was handled. Must not throw. Default: nobody. */
  readonly onHandled?: HandlingObserver | undefined;
}

export interface KafkaBusOptions {
  /** `host:port` of one broker at least; better of all, since the cluster is found through any that is up. */
  readonly bootstrapBrokers: readonly string[];
  /** How this process is called in the brokers' logs and metrics. */
  readonly instanceId: string;
  /** Default: those of Mathmill. Two installations on one cluster need different ones. */
  readonly names?: KafkaNames;
  /** How long `start` waits for the cluster and its topics, in milliseconds. Default one minute. */
  readonly startLimitMs?: number;
}

const startLimitMsDefault = 60_000;

/** The bus on a Kafka cluster whose topics exist (`createTopics`). Errors: see `OperationBus`; `start` rejects when there is no cluster. */
export function createKafkaBus(dependencies: KafkaBusDependencies, options: KafkaBusOptions): KafkaBus {
  const { logger, time = systemTime, onHandled } = dependencies;
  const { bootstrapBrokers, instanceId, names = defaultKafkaNames, startLimitMs = startLimitMsDefault } = options;
  return new KafkaBus({ logger, time, onHandled }, { bootstrapBrokers, instanceId, names, startLimitMs });
}
