/** Options and events of the evaluator pool. */

export interface EvaluatorPoolOptions {
  /** Worker threads. */
  readonly threads: number;
  /**
   * How many of them `start` starts; the others follow when work has waited for a while. Default: all. A thread costs some
   * 100 ms of CPU time until it is at full speed.
   */
  readonly threadsAtStart?: number;
  /**
   * Milliseconds of wall clock after which an unfinished chunk gives way to others. Default 20: long against the cost of
   * a message (30 µs), short against what a person notices.
   */
  readonly sliceMs?: number;
  /**
   * CPU milliseconds on one line after which it is given up as hung. Default 1,000: four times the bound that the cost
   * budget sets, so only a fault of the engine gets there. CPU time, because a busy machine must not make a TIMEOUT.
   */
  readonly lineCpuMsMax?: number;
  /** The same in wall-clock milliseconds, for a thread that is stuck without using CPU or cannot be queried. Default 30,000. */
  readonly lineWallMsMax?: number;
  /** Milliseconds between two looks at the threads while they work. Default 50; a look costs about a microsecond a thread. */
  readonly lookIntervalMs?: number;
  /** Mebibytes of JavaScript heap for a thread. Default 128: the largest line needs a fraction of it. */
  readonly heapMbMax?: number;
  /** A module that exports `createLineEvaluator(settings)`. Default: the expression engine. */
  readonly evaluatorModule?: URL | undefined;
}

/** The options with the defaults filled in; plain data, so that a child process can be given them. */
export interface PoolSettings {
  readonly threads: number;
  readonly threadsAtStart: number;
  readonly sliceMs: number;
  readonly lineCpuMsMax: number;
  readonly lineWallMsMax: number;
  readonly lookIntervalMs: number;
  readonly heapMbMax: number;
  readonly evaluatorModule: string | undefined;
}

export function fillPoolSettings(options: EvaluatorPoolOptions): PoolSettings {
  return {
    threads: options.threads,
    threadsAtStart: options.threadsAtStart ?? options.threads,
    sliceMs: options.sliceMs ?? 20,
    lineCpuMsMax: options.lineCpuMsMax ?? 1_000,
    lineWallMsMax: options.lineWallMsMax ?? 30_000,
    lookIntervalMs: options.lookIntervalMs ?? 50,
    heapMbMax: options.heapMbMax ?? 128,
    evaluatorModule: options.evaluatorModule?.href,
  };
}

/** Why a thread or child process ended that should not have. `error` is what it threw, if it did. */
export interface LossCause {
  /** `hung`: stopped by the watchdog. `died`: it ended itself. */
  readonly kind: 'hung' | 'died';
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly error: Error | undefined;
}

/** Where it was at work. */
export interface LinePlace {
  readonly jobId: string;
  /** 1-based number in the job. */
  readonly line: number;
}

/**
 * `threadLost`, `processLost`: replaced immediately; `place` is the line it was on, if any. `startFailed`: a thread or process
 * ended before it was ready; another one is started after `retryMs`. `lineAborted`: the line got that error.
 */
export type PoolEvent =
  | { readonly kind: 'threadLost' | 'processLost'; readonly cause: LossCause; readonly place: LinePlace | undefined }
  | { readonly kind: 'startFailed'; readonly cause: LossCause; readonly retryMs: number }
  | { readonly kind: 'lineAborted'; readonly code: 'TIMEOUT' | 'CRASH'; readonly place: LinePlace };

/** The cause when the system did not even let it begin. */
export function startFailure(error: unknown): LossCause {
  return { kind: 'died', exitCode: undefined, signal: undefined, error: error instanceof Error ? error : undefined };
}

/** Pause before the start number `failures` + 1 of something that ended before it was ready. */
export function retryDelayMs(failures: number): number {
  return Math.min(100 * 2 ** failures, 5_000);
}
