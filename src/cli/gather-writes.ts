import type { ResultSink } from './output-file.ts';

/** Bytes per write: a write of a few rows costs as much as one of thousands. */
const blockBytes = 256 * 1024;
/** How long rows wait for more: a person or a program at the other end of a pipe gets them while the input pauses. */
const flushDelayMs = 10;

export interface GatheredSink extends ResultSink {
  /** Resolves when everything is written. */
  end(): Promise<void>;
}

/** Writes small pieces together. An error of the sink is thrown by the next call. */
export function gatherWrites(sink: ResultSink): GatheredSink {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let failure: { readonly error: unknown } | undefined;

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (bytes === 0) return writing;
    const block = Buffer.concat(pieces, bytes);
    pieces = [];
    bytes = 0;
    writing = writing.then(() => sink.write(block));
    // Thrown by the next call; until then no caller may be waiting.
    writing.catch((error: unknown) => {
      failure ??= { error };
    });
    return writing;
  }

  return {
    async write(data) {
      if (failure !== undefined) throw failure.error;
      const piece = typeof data === 'string' ? Buffer.from(data) : data;
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= blockBytes) await flush();
      else timer ??= setTimeout(() => void flush().catch(() => undefined), flushDelayMs);
    },
    end: flush,
  };
}
