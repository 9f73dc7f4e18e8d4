/** Where the members of a JSON object are in its text, which is known to be one. */
import { createRowReader, type Dialect } from '../../jobs/index.ts';

const quote = 0x22;
const openBrace = 0x7b;
const space = 0x20;

export interface ObjectEnd {
  /** Where its last brace is. */
  readonly position: number;
  readonly isEmpty: boolean;
}

export function findObjectEnd(text: Uint8Array, start: number, contentEnd: number): ObjectEnd {
  const position = lastNonBlank(text, start, contentEnd);
  return { position, isEmpty: text[lastNonBlank(text, start, position)] === openBrace };
}

/** Position of the last byte in the span that is no white space. */
function lastNonBlank(text: Uint8Array, start: number, end: number): number {
  let position = end - 1;
  while (position > start && (text[position] ?? 0) <= space) position -= 1;
  return position;
}

export interface Value {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the values of named members in the order of the text. None are found in an object that has one of them twice: what is
 * added behind them then is what readers take.
 */
export function createValueFinder(dialect: Dialect, names: readonly string[]) {
  const reader = createRowReader(
    dialect,
    0,
    names.map((name, index) => ({ name, index })),
  );
  return (text: Uint8Array, start: number, end: number): readonly Value[] => {
    reader.open({ text: text.subarray(0, end), start, firstLine: 1, faults: [] });
    if (!reader.next() || reader.fault !== undefined) return [];
    const { starts, ends } = reader.cells;
    return names
      .map((name, index) => ({ name, ...withQuotes(text, starts[index] ?? 0, ends[index] ?? 0) }))
      .filter((value) => value.start > 0)
      .sort((left, right) => left.start - right.start);
  };
}

/** The span of a value; that of a string is inside its quotes. */
function withQuotes(text: Uint8Array, start: number, end: number) {
  return text[start - 1] === quote ? { start: start - 1, end: end + 1 } : { start, end };
}
