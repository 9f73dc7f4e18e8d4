/** Counters of the bus since its creation: messages, sends, restarts and replacements. */
export interface TopicStatistics {
  readonly sent: number;
  /** Sends (of up to 64 messages) that the brokers accepted. */
  readonly sends: number;
  /** Sends (of up to 64 messages) that failed; their messages were sent again or given up. */
  readonly sendFailures: number;
  readonly received: number;
  /** Times that a handler rejected; the message is handled again. */
  readonly handlerFailures: number;
  /** Messages that could not be read and were sent to the dead-letter topic. */
  readonly deadLetters: number;
}

export interface KafkaBusStatistics {
  readonly topics: Readonly<Record<string, TopicStatistics>>;
  /** Streams of consumers that disconnected and were opened again. */
  readonly consumerRestarts: number;
  readonly producerReplacements: number;
}

type Counter = keyof TopicStatistics;

export class Statistics {
  readonly #topics = new Map<string, Record<Counter, number>>();
  #consumerRestarts = 0;

  count(topic: string, counter: Counter, by = 1): void {
    let counters = this.#topics.get(topic);
    if (counters === undefined) {
      counters = { sent: 0, sends: 0, sendFailures: 0, received: 0, handlerFailures: 0, deadLetters: 0 };
      this.#topics.set(topic, counters);
    }
    counters[counter] += by;
  }

  countRestart(): void {
    this.#consumerRestarts += 1;
  }

  read(producerReplacements: number): KafkaBusStatistics {
    const topics = Object.fromEntries(Array.from(this.#topics, ([topic, counters]) => [topic, { ...counters }]));
    return { topics, consumerRestarts: this.#consumerRestarts, producerReplacements };
  }
}
