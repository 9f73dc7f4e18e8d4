/** Metrics of the bus. */
import type { CounterName } from './contract.ts';
import type { Instruments, Reading } from './instruments.ts';

/** Counts of one topic since the start. */
export interface TopicCounts {
  readonly sent: number;
  readonly sends: number;
  readonly sendFailures: number;
  readonly received: number;
  readonly handlerFailures: number;
  readonly deadLetters: number;
}

export interface BusReading {
  readonly topics: Readonly<Record<string, TopicCounts>>;
  readonly consumerRestarts: number;
  readonly producerReplacements: number;
}

/** A bus that can be measured. */
export interface MeasurableBus {
  readStatistics(): BusReading;
  /** Messages of a topic that are for this instance and not finished; undefined while that is not known. */
  readLag(topic: string): Promise<number | undefined>;
}

/** The topics that an application uses: each has its series from the start, with 0. */
export interface UsedTopics {
  readonly consumed: readonly string[];
  readonly produced: readonly string[];
}

type TopicCounterName = Extract<
  CounterName,
  `${'consumer' | 'producer'}.messages.${string}` | 'producer.requests' | 'mathmill.dead_letters'
>;

export function observeBus(instruments: Instruments, bus: MeasurableBus, { consumed, produced }: UsedTopics): void {
  function observe(name: TopicCounterName, topics: readonly string[], count: (counts: TopicCounts) => number): void {
    instruments.observe(name, () => {
      const reading = bus.readStatistics().topics;
      return topics.map((topic): Reading<TopicCounterName> => {
        const counts = reading[topic];
        return [counts === undefined ? 0 : count(counts), { topic }];
      });
    });
  }
  observe('consumer.messages.received', consumed, ({ received }) => received);
  observe('consumer.messages.error', consumed, (counts) => counts.handlerFailures + counts.deadLetters);
  observe('mathmill.dead_letters', consumed, ({ deadLetters }) => deadLetters);
  observe('producer.messages.sent', produced, ({ sent }) => sent);
  observe('producer.requests', produced, ({ sends }) => sends);
  observe('producer.messages.error', produced, ({ sendFailures }) => sendFailures);
  instruments.observe('consumer.messages.lag', async () => {
    const lags = await Promise.all(consumed.map(async (topic) => [await bus.readLag(topic), { topic }] as const));
    return lags.flatMap(([lag, attributes]) => (lag === undefined ? [] : [[lag, attributes] as const]));
  });
  instruments.observe('mathmill.consumer.restarts', () => [[bus.readStatistics().consumerRestarts, {}]]);
  instruments.observe('mathmill.producer.replacements', () => [[bus.readStatistics().producerReplacements, {}]]);
}
