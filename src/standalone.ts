/**
 * Everything in one process: the parts of both applications on SQLite and memory. Reads like a parts list; the parts
 * start from the store outwards and stop the other way round, so nothing is asked of a part that is gone.
 */
import { isUtf8 } from 'node:buffer';
import { v4 as randomId, v7 as timeOrderedId } from 'uuid';
import { createMemoryBus } from './bus/memory/index.ts';
import type { Config } from './config.ts';
import { createEngine, defaultEngineOptions, systemTime, type Service } from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHttpServer } from './http/index.ts';
import { createDigest, createEvaluation, millisecondsPerDay, startAll, stopAll } from './parts.ts';
import { createSqliteStore } from './store/sqlite/index.ts';
import { createLogger, createTelemetry } from './telemetry/index.ts';

export interface Standalone {
  /** Where the HTTP API is served. */
  readonly url: string;
  /** Takes no new work, finishes or hands back what it has, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Chunks at the evaluator at once: every window of the dispatcher fits, since the pool is fair between jobs itself. */
const evaluatorConcurrency = 2 * defaultEngineOptions.inFlightChunksMax;
/** How long chunks under way may take at a stop; what is not done then is done after the next start. */
const evaluationGraceMs = 2_000;

/** Rejects with an error whose message a person can act on, when a part cannot start; then nothing is left running. */
export async function startStandalone(config: Config): Promise<Standalone> {
  const logger = createLogger(config.logLevel);
  const telemetry = createTelemetry(logger, 'standalone', config);
  const store = createSqliteStore({}, { directory: config.dataDirectory });
  const bus = createMemoryBus();
  const pool = createEvaluatorPool(
    {
      onEvent(event) {
        telemetry.noteRepair(event.kind);
        logger.warn(event, 'an evaluator thread had to be replaced');
      },
    },
    { threads: config.evaluatorThreads },
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
      owner: randomId(),
      retentionMs: config.retentionDays * millisecondsPerDay,
      operationsMax: config.jobOperationsMax,
      uploadBytesMax: config.uploadBytesMax,
      costBase: config.jobCostBase,
      costPerOperation: config.jobCostPerOperation,
    },
  );
  const http = createHttpServer(
    { service: engine, logger, observer: telemetry.requestObserver, metricsPage: telemetry.metricsPage },
    {
      host: config.httpHost,
      port: config.httpPort,
      allowedOrigins: config.allowedOrigins,
      uploadBytesMax: config.uploadBytesMax,
    },
  );
  const evaluation = createEvaluation(
    { bus, chunkEvaluator: pool, observer: telemetry.engineObserver },
    { concurrency: evaluatorConcurrency, graceMs: evaluationGraceMs },
  );

  telemetry.observeLoad(() => engine.readLoad());

  const parts: readonly Service[] = [telemetry, store, bus, pool, evaluation, engine, http];
  await startAll(parts);
  const url = http.url ?? '';
  logger.info({ url, dataDirectory: config.dataDirectory, threads: config.evaluatorThreads }, 'serving');
  return { url, stop: () => stopAll([http, evaluation, engine, bus, pool, store, telemetry]) };
}
