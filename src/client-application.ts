/**
 * The application that users talk to: Intake, Dispatcher, Recorder, Janitor and the HTTP API on MongoDB and Kafka. Any
 * number of instances serve the same jobs.
 */
import { isUtf8 } from 'node:buffer';
import { v4 as randomId, v7 as timeOrderedId } from 'uuid';
import { createKafkaBus, defaultKafkaNames } from './bus/kafka/index.ts';
import { readClientApplicationConfig, type ClientApplicationConfig } from './config.ts';
import { createEngine, defaultEngineOptions, limitAnswers, systemTime, type Service } from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHttpServer } from './http/index.ts';
import { createDigest, millisecondsPerDay, startAll, stopAll } from './parts.ts';
import { runApplication, type Running } from './run-application.ts';
import { createMongoStore } from './store/mongo/index.ts';
import { createLogger, createTelemetry } from './telemetry/index.ts';

/** Jobs of an instance that died wait this long for another, plus a round of the janitor. */
const leaseMs = 10_000;
/** Every instance looks for jobs without an owner, so that each can take its time. */
const janitorIntervalMs = 2_000;
/**
 * A response is lost only with the broker that had it; those of a dead evaluator are given to another one within the
 * session time of its group (10 s) and need no second sending.
 */
const resendMs = 15_000;
/** `POST /api/evaluate` takes a second of computation at most, and jobs are evaluated elsewhere. */
const evaluatorThreads = 1;

async function startClientApplication(config: ClientApplicationConfig): Promise<Running> {
  const logger = createLogger(config.logLevel, { application: 'client-application', instance: config.instanceId });
  const telemetry = createTelemetry(logger, 'client-application', config);
  const store = createMongoStore({ logger, time: systemTime }, { uri: config.mongodbUri });
  const bus = createKafkaBus(
    { logger, onHandled: telemetry.observeHandling() },
    { bootstrapBrokers: config.kafkaUri, instanceId: config.instanceId },
  );
  const pool = createEvaluatorPool(
    {
      onEvent(event) {
        telemetry.noteRepair(event.kind);
        logger.warn(event, 'an evaluator thread had to be replaced');
      },
    },
    { threads: evaluatorThreads },
  );
  const engine = createEngine(
    {
      store,
      bus,
      chunkEvaluator: pool,
      time: systemTime,
      newJobId: timeOrderedId,
      isUtf8,
      createDigest,
      logger,
      observer: telemetry.engineObserver,
    },
    {
      ...defaultEngineOptions,
      owner: `${config.instanceId}/${randomId()}`,
      leaseMs,
      resendMs,
      intervalMs: janitorIntervalMs,
      retentionMs: config.retentionDays * millisecondsPerDay,
      operationsMax: config.jobOperationsMax,
      uploadBytesMax: config.uploadBytesMax,
      costBase: config.jobCostBase,
      costPerOperation: config.jobCostPerOperation,
      concurrency: config.consumerConcurrency,
    },
  );
  const http = createHttpServer(
    { service: limitAnswers(engine, systemTime), logger, observer: telemetry.requestObserver },
    {
      host: config.httpHost,
      port: config.httpPort,
      allowedOrigins: config.allowedOrigins,
      uploadBytesMax: config.uploadBytesMax,
    },
  );

  const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;
  telemetry.observeLoad(() => engine.readLoad());
  telemetry.observeBus(bus, { consumed: [responseTopic], produced: [requestTopic, deadLetterTopic] });

  const parts: readonly Service[] = [telemetry, store, bus, pool, engine, http];
  await startAll(parts);
  logger.info({ url: http.url, kafka: config.kafkaUri }, 'serving');
  return {
    async stop() {
      await stopAll(parts.toReversed());
      logger.info({}, 'stopped');
    },
  };
}

await runApplication('client-application', readClientApplicationConfig, startClientApplication);
