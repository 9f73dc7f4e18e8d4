/** A whole engine on memory adapters and the real clock, with an evaluator that the test can hold back. */
import { isUtf8 } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { createMemoryBus } from '../../src/bus/memory/index.ts';
import {
  createEngine,
  createEvaluator,
  defaultEngineOptions,
  noopLogger,
  systemTime,
  type ChunkEvaluator,
  type Engine,
  type EngineDependencies,
  type EngineOptions,
  type JobStore,
  type RequestMessage,
  type Upload,
} from '../../src/engine/index.ts';
import { countErrors, decodeLines, encodeErrorLine, type ChunkOutcomes } from '../../src/jobs/index.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';
import { evaluateSimpleRows, planSimpleTable } from './simple-tables.ts';

/** Lines are numbers; each seventh fails, the others give themselves back. Tables: see simple-tables.ts. */
export function evaluateNumbers(request: RequestMessage, engine = '3'): ChunkOutcomes {
  if (request.table !== undefined) return evaluateSimpleRows(request, request.table, engine);
  const faults = new Map(request.faults.map((fault) => [fault.line, fault]));
  const lines = decodeLines(request.text).map((line, index) => {
    const fault = faults.get(request.firstLine + index);
    if (fault !== undefined) return encodeErrorLine(fault);
    if (Number(line) % 7 === 0) return encodeErrorLine({ code: 'DIV0', message: 'seventh', column: 1, endColumn: 2 });
    return `=${line}\n`;
  });
  const failed = lines.filter((line) => line.startsWith('!')).length;
  const text = Buffer.from(lines.join(''));
  return {
    succeeded: lines.length - failed,
    failed,
    ...(failed > 0 && { errors: countErrors(text, failed) }),
    cancelled: 0,
    cost: 10,
    engine,
    text,
  };
}

/** Lets chunks pass only as far as it is told; a chunk that waits holds nobody else back. */
export class Gate {
  #isOpen = true;
  readonly #allowed = new Set<number>();
  readonly #waiting: { readonly firstLine: number; readonly pass: () => void }[] = [];

  close(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    for (const { pass } of this.#waiting.splice(0)) pass();
  }

  /** Lets the chunks with this first line pass. */
  allow(firstLine: number): void {
    this.#allowed.add(firstLine);
    for (const waiting of this.#waiting) if (waiting.firstLine === firstLine) waiting.pass();
  }

  async pass(firstLine: number): Promise<void> {
    if (this.#isOpen || this.#allowed.has(firstLine)) return;
    await new Promise<void>((pass) => this.#waiting.push({ firstLine, pass }));
  }
}

export interface OpenEngine {
  readonly engine: Engine;
  readonly store: JobStore;
  readonly gate: Gate;
  readonly requests: RequestMessage[];
  /** From now on lines are evaluated by another version of the expression engine. */
  upgrade(version: string): void;
  close(): Promise<void>;
}

export async function openEngine(
  options: Partial<EngineOptions> = {},
  store: JobStore = new MemoryJobStore(),
  dependencies: Partial<Pick<EngineDependencies, 'time' | 'newJobId'>> = {},
): Promise<OpenEngine> {
  const bus = createMemoryBus();
  const gate = new Gate();
  const requests: RequestMessage[] = [];
  let ids = 0;
  let engineVersion = '3';
  const chunkEvaluator: ChunkEvaluator = {
    start: async () => {},
    stop: async () => {},
    async evaluate(request) {
      requests.push(request);
      await gate.pass(request.firstLine);
      return evaluateNumbers(request, engineVersion);
    },
  };
  const engine = createEngine(
    {
      store,
      bus,
      time: systemTime,
      newJobId: () => {
        ids += 1;
        return `job-${String(ids).padStart(4, '0')}`;
      },
      planTable: planSimpleTable,
      isUtf8,
      createDigest: () => {
        const hash = createHash('sha256');
        return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
      },
      logger: noopLogger,
      chunkEvaluator,
      ...dependencies,
    },
    { ...defaultEngineOptions, owner: randomUUID(), pollMs: 10, foldMs: 10, intervalMs: 20, ...options },
  );
  const evaluator = createEvaluator({ bus, chunkEvaluator }, { concurrency: 100 });
  await engine.start();
  evaluator.start();
  // The engine's own timers do not keep a process alive; the test waits for what they do.
  const keptAlive = setInterval(() => {}, 1_000);
  return {
    engine,
    store,
    gate,
    requests,
    upgrade(version) {
      engineVersion = version;
    },
    async close() {
      gate.open();
      await evaluator.stop();
      await engine.stop();
      await bus.stop();
      clearInterval(keptAlive);
    },
  };
}

export function upload(text: string | AsyncIterable<Uint8Array>, options: Partial<Upload> = {}): Upload {
  return {
    source: typeof text === 'string' ? bytesOf(text) : text,
    format: 'text',
    mode: 'decimal',
    precision: 34,
    name: undefined,
    idempotencyKey: undefined,
    ...options,
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let position = 0; position < bytes.length; position += 50_000) yield bytes.subarray(position, position + 50_000);
}

/** The numbers 1 to `count`, one a line. */
export function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
}

/** Submits and returns the job's id. */
export async function submit(engine: Engine, text: string, options: Partial<Upload> = {}): Promise<string> {
  const verdict = await engine.submit(upload(text, options));
  if (verdict.kind !== 'accepted') throw new Error(`the upload was not accepted: ${verdict.kind}`);
  return verdict.job.id;
}

/** Waits until the job has `completed` lines with an outcome, or is finished. */
export async function waitFor(engine: Engine, jobId: string, completed = Infinity) {
  const views = await engine.watchJob(jobId, 1, new AbortController().signal);
  if (views === undefined) throw new Error('no such job');
  for await (const view of views) {
    if (view.completed >= completed || view.status === 'Completed' || view.status === 'Cancelled') return view;
  }
  throw new Error('the job was deleted');
}
