/** The application that evaluates: takes request chunks from Kafka and sends back their outcomes. Keeps nothing. */
import { createKafkaBus, defaultKafkaNames } from './bus/kafka/index.ts';
import { readServerApplicationConfig, type ServerApplicationConfig } from './config.ts';
import type { FailingPart, Service } from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHealthServer } from './http/index.ts';
import { createEvaluation, startAll, stopAll } from './parts.ts';
import { runApplication, type Running } from './run-application.ts';
import { createLogger, createTelemetry } from './telemetry/index.ts';

/** How long chunks under way may take at a stop; what is not done then is given to another instance. */
const evaluationGraceMs = 8_000;

async function startServerApplication(config: ServerApplicationConfig): Promise<Running> {
  const logger = createLogger(config.logLevel, { application: 'server-application', instance: config.instanceId });
  const telemetry = createTelemetry(logger, 'server-application', config);
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
    { threads: config.evaluatorThreads },
  );
  const evaluation = createEvaluation(
    { bus, chunkEvaluator: pool, observer: telemetry.engineObserver },
    { concurrency: config.consumerConcurrency, graceMs: evaluationGraceMs },
  );
  async function checkReady(): Promise<readonly FailingPart[]> {
    try {
      await bus.checkHealth();
      return [];
    } catch (error) {
      return [{ part: 'bus', reason: error instanceof Error ? error.message : String(error) }];
    }
  }
  const health = createHealthServer(
    { service: { checkReady }, logger, observer: telemetry.requestObserver },
    { host: config.httpHost, port: config.httpPort, allowedOrigins: [] },
  );

  const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;
  telemetry.observeBus(bus, { consumed: [requestTopic], produced: [responseTopic, deadLetterTopic] });

  const parts: readonly Service[] = [telemetry, bus, pool, evaluation, health];
  await startAll(parts);
  logger.info({ url: health.url, kafka: config.kafkaUri, threads: config.evaluatorThreads }, 'serving');
  return {
    async stop() {
      await stopAll([health, evaluation, bus, pool, telemetry]);
      logger.info({}, 'stopped');
    },
  };
}

await runApplication('server-application', readServerApplicationConfig, startServerApplication);
