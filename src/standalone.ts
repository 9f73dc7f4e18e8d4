/**
 * Everything in one process: the parts of both applications on SQLite and memory. Reads like a parts list; the parts
 * start from the store outwards and stop the other way round, so nothing is asked of a part that is gone.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import pino from 'pino';
import { v4 as randomId, v7 as timeOrderedId } from 'uuid';
import { createMemoryBus } from './bus/memory/index.ts';
import type { Config } from './config.ts';
import {
  createEngine,
  createEvaluator,
  defaultEngineOptions,
  pause,
  systemTime,
  type ContentDigest,
  type Logger,
  type Service,
} from './engine/index.ts';
import { createEvaluatorPool } from './evaluator-pool/index.ts';
import { createHttpServer } from './http/index.ts';
import { createSqliteStore } from './store/sqlite/index.ts';

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
const millisecondsPerDay = 24 * 3_600_000;

/** Rejects with an error whose message a person can act on, when a part cannot start; then nothing is left running. */
export async function startStandalone(config: Config): Promise<Standalone> {
  const logger = createLogger(config);
  const store = createSqliteStore({}, { directory: config.dataDirectory });
  const bus = createMemoryBus();
  const pool = createEvaluatorPool(
    { onEvent: (event) => logger.warn(event, 'an evaluator thread had to be replaced') },
    { threads: config.evaluatorThreads },
  );
  const evaluator = createEvaluator({ bus, chunkEvaluator: pool }, { concurrency: evaluatorConcurrency });
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
    { service: engine, logger },
    {
      host: config.httpHost,
      port: config.httpPort,
      allowedOrigins: config.allowedOrigins,
      uploadBytesMax: config.uploadBytesMax,
    },
  );
  const evaluation: Service = {
    async start() {
      evaluator.start();
    },
    async stop() {
      const finished = evaluator.stop();
      await Promise.race([finished, pause(systemTime, evaluationGraceMs)]);
      await pool.stop();
      await finished;
    },
  };

  const parts: readonly Service[] = [store, bus, pool, evaluation, engine, http];
  await startAll(parts);
  const url = http.url ?? '';
  logger.info({ url, dataDirectory: config.dataDirectory, threads: config.evaluatorThreads }, 'serving');
  return { url, stop: () => stopAll([http, evaluation, engine, bus, pool, store]) };
}

async function startAll(parts: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  try {
    for (const part of parts) {
      started.unshift(part);
      await part.start();
    }
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Stops each part in turn; one that fails keeps none of the others running. The first failure is thrown at the end. */
async function stopAll(parts: readonly Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) await part.stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

function createLogger(config: Config): Logger {
  return pino({ level: config.logLevel, timestamp: pino.stdTimeFunctions.isoTime });
}

function createDigest(): ContentDigest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
}
