/** The place of an error in a string: what the API says as `column` and `end_column`, in UTF-16 units from 1 on. */
export interface FaultPlace {
  readonly before: string;
  readonly fault: string;
  readonly after: string;
  /** Whether text was left out in front, or behind. */
  readonly isCutBefore: boolean;
  readonly isCutAfter: boolean;
}

/** UTF-16 units that are shown on each side of the place; an operation may have 64 KiB. */
const contextLength = 120;
const faultLengthMax = 240;

/** Undefined if the error has no place, or one that the text does not have. */
export function placeFault(text: string, column: number | undefined, endColumn?: number): FaultPlace | undefined {
  if (column === undefined || column < 1 || column > text.length + 1) return undefined;
  const start = column - 1;
  const end = Math.min(text.length, Math.max(start, (endColumn ?? column + 1) - 1), start + faultLengthMax);
  const from = Math.max(0, start - contextLength);
  const through = Math.min(text.length, end + contextLength);
  return {
    before: text.slice(from, start),
    fault: text.slice(start, end),
    after: text.slice(end, through),
    isCutBefore: from > 0,
    isCutAfter: through < text.length,
  };
}
