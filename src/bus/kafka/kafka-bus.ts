/**
 * The bus of a cluster: requests and responses are messages on two Kafka topics, each read by one consumer group.
 *
 *   client-application ──requests──▶ any partition ──▶ one server-application
 *          ▲                                                   │
 *          └──── a partition that the asking instance reads ◀──┘ responses
 *
 * It delivers at least once: a send resolves when all in-sync replicas have the message, an offset is committed when
 * everything below it has been handled. What it loses all the same (a topic that is emptied, a cluster that is lost) is
 * sent again from the store.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  BusClosed,
  pause,
  type InstanceReport,
  type Logger,
  type MessageHandler,
  type OperationBus,
  type RequestMessage,
  type ResponseMessage,
  type Subscription,
  type Time,
} from '../../engine/index.ts';
import { DeadLetters } from './dead-letters.ts';
import { BusHealth } from './health.ts';
import { describeError } from './describe-error.ts';
import { KafkaTransport } from './kafka-transport.ts';
import { traceSend, writeTraceHeaders } from './message-traces.ts';
import type { KafkaNames } from './names.ts';
import { BatchingProducer, type QueuedMessage } from './batching-producer.ts';
import { readReport, writeReport } from './report-format.ts';
import { RequestRoutes } from './request-routes.ts';
import type { SecurityOptions } from './security/index.ts';
import { StartLimit } from './start-limit.ts';
import { Statistics, type KafkaBusStatistics } from './statistics.ts';
import { KafkaSubscription, type HandlingObserver, type ReadContent } from './subscription.ts';
import { findNarrowTopics, messageBytesMax } from './topics.ts';
import type { SendFailure } from './transport.ts';
import {
  readRequest,
  readResponse,
  writeRequest,
  writeResponse,
  type ReadRequest,
  type ReadResponse,
  type DecodeError,
} from './wire-format.ts';

export interface KafkaBusDependencies {
  readonly logger: Logger;
  readonly time: Time;
  readonly onHandled: HandlingObserver | undefined;
}

export interface KafkaBusOptions {
  readonly bootstrapBrokers: readonly string[];
  readonly security: SecurityOptions;
  readonly instanceId: string;
  readonly names: KafkaNames;
  /** How long `start` waits for the cluster and its topics. */
  readonly startLimitMs: number;
}

/** The dispatcher reads what was not sent from the store again; it should not wait much longer than for a new leader. */
const requestDeadlineMs = 15_000;
/** Outcomes cost work, so that they are kept for longer: two brokers of three may take a minute to come back. */
const responseDeadlineMs = 60_000;
const reportDeadlineMs = 5_000;
const drainMs = 5_000;
const startPauseMs = 500;
/** The time in which a group of healthy members and brokers gives partitions to a new one. */
const joinLimitMs = 3_000;
const joinPollMs = 20;
const probeLimitMs = 4_000;
/** Approximate size of a message head, in bytes. */
const headBytes = 512;

/** Where the response to a request is to go. */
interface Reply {
  readonly partition: number | undefined;
}

interface ReadReport {
  readonly kind: 'read';
  readonly isReport: true;
  readonly report: InstanceReport;
}

type AnyContent = ReadRequest | ReadResponse | ReadReport;

function readResponseOrReport(value: Uint8Array | null | undefined): ReadResponse | ReadReport | DecodeError {
  const report = readReport(value);
  return report === undefined ? readResponse(value) : { kind: 'read', isReport: true, report };
}

export class KafkaBus implements OperationBus {
  readonly #dependencies: KafkaBusDependencies;
  readonly #options: KafkaBusOptions;
  readonly #rotation = process.pid;
  readonly #statistics = new Statistics();
  readonly #transport: KafkaTransport;
  readonly #requests: BatchingProducer;
  readonly #responses: BatchingProducer;
  readonly #reports: BatchingProducer;
  readonly #deadLetters: DeadLetters;
  readonly #health: BusHealth;
  readonly #routes = new RequestRoutes();
  readonly #requestSubscriptions = new Set<KafkaSubscription<ReadRequest>>();
  readonly #responseSubscriptions = new Set<KafkaSubscription<ReadResponse | ReadReport>>();
  #onReport: (report: InstanceReport) => Promise<void> = async () => {};
  /** While a request is handled. */
  readonly #replyTo = new AsyncLocalStorage<Reply>();
  /** Those of requests that are being evaluated. */
  readonly #unanswered = new Set<Reply>();
  readonly #stopping = new AbortController();
  #isStarted = false;
  #stopped: Promise<void> | undefined;

  constructor(dependencies: KafkaBusDependencies, options: KafkaBusOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    const { logger, time } = dependencies;
    const { bootstrapBrokers, security, instanceId, names } = options;
    this.#transport = new KafkaTransport(
      { logger, time },
      { bootstrapBrokers, security, clientId: instanceId, rotation: this.#rotation },
    );
    this.#requests = this.#createProducer(names.requestTopic, requestDeadlineMs);
    this.#responses = this.#createProducer(names.responseTopic, responseDeadlineMs, () => this.#unanswered.size > 0);
    this.#reports = this.#createReportProducer();
    const producer = this.#createProducer(names.deadLetterTopic, requestDeadlineMs);
    this.#deadLetters = new DeadLetters({ logger, time, producer, statistics: this.#statistics });
    this.#health = new BusHealth(time, () => this.#transport.probe(this.#topics, probeLimitMs));
  }

  get #topics(): readonly string[] {
    const { requestTopic, responseTopic, deadLetterTopic } = this.#options.names;
    return [requestTopic, responseTopic, deadLetterTopic];
  }

  get #producers(): readonly BatchingProducer[] {
    return [this.#requests, this.#responses, this.#reports, this.#deadLetters.producer];
  }

  get #subscriptions(): readonly KafkaSubscription<AnyContent>[] {
    return [...this.#requestSubscriptions, ...this.#responseSubscriptions] as KafkaSubscription<AnyContent>[];
  }

  #createProducer(topic: string, deadlineMs: number, isMoreExpected = (): boolean => false): BatchingProducer {
    const onSent = (count: number): void => {
      this.#statistics.count(topic, 'sent', count);
      this.#statistics.count(topic, 'sends');
      this.#health.noteSent();
    };
    const onFailure = (failure: SendFailure, partition: number): void => {
      this.#statistics.count(topic, 'sendFailures');
      this.#health.noteSendFailure(failure, topic);
      this.#dependencies.logger.debug({ topic, partition, reason: describeError(failure) }, 'a send failed');
    };
    const { time } = this.#dependencies;
    return new BatchingProducer(
      { transport: this.#transport, time, onSent, onFailure, isMoreExpected },
      { topic, deadlineMs },
    );
  }

  /** Reports are no work: they are not counted, and one that cannot be sent soon is worth nothing. */
  #createReportProducer(): BatchingProducer {
    const { time } = this.#dependencies;
    const { responseTopic: topic } = this.#options.names;
    const onSent = (): void => this.#health.noteSent();
    const onFailure = (failure: SendFailure): void => this.#health.noteSendFailure(failure, topic);
    return new BatchingProducer(
      { transport: this.#transport, time, onSent, onFailure },
      { topic, deadlineMs: reportDeadlineMs },
    );
  }

  async start(): Promise<void> {
    await this.#waitForTopics();
    if (this.#stopping.signal.aborted) throw new BusClosed();
    this.#isStarted = true;
    await this.#checkMessageSizes();
  }

  async #waitForTopics(): Promise<void> {
    const { time, logger } = this.#dependencies;
    const brokers = this.#options.bootstrapBrokers.join(',');
    const limit = new StartLimit(time, this.#options.startLimitMs);
    for (let tries = 0; !this.#stopping.signal.aborted; tries += 1) {
      try {
        return await this.#transport.probe(this.#topics, probeLimitMs);
      } catch (error) {
        const failure = limit.findFailure(error, brokers);
        if (failure !== undefined) throw failure;
        const reason = describeError(error);
        if (tries % 10 === 0) logger.warn({ brokers, reason }, 'Kafka or its topics are not available yet; waiting');
        await pause(time, startPauseMs, this.#stopping.signal);
      }
    }
  }

  async #checkMessageSizes(): Promise<void> {
    const { logger } = this.#dependencies;
    try {
      const topics = await findNarrowTopics(this.#options, this.#topics);
      if (topics.length > 0) {
        const message = `chunks with large results are too large for these topics: set their max.message.bytes to ${messageBytesMax}`;
        logger.error({ topics }, message);
      }
    } catch (error) {
      logger.warn({ reason: describeError(error) }, 'could not read the settings of the topics');
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await Promise.all(this.#producers.map((producer) => producer.close(drainMs)));
    await this.#transport.close();
    this.#deadLetters.stop();
  }

  async sendRequests(requests: readonly RequestMessage[]): Promise<void> {
    const bytes = sizeOf(requests.map(({ text }) => text));
    await traceSend(this.#options.names.requestTopic, requests.length, () =>
      this.#requests.send(bytes, () => this.#writeRequests(requests)),
    );
  }

  #writeRequests(requests: readonly RequestMessage[]): QueuedMessage[] {
    const { requestTopic, responseTopic } = this.#options.names;
    const map = {
      requestLeaders: this.#transport.leaders(requestTopic),
      responseLeaders: this.#transport.leaders(responseTopic),
      replyPartitions: Array.from(this.#responseSubscriptions).flatMap(({ partitions }) => [...partitions]),
    };
    const headers = writeTraceHeaders();
    this.#routes.advance();
    return requests.map((request) => {
      const { partition, replyPartition, onPlaced } = this.#routes.plan(request, map);
      return { value: writeRequest(request, replyPartition), headers, partition, onPlaced };
    });
  }

  async sendResponses(responses: readonly ResponseMessage[]): Promise<void> {
    const reply = this.#replyTo.getStore();
    if (reply !== undefined) this.#unanswered.delete(reply);
    const bytes = sizeOf(responses.map(({ outcomes }) => outcomes.text));
    await traceSend(this.#options.names.responseTopic, responses.length, () => {
      const headers = writeTraceHeaders();
      return this.#responses.send(bytes, () =>
        responses.map((response) => ({ value: writeResponse(response), headers, partition: reply?.partition })),
      );
    });
  }

  /** Sends the report of this instance to the instances that read responses. */
  async sendReport(report: InstanceReport): Promise<void> {
    const value = writeReport(report);
    await this.#reports.send(value.length, () => [{ value, headers: {}, partition: undefined }]);
  }

  /** Called for each report that comes with the responses. If it throws, the report is redelivered. */
  onReport(handler: (report: InstanceReport) => Promise<void>): void {
    this.#onReport = handler;
  }

  consumeRequests(handler: MessageHandler<RequestMessage>, concurrency: number): Subscription {
    const { requestTopic: topic, requestGroup: groupId } = this.#options.names;
    const handle = ({ message, replyPartition }: ReadRequest): Promise<void> =>
      this.#expectResponse({ partition: replyPartition }, () => handler(message));
    return this.#subscribe(this.#requestSubscriptions, topic, groupId, concurrency, readRequest, handle);
  }

  async #expectResponse(reply: Reply, handle: () => Promise<void>): Promise<void> {
    this.#unanswered.add(reply);
    try {
      await this.#replyTo.run(reply, handle);
    } finally {
      this.#unanswered.delete(reply);
    }
  }

  consumeResponses(handler: MessageHandler<ResponseMessage>, concurrency: number): Subscription {
    const { responseTopic: topic, responseGroup: groupId } = this.#options.names;
    const handle = (content: ReadResponse | ReadReport): Promise<void> =>
      'report' in content ? this.#onReport(content.report) : handler(content.message);
    return this.#subscribe(this.#responseSubscriptions, topic, groupId, concurrency, readResponseOrReport, handle);
  }

  #subscribe<Content extends ReadContent>(
    subscriptions: Set<KafkaSubscription<Content>>,
    topic: string,
    groupId: string,
    concurrency: number,
    read: (value: Uint8Array | null | undefined) => Content | DecodeError,
    handle: (content: Content) => Promise<void>,
  ): Subscription {
    if (this.#stopping.signal.aborted) throw new BusClosed();
    const { logger, time, onHandled } = this.#dependencies;
    const { bootstrapBrokers, security, instanceId: clientId } = this.#options;
    const subscription = new KafkaSubscription<Content>(
      {
        logger,
        time,
        statistics: this.#statistics,
        read,
        handle,
        onHandled,
        setAside: (message, error) => this.#deadLetters.setAside(message, error),
      },
      { bootstrapBrokers, security, clientId, rotation: this.#rotation, groupId, topic, concurrency },
    );
    subscriptions.add(subscription);
    subscription.start();
    return {
      async stop() {
        await subscription.stop();
        subscriptions.delete(subscription);
      },
    };
  }

  /**
   * Resolves when each subscription has partitions to read from, so that messages are handled immediately, and after 3 s in any case:
   * a group with more members than partitions has none for some.
   */
  async waitUntilJoined(): Promise<void> {
    const { time } = this.#dependencies;
    const deadline = time.now() + joinLimitMs;
    const { signal } = this.#stopping;
    while (this.#subscriptions.some(({ partitions }) => partitions.size === 0)) {
      if (signal.aborted || time.now() >= deadline) return;
      await pause(time, joinPollMs, signal);
    }
  }

  async checkHealth(): Promise<void> {
    if (this.#stopping.signal.aborted) throw new BusClosed();
    if (!this.#isStarted) throw new Error('Kafka: not started');
    const outstanding = this.#producers.reduce((sum, { outstandingCount }) => sum + outstandingCount, 0);
    const faults = this.#subscriptions.map((subscription) => subscription.findFault());
    const own = await this.#health.findFaults(outstanding > 0);
    const all = [...own, ...faults].filter((fault) => fault !== undefined);
    if (all.length > 0) throw new Error(`Kafka: ${all.join('; ')}`);
  }

  /** Messages of a topic that are for this instance and not finished; undefined while that is not known. */
  async readLag(topic: string): Promise<number | undefined> {
    const subscriptions = this.#subscriptions.filter((subscription) => subscription.topic === topic);
    const lags = await Promise.all(subscriptions.map((subscription) => subscription.readLag()));
    const known = lags.filter((lag) => lag !== undefined);
    return known.length === 0 ? undefined : known.reduce((sum, lag) => sum + lag, 0);
  }

  readStatistics(): KafkaBusStatistics {
    return this.#statistics.read(this.#transport.replacements);
  }
}

function sizeOf(texts: readonly Uint8Array[]): number {
  return texts.reduce((sum, text) => sum + text.length + headBytes, 0);
}
