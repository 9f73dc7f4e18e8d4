/** A pool for one test, and the requests to give it. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChunkEvaluator, EvaluatedChunk, RequestMessage } from '../../src/engine/index.ts';
import {
  createEvaluatorPool,
  type EvaluatorPoolOptions,
  type LinePlace,
  type PoolEvent,
} from '../../src/evaluator-pool/index.ts';
import { engineVersion } from '../../src/expression/index.ts';
import { decodeOutcomes, type ChunkOutcomes } from '../../src/jobs/index.ts';

export const faultyEvaluator = new URL('./faulty-evaluator.ts', import.meta.url);

const encoder = new TextEncoder();

export function requestOf(lines: readonly string[], overrides: Partial<RequestMessage> = {}): RequestMessage {
  return {
    jobId: 'job',
    firstLine: 1,
    count: lines.length,
    text: encoder.encode(lines.map((line) => `${line}\n`).join('')),
    faults: [],
    mode: 'decimal',
    precision: 34,
    attempt: 1,
    costMax: Number.MAX_SAFE_INTEGER,
    ...overrides,
  };
}

/** One text a line: the result, or `!` and the error code. Whichever way the lines took, they name the engine. */
export function shownOutcomes(outcomes: ChunkOutcomes): string[] {
  assert.equal(outcomes.engine, engineVersion);
  return decodeOutcomes(outcomes.text).map((outcome) =>
    outcome.kind === 'result' ? outcome.text : `!${outcome.error.code}`,
  );
}

/** The outcomes as of a plain loop, without the working time that only threads report. */
export async function outcomesOf(evaluation: Promise<EvaluatedChunk>): Promise<ChunkOutcomes> {
  const { serviceMs, ...outcomes } = await evaluation;
  assert.ok(serviceMs !== undefined && serviceMs >= 0);
  return outcomes;
}

export interface PoolWorld {
  readonly pool: ChunkEvaluator;
  readonly events: readonly PoolEvent[];
  /** Resolves at the next event of that kind. */
  readonly nextEvent: (kind: PoolEvent['kind']) => Promise<void>;
  /** A folder for this test alone. */
  readonly directory: string;
  /** Sizes of the files in it, by name. */
  readonly fileSizes: () => Promise<Map<string, number>>;
}

/** Runs a test with a started pool, by default of the evaluator that does as lines say, and with short time limits. */
export async function withPool(
  options: Partial<EvaluatorPoolOptions>,
  action: (world: PoolWorld) => Promise<void>,
): Promise<void> {
  const events: PoolEvent[] = [];
  const emitter = new EventEmitter();
  const directory = await mkdtemp(join(tmpdir(), 'mathmill-pool-'));
  const pool = createEvaluatorPool(
    {
      onEvent(event) {
        events.push(event);
        emitter.emit(event.kind);
      },
    },
    { threads: 1, lineCpuMsMax: 100, lookIntervalMs: 10, heapMbMax: 32, evaluatorModule: faultyEvaluator, ...options },
  );
  async function nextEvent(kind: PoolEvent['kind']): Promise<void> {
    await once(emitter, kind);
  }
  async function fileSizes(): Promise<Map<string, number>> {
    const names = await readdir(directory);
    return new Map(
      await Promise.all(names.map(async (name) => [name, (await readFile(join(directory, name))).length] as const)),
    );
  }
  try {
    await pool.start();
    await action({ pool, events, nextEvent, directory, fileSizes });
  } finally {
    await pool.stop();
    await rm(directory, { recursive: true });
  }
}

export function kindsOf(events: readonly PoolEvent[]): string[] {
  return events.map(({ kind }) => kind);
}

/** The lines that were given an error by the pool itself. */
export function condemnedIn(events: readonly PoolEvent[]): (LinePlace & { readonly code: string })[] {
  return events.flatMap((event) => (event.kind === 'lineAborted' ? [{ ...event.place, code: event.code }] : []));
}
