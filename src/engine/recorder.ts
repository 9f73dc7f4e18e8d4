/**
 * Recorder: takes outcomes from the bus and writes each chunk's into the store, once. Outcomes that arrive together are
 * written together; a message is acknowledged when the store has a verdict on it.
 */
import type { Logger } from './logger.ts';
import { noopObserver, type EngineObserver, type Origin } from './observer.ts';
import type { JobStore, OperationBus, RecordVerdict, ResponseMessage, Subscription } from './ports.ts';
import { pause, type Time } from './time.ts';

export interface RecorderDependencies {
  readonly store: JobStore;
  readonly bus: OperationBus;
  readonly time: Time;
  readonly logger: Logger;
  /** Optional. Default: none. */
  readonly observer?: EngineObserver;
  /** Called for each chunk that has outcomes now, recorded by any instance. */
  readonly onRecorded: (response: ResponseMessage, verdict: RecordVerdict) => void;
}

export interface RecorderOptions {
  /** Responses that the recorder handles concurrently. */
  readonly concurrency: number;
  /** Chunks whose outcomes must wait for a second call to begin while one is in progress. */
  readonly secondWriteChunks: number;
}

/** Outcomes written in one call. */
const recordsPerWrite = 128;
/** Concurrent calls: while one commits, the next gathers. */
const writesInFlightMax = 2;
/** Pauses after a failed write, from first to last; then the last for as long as it takes. */
const backoffMs = [100, 200, 400, 800, 1600, 3200];

interface Waiting {
  readonly message: ResponseMessage;
  readonly origin: Origin;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface Recorder {
  start(): void;
  stop(): Promise<void>;
}

export function createRecorder(dependencies: RecorderDependencies, options: RecorderOptions): Recorder {
  const { store, bus, time, logger, observer = noopObserver } = dependencies;
  const waiting: Waiting[] = [];
  let writes = 0;
  let isWritePlanned = false;
  let subscription: Subscription | undefined;
  let stopping = new AbortController();

  function handle(message: ResponseMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ message, origin: observer.findOrigin(), resolve, reject });
      planWrite();
    });
  }

  function planWrite(): void {
    if (isWritePlanned || writes >= writesInFlightMax || waiting.length === 0) return;
    if (writes > 0 && waiting.length < options.secondWriteChunks) return;
    isWritePlanned = true;
    queueMicrotask(() => {
      isWritePlanned = false;
      void write(waiting.splice(0, recordsPerWrite));
      planWrite();
    });
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    writes += 1;
    try {
      const messages = batch.map(({ message }) => message);
      const origins = batch.map(({ origin }) => origin);
      const verdicts = await observer.recording({ messages, origins }, () => record(messages));
      for (const [index, { message, resolve }] of batch.entries()) {
        resolve();
        dependencies.onRecorded(message, verdicts[index] ?? 'duplicate');
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      writes -= 1;
      planWrite();
    }
  }

  /** Retries until the store responds: outcomes cost work, and a message that is not acknowledged is only redelivered. */
  async function record(messages: readonly ResponseMessage[]): Promise<readonly RecordVerdict[]> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await store.recordOutcomes(messages);
      } catch (error) {
        logger.warn({ err: error, chunks: messages.length }, 'could not record outcomes; retrying');
        await pause(time, backoffMs[Math.min(failures, backoffMs.length - 1)] ?? 0, stopping.signal);
        if (stopping.signal.aborted) throw error;
      }
    }
  }

  return {
    start() {
      if (subscription !== undefined) return;
      stopping = new AbortController();
      subscription = bus.consumeResponses(handle, options.concurrency);
    },
    async stop() {
      stopping.abort();
      await subscription?.stop();
      subscription = undefined;
    },
  };
}
