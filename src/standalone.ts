/**
 * Everything in one process: the parts of both applications on SQLite and memory. Reads like a parts list; the parts
 * start from the store outwards and stop the other way round, so no part calls one that has stopped.
 */
import { isUtf8 } from 'node:buffer';
import { hostname } from 'node:os';
import { v4 as randomId } from 'uuid';
import { createMemoryBus } from './bus/memory/index.ts';
import type { Config } from './config.ts';
import { createEngine, defaultEngineOptions, systemTime, type Service } from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHttpServer, createProbes, readPageFiles } from './http/index.ts';
import { readPackageVersion } from './package-version.ts';
import {
  auditExpiry,
  createAccess,
  createAudit,
  createDigest,
  createEvaluation,
  millisecondsPerDay,
  newJobId,
  pageFolder,
  startAll,
  stopAll,
} from './wiring.ts';
import { createSqliteStore } from './store/sqlite/index.ts';
import { planTable } from './tables/index.ts';
import { createLogger, createTelemetry } from './telemetry/index.ts';

export interface Standalone {
  /** Where the HTTP API is served. */
  readonly url: string;
  /** Takes no new work, finishes or hands back what it has, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Maximum number of chunks at the evaluator: every window of the dispatcher fits, since the pool is fair between jobs itself. */
const evaluatorConcurrency = 2 * defaultEngineOptions.inFlightChunksMax;
/** Timeout of running chunks at a stop; unfinished ones are evaluated after the next start. */
const evaluationGraceMs = 2_000;

/** Rejects with an error whose message a person can act on, when a part cannot start; then nothing is left running. */
export async function startStandalone(config: Config): Promise<Standalone> {
  const logger = createLogger(config.logLevel);
  const telemetry = createTelemetry(logger, 'standalone', config);
  const store = createSqliteStore({ logger }, { directory: config.dataDirectory });
  const bus = createMemoryBus();
  const pool = createEvaluatorPool(
    {
      onEvent(event) {
        telemetry.noteEvaluatorFailure(event.kind);
        logger.warn(event, 'an evaluator thread was replaced');
      },
    },
    { threads: config.evaluatorThreads },
  );
  const auditLog = createAudit(logger, config.auditLog);
  const engine = createEngine(
    {
      store,
      bus,
      chunkEvaluator: pool,
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
      owner: randomId(),
      instanceId: config.instanceId,
      role: 'standalone',
      version: readPackageVersion(),
      storeKind: 'sqlite',
      busKind: 'memory',
      retentionMs: config.retentionDays * millisecondsPerDay,
      operationsMax: config.jobOperationsMax,
      uploadBytesMax: config.uploadBytesMax,
      costBase: config.jobCostBase,
      costPerOperation: config.jobCostPerOperation,
    },
  );
  const http = createHttpServer(
    {
      service: engine,
      logger,
      observer: telemetry.requestObserver,
      metricsPage: telemetry.metricsPage,
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
  const evaluation = createEvaluation(
    { bus, chunkEvaluator: pool, observer: telemetry.engineObserver },
    { concurrency: evaluatorConcurrency, graceMs: evaluationGraceMs },
  );

  telemetry.observeReadiness(['store', 'bus'], () => engine.checkReady());
  telemetry.observeStoreSpace(() => store.readSpace());
  telemetry.observeLoad(() => engine.readLoad());
  telemetry.observeBudgets(() => http.readBudgets());

  const audit = auditLog === undefined ? [] : [auditLog];
  const parts: readonly Service[] = [telemetry, ...audit, store, bus, pool, evaluation, engine, http, ...probes];
  await startAll(parts);
  const url = http.url ?? '';
  logger.info({ url, dataDirectory: config.dataDirectory, threads: config.evaluatorThreads }, 'serving');
  return { url, stop: () => stopAll([http, ...probes, evaluation, engine, bus, pool, store, ...audit, telemetry]) };
}
