/** The application that evaluates: takes request chunks from Kafka and sends back their outcomes. Keeps nothing. */
import { createKafkaBus, kafkaNamesOf, kafkaSecurityOf } from './bus/kafka/index.ts';
import { readServerApplicationConfig, type ServerApplicationConfig } from './config.ts';
import { createInstanceReporter, findFailingParts, systemTime, type Service } from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHealthServer } from './http/index.ts';
import { readPackageVersion } from './package-version.ts';
import { createEvaluation, createJoining, readLags, startAll, stopAll } from './wiring.ts';
import { runApplication, type Running } from './run-application.ts';
import { createLogger, createTelemetry } from './telemetry/index.ts';
import { createWarmUp } from './warm-up.ts';

/** Timeout of running chunks at a stop; unfinished ones are redelivered to another instance. */
const evaluationGraceMs = 8_000;

async function startServerApplication(config: ServerApplicationConfig): Promise<Running> {
  const logger = createLogger(config.logLevel, { application: 'server-application', instance: config.instanceId });
  const telemetry = createTelemetry(logger, 'server-application', config);
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
    { threads: config.evaluatorThreads },
  );
  const evaluation = createEvaluation(
    { bus, chunkEvaluator: pool, observer: telemetry.engineObserver },
    { concurrency: config.consumerConcurrency, graceMs: evaluationGraceMs },
  );
  const checkReady = () =>
    findFailingParts(systemTime, [{ part: 'bus', isRequired: true, check: () => bus.checkHealth() }]);
  const startedAt = Date.now();
  const reporter = createInstanceReporter({
    time: systemTime,
    logger,
    async describe() {
      const { chunks, operationsPerSecond } = evaluation.readLoad();
      const identity = { id: config.instanceId, role: 'server-application', version: readPackageVersion() } as const;
      const load = { jobs: 0, chunksInFlight: chunks, operationsPerSecond };
      const lags = await readLags(bus, [names.requestTopic]);
      return { ...identity, startedAt, seenAt: Date.now(), ...load, lags };
    },
    send: (report) => bus.sendReport(report),
  });
  const health = createHealthServer(
    { service: { checkReady }, logger, observer: telemetry.requestObserver },
    // Probes learn whether the process works and nothing else, so they may use any name.
    { host: config.httpHost, port: config.httpPort, machineName: '', allowedHosts: ['*'], allowedOrigins: [] },
  );

  const { requestTopic, responseTopic, deadLetterTopic } = names;
  telemetry.observeReadiness(['bus'], checkReady);
  telemetry.observeBus(bus, { consumed: [requestTopic], produced: [responseTopic, deadLetterTopic] });

  const warmUp = createWarmUp(pool, { threads: config.evaluatorThreads });
  const parts: readonly Service[] = [telemetry, bus, pool, warmUp, evaluation, createJoining(bus), reporter, health];
  await startAll(parts);
  logger.info({ url: health.url, kafka: config.kafkaUri, threads: config.evaluatorThreads }, 'serving');
  return {
    async stop() {
      await stopAll([health, reporter, evaluation, bus, pool, telemetry]);
      logger.info({}, 'stopped');
    },
  };
}

await runApplication('server-application', readServerApplicationConfig, startServerApplication);
