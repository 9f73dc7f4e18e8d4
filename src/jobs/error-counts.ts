/**
 * How many lines failed with each error code: what a chunk's outcomes say of their errors, in a form that is counted
 * without reading text. The row of a table counts once, under the code of its first failing formula or of its fault, so
 * that the counts add up to the failed lines. Cancelled lines are not in them.
 */
import { errorMark, lineFeed } from './outcome-encoding.ts';

/** By code, in the order of the codes; empty when nothing failed. */
export type ErrorCounts = Readonly<Record<string, number>>;

export const noErrors: ErrorCounts = {};

/** A code as the encoding of outcomes may hold it. Names that objects inherit do not have this form. */
export const errorCodePattern = /^[A-Z][A-Z0-9_]{0,31}$/;

/**
 * Codes that counts hold at most; there are about 30. The bound keeps a faulty sender of outcomes from growing the record
 * of a job without end: lines with further codes are left out.
 */
export const errorCodesMax = 64;

const tab = 0x09;
const space = 0x20;
const decoder = new TextDecoder('latin1');

/** The usual case, no errors on one side, costs a comparison. */
export function joinErrors(left: ErrorCounts, right: ErrorCounts | undefined): ErrorCounts {
  if (right === undefined || right === noErrors) return left;
  if (left === noErrors) return right;
  return addErrors([
    { errors: left, times: 1 },
    { errors: right, times: 1 },
  ]);
}

/** The sum of many counts, each taken so many times. */
export function addErrors(parts: Iterable<{ readonly errors: ErrorCounts; readonly times: number }>): ErrorCounts {
  const counts = new Map<string, number>();
  for (const { errors, times } of parts) {
    for (const [code, count] of Object.entries(errors)) {
      const known = counts.get(code);
      if (known !== undefined || counts.size < errorCodesMax) counts.set(code, (known ?? 0) + count * times);
    }
  }
  return toErrorCounts(counts);
}

/** Counts the codes in a string of the outcome encoding that holds `failed` failed lines; only these are looked at. */
export function countErrors(text: Uint8Array, failed: number): ErrorCounts {
  if (failed === 0) return noErrors;
  const counts = new Map<string, number>();
  let left = failed;
  for (let start = nextError(text, 0); left > 0 && start >= 0; start = nextError(text, start + 1)) {
    const code = codeAt(text, start);
    if (code !== undefined) counts.set(code, (counts.get(code) ?? 0) + 1);
    left -= 1;
  }
  return toErrorCounts(counts);
}

/** Lines whose code is known. Fewer than failed: some outcomes were recorded before these counts were kept. */
export function sumErrors(errors: ErrorCounts): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** Counts as they come from JSON, if they are what `failed` lines can have. */
export function readErrorCounts(value: unknown, failed: number): ErrorCounts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length > errorCodesMax) return undefined;
  const counts = new Map<string, number>();
  for (const [code, count] of entries) {
    if (!errorCodePattern.test(code) || typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) {
      return undefined;
    }
    counts.set(code, count);
  }
  const errors = toErrorCounts(counts);
  return sumErrors(errors) <= failed ? errors : undefined;
}

function toErrorCounts(counts: ReadonlyMap<string, number>): ErrorCounts {
  if (counts.size === 0) return noErrors;
  return Object.fromEntries(Array.from(counts).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Where the next failed line begins, from a place in the text on. */
function nextError(text: Uint8Array, from: number): number {
  if (from === 0 && text[0] === errorMark) return 0;
  for (let end = text.indexOf(lineFeed, from); end >= 0; end = text.indexOf(lineFeed, end + 1)) {
    if (text[end + 1] === errorMark) return end + 1;
  }
  return -1;
}

/** The code of the failed line that begins there: its own, or that of the first failed cell of a row. */
function codeAt(text: Uint8Array, start: number): string | undefined {
  const mark = text[start + 1] === tab ? firstFailedCell(text, start + 2) : start;
  const end = text.indexOf(space, mark);
  const code = end < 0 ? '' : decoder.decode(text.subarray(mark + 1, end));
  return errorCodePattern.test(code) ? code : undefined;
}

function firstFailedCell(text: Uint8Array, start: number): number {
  let cell = start;
  while (text[cell] !== errorMark) {
    const end = text.indexOf(tab, cell);
    if (end < 0) return start;
    cell = end + 1;
  }
  return cell;
}
