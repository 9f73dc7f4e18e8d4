/**
 * The application that users talk to: Intake, Dispatcher, Recorder, Janitor and the HTTP API on MongoDB and Kafka. Any
 * number of instances serve the same jobs.
 */
import { isUtf8 } from 'node:buffer';
import { hostname } from 'node:os';
import { v4 as randomId } from 'uuid';
import { createKafkaBus, kafkaNamesOf, kafkaSecurityOf } from './bus/kafka/index.ts';
import { readClientApplicationConfig, type ClientApplicationConfig } from './config.ts';
import {
  createEngine,
  createInstanceReporter,
  createReportKeeper,
  defaultEngineOptions,
  withDeadline,
  reportMsMax,
  systemTime,
  type Service,
} from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHttpServer, createProbes, readPageFiles } from './http/index.ts';
import { readPackageVersion } from './package-version.ts';
import {
  auditExpiry,
  createAccess,
  createAudit,
  createDigest,
  createJoining,
  millisecondsPerDay,
  newJobId,
  readLags,
  pageFolder,
  startAll,
  stopAll,
} from './wiring.ts';
import { runApplication, type Running } from './run-application.ts';
import { createMongoStore, mongoSecurityOf } from './store/mongo/index.ts';
import { planTable } from './tables/index.ts';
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
/**
 * On a busy machine everything takes long, whatever is on the bus. Fewer chunks would only make more and smaller requests of the
 * same work, and the machine busier.
 */
const windowChunksMin = 128;
/** Enough to keep hundreds of evaluator threads busy. */
const windowChunksMax = 512;
const inFlightChunksMax = 2_048;
/** With more, small jobs wait longer next to a large one, which is not faster for it. */
const queueMs = 100;
/** A call of the store costs as much as some 10 KiB of text, and it serves other calls at the same time. */
const appendBytes = 512 * 1024;
/** The store takes 32 outcomes in one call at the price of seven calls with one; while few wait, they gather. */
const secondWriteChunks = 32;
/** More than most uploads have; the rest of a larger one is read from the store. */
const atHandBytesMax = 64 * 1024 * 1024;
/** Who waits at one instance for a job of another learns of its end twice this later at most, until many wait. */
const followPollMs = 20;
/** `POST /api/evaluate` takes a second of computation at most, and jobs are evaluated elsewhere. */
const evaluatorThreads = 1;

async function startClientApplication(config: ClientApplicationConfig): Promise<Running> {
  const logger = createLogger(config.logLevel, { application: 'client-application', instance: config.instanceId });
  const telemetry = createTelemetry(logger, 'client-application', config);
  const store = createMongoStore(
    { logger, time: systemTime },
    { uri: config.mongodbUri, security: mongoSecurityOf(config) },
  );
  const names = kafkaNamesOf(config);
  const bus = createKafkaBus(
    { logger, onHandled: telemetry.observeHandling() },
    { bootstrapBrokers: config.kafkaUri, instanceId: config.instanceId, names, security: kafkaSecurityOf(config) },
  );
  const pool = createEvaluatorPool(
    {
      onEvent(event) {
        telemetry.noteEvaluatorFailure(event.kind);
        logger.warn(event, 'an evaluator thread was replaced');
      },
    },
    { threads: evaluatorThreads },
  );
  const auditLog = createAudit(logger, config.auditLog);
  const engine = createEngine(
    {
      store,
      bus,
      chunkEvaluator: pool,
      registry: store,
      time: systemTime,
      newJobId,
      onExpired: auditExpiry(auditLog),
      planTable,
      isUtf8,
      createDigest,
      logger,
      observer: telemetry.engineObserver,
    },
    {
      ...defaultEngineOptions,
      owner: `${config.instanceId}/${randomId()}`,
      instanceId: config.instanceId,
      role: 'client-application',
      version: readPackageVersion(),
      storeKind: 'mongodb',
      busKind: 'kafka',
      leaseMs,
      resendMs,
      intervalMs: janitorIntervalMs,
      retentionMs: config.retentionDays * millisecondsPerDay,
      operationsMax: config.jobOperationsMax,
      uploadBytesMax: config.uploadBytesMax,
      costBase: config.jobCostBase,
      costPerOperation: config.jobCostPerOperation,
      concurrency: config.consumerConcurrency,
      windowChunksMin,
      windowChunksMax,
      queueMs,
      inFlightChunksMax,
      appendBytes,
      secondWriteChunks,
      atHandBytesMax,
      followPollMs,
    },
  );
  const http = createHttpServer(
    {
      service: withDeadline(engine, systemTime),
      logger,
      observer: telemetry.requestObserver,
      page: readPageFiles(pageFolder),
      access: createAccess({ store, logger }, config),
      auditLog,
    },
    {
      host: config.httpHost,
      port: config.httpPort,
      machineName: hostname(),
      allowedHosts: config.allowedHosts,
      allowedOrigins: config.allowedOrigins,
      uploadBytesMax: config.uploadBytesMax,
      budgets: config,
    },
  );
  const probes = createProbes({ service: engine, logger, metricsPage: telemetry.metricsPage }, config);

  const { requestTopic, responseTopic, deadLetterTopic } = names;
  bus.onReport(createReportKeeper({ registry: store, time: systemTime, logger }));
  const reporter = createInstanceReporter({
    time: systemTime,
    logger,
    describe: async () => engine.describeInstance(await readLags(bus, [responseTopic])),
    send: (report) => store.reportInstance(report, report.seenAt - reportMsMax),
  });
  telemetry.observeReadiness(['store', 'bus'], () => engine.checkReady());
  telemetry.observeLoad(() => engine.readLoad());
  telemetry.observeBudgets(() => http.readBudgets());
  telemetry.observeBus(bus, { consumed: [responseTopic], produced: [requestTopic, deadLetterTopic] });

  const joining = createJoining(bus);
  const audit = auditLog === undefined ? [] : [auditLog];
  const parts: readonly Service[] = [telemetry, ...audit, store, bus, pool, engine, joining, reporter, http, ...probes];
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
