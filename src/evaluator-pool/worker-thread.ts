/** One worker thread as the pool sees it: its slices, its position, and its end. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ChunkTask } from './chunk-task.ts';
import type { LossCause, PoolSettings } from './pool-options.ts';
import {
  cellCount,
  lineCell,
  sliceCell,
  type Batch,
  type SliceOrder,
  type SliceReply,
  type ThreadMessage,
  type ThreadSetup,
} from './protocol.ts';

/** A thread inside a long native call cannot be stopped; after this time it is abandoned. */
const terminateMsMax = 10_000;
/** Slice ids are 1 to this and then start again; 0 means none. */
const sliceIdMax = 0x7fff_ffff;

/** Some lines of a chunk in the hands of a thread. */
export interface Slice {
  readonly task: ChunkTask;
  readonly estimateMs: number;
}

/** Which slice a thread is on, or was last, and the index of the line in it. */
export interface ThreadPosition {
  readonly sliceId: number;
  readonly line: number;
}

export interface ThreadEvents {
  onReady(): void;
  onReply(slice: Slice, reply: SliceReply): void;
  /** Called once, also after `terminate`. */
  onEnd(thread: WorkerThread, cause: LossCause): void;
}

export class WorkerThread {
  hasStarted = false;
  /** Sum of the estimates of its slices. */
  loadMs = 0;
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #cells = new Int32Array(new SharedArrayBuffer(cellCount * Int32Array.BYTES_PER_ELEMENT));
  readonly #slices = new Map<number, Slice>();
  readonly #ended = Promise.withResolvers<void>();
  #isReserved = false;
  #lastSliceId = 0;
  #hungAt: ThreadPosition | undefined;
  #error: Error | undefined;
  #giveUpTimer: NodeJS.Timeout | undefined;

  constructor(settings: PoolSettings, events: ThreadEvents) {
    this.#events = events;
    const setup: ThreadSetup = {
      cells: this.#cells,
      sliceMs: settings.sliceMs,
      evaluatorModule: settings.evaluatorModule,
    };
    this.#worker = new Worker(new URL(`./thread-main${extname(import.meta.filename)}`, import.meta.url), {
      name: 'evaluator',
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: settings.heapMbMax },
    });
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('error', (error) => (this.#error = error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('messageerror', (error) => {
      this.#error = error;
      this.terminate();
    });
    this.#worker.on('exit', (exitCode) => this.#end(exitCode));
  }

  /** Resolves when the thread is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get isIdle(): boolean {
    return this.#slices.size === 0;
  }

  /** Whether the thread accepts slices. */
  get isOpen(): boolean {
    return this.hasStarted && this.#giveUpTimer === undefined && !this.#isReserved;
  }

  get position(): ThreadPosition {
    return { sliceId: Atomics.load(this.#cells, sliceCell), line: Atomics.load(this.#cells, lineCell) };
  }

  /** CPU milliseconds used by the thread so far. Does not settle while the thread is inside a long native call. */
  async cpuMs(): Promise<number> {
    const { user, system } = await this.#worker.cpuUsage();
    return (user + system) / 1_000;
  }

  /** Sends slices; their text is copied, so the requests stay whole. */
  send(slices: readonly Slice[]): void {
    const runs = slices.map((slice) => ({ slice, run: slice.task.nextRun() }));
    const text = new Uint8Array(runs.reduce((length, { run }) => length + run.text.length - run.start, 0));
    const orders: SliceOrder[] = [];
    let start = 0;
    for (const { slice, run } of runs) {
      const { firstLine, count, faults, costMax, isChunkStart } = run;
      const { settings, program } = slice.task;
      const id = this.#nextSliceId();
      const end = start + run.text.length - run.start;
      const rows = program === undefined ? undefined : { program, end, isChunkStart };
      this.#slices.set(id, slice);
      this.loadMs += slice.estimateMs;
      this.#isReserved ||= slice.task.runsAlone;
      orders.push({ id, settings, firstLine, count, start, faults, costMax, rows });
      text.set(run.text.subarray(run.start), start);
      start = end;
    }
    const batch: Batch = { text, slices: orders };
    this.#worker.postMessage(batch, [text.buffer]);
  }

  /** Ends the thread because it made no progress at this position. */
  terminateHung(position: ThreadPosition): void {
    this.#hungAt = position;
    this.terminate();
  }

  terminate(): void {
    if (this.#giveUpTimer !== undefined) return;
    this.#giveUpTimer = setTimeout(() => {
      this.#worker.unref();
      this.#end(undefined);
    }, terminateMsMax);
    void this.#worker.terminate();
  }

  /** Slices that the thread did not answer. `blamed` is the one it was on, if any, and `line` the index of the line in it. */
  takeLeftovers(): { readonly blamed: Slice | undefined; readonly line: number; readonly others: readonly Slice[] } {
    const { sliceId, line } = this.position;
    // A thread that continued after it was found hung has done nothing to be blamed for.
    const isBlameless = this.#hungAt !== undefined && !isSamePosition(this.#hungAt, { sliceId, line });
    const blamed = isBlameless ? undefined : this.#slices.get(sliceId);
    const others = [...this.#slices.values()].filter((slice) => slice !== blamed);
    this.#slices.clear();
    this.loadMs = 0;
    return { blamed, line, others };
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === 'ready') {
      this.hasStarted = true;
      this.#events.onReady();
      return;
    }
    for (const reply of message.replies) this.#take(reply);
  }

  #take(reply: SliceReply): void {
    const slice = this.#slices.get(reply.id);
    if (slice === undefined) return;
    this.#slices.delete(reply.id);
    this.loadMs = this.isIdle ? 0 : this.loadMs - slice.estimateMs;
    if (this.isIdle) this.#isReserved = false;
    this.#events.onReply(slice, reply);
  }

  #end(exitCode: number | undefined): void {
    clearTimeout(this.#giveUpTimer);
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {});
    const kind = this.#hungAt === undefined ? 'died' : 'hung';
    this.#events.onEnd(this, { kind, exitCode, signal: undefined, error: this.#error });
    this.#ended.resolve();
  }

  #nextSliceId(): number {
    this.#lastSliceId = (this.#lastSliceId % sliceIdMax) + 1;
    return this.#lastSliceId;
  }
}

export function isSamePosition(left: ThreadPosition, right: ThreadPosition): boolean {
  return left.sliceId === right.sliceId && left.line === right.line;
}
