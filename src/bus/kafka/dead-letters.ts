/**
 * Dead letters: messages that cannot be read go to a topic of their own, as they came, with the reason and their origin
 * in the headers. They are never answered by anybody; somebody has to look at them.
 */
import { RateLimitedLog, type Logger, type Time } from '../../engine/index.ts';
import type { BatchingProducer } from './batching-producer.ts';
import type { Statistics } from './statistics.ts';
import type { KafkaMessage } from './group-client.ts';
import type { DecodeError } from './wire-format.ts';

export interface DeadLettersDependencies {
  readonly logger: Logger;
  readonly time: Time;
  readonly producer: BatchingProducer;
  readonly statistics: Statistics;
}

export class DeadLetters {
  readonly #dependencies: DeadLettersDependencies;
  readonly #log: RateLimitedLog;

  constructor(dependencies: DeadLettersDependencies) {
    this.#dependencies = dependencies;
    this.#log = new RateLimitedLog(dependencies.time, (count, fields) =>
      dependencies.logger.error(
        { count, ...fields },
        'messages that cannot be read were sent to the dead-letter topic',
      ),
    );
  }

  get producer(): BatchingProducer {
    return this.#dependencies.producer;
  }

  /** Resolves when the brokers have it: only then may its offset be committed. */
  async setAside(message: KafkaMessage, { reason, detail }: DecodeError): Promise<void> {
    const { producer, statistics } = this.#dependencies;
    const { topic, partition, offset } = message;
    const value = (message.value as Buffer | undefined) ?? null;
    const headers = {
      reason,
      detail,
      'original-topic': topic,
      'original-partition': String(partition),
      'original-offset': String(offset),
    };
    await producer.send(value?.length ?? 0, () => [{ value, headers }]);
    statistics.count(topic, 'deadLetters');
    this.#log.note({ topic, partition, offset: String(offset), reason, detail });
  }

  stop(): void {
    this.#log.flush();
  }
}
