/**
 * The outcome encoding: how the outcomes of a chunk's lines are kept and carried.
 *
 *   chunk   := line{count}                                  in line order
 *   line    := result LF | "!" code SP column SP endColumn SP message LF
 *   result  := the result text, which never starts with "!"
 *   column  := decimal, 1-based UTF-16 units; 0 when the error has no place in the line
 *
 * Plain text, so it can be read with any tool, and a chunk without errors is its own text/plain answer.
 */
export interface OutcomeError {
  readonly code: string;
  readonly message: string;
  /** 1-based, in UTF-16 units of the line; 0 when the error has no place in the line. */
  readonly column: number;
  /** One past the last column of the place. */
  readonly endColumn: number;
}

/** The text of a line of a cancelled chunk. It is never stored: a tombstone says it for the whole chunk. */
export const cancelledError: OutcomeError = {
  code: 'CANCELLED',
  message: 'The job was cancelled before this line was evaluated.',
  column: 0,
  endColumn: 0,
};

/** How one line ended. */
export type LineOutcome =
  { readonly kind: 'result'; readonly text: string } | { readonly kind: 'error'; readonly error: OutcomeError };

export const lineFeed = 0x0a;
export const errorMark = 0x21;

// A byte order mark inside a chunk is part of a line, never a signature.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** One encoded error line with its LF. A line break inside the message would break the encoding and becomes a space. */
export function encodeErrorLine(error: OutcomeError): string {
  const message = error.message.replaceAll(/[\r\n]+/g, ' ');
  return `!${error.code} ${error.column} ${error.endColumn} ${message}\n`;
}

/** The lines of a string in which each line, the last too, ends with LF. */
export function decodeLines(text: Uint8Array): string[] {
  const lines = decoder.decode(text).split('\n');
  lines.pop();
  return lines;
}

/** The outcomes of a chunk, one per line. */
export function decodeOutcomes(text: Uint8Array): LineOutcome[] {
  return decodeLines(text).map(decodeOutcomeLine);
}

/** Reads one line (without its LF) of the outcome encoding. */
export function decodeOutcomeLine(line: string): LineOutcome {
  if (!line.startsWith('!')) return { kind: 'result', text: line };
  const afterCode = line.indexOf(' ');
  const afterColumn = line.indexOf(' ', afterCode + 1);
  const afterEndColumn = line.indexOf(' ', afterColumn + 1);
  return {
    kind: 'error',
    error: {
      code: line.slice(1, afterCode),
      column: Number(line.slice(afterCode + 1, afterColumn)),
      endColumn: Number(line.slice(afterColumn + 1, afterEndColumn)),
      message: line.slice(afterEndColumn + 1),
    },
  };
}
