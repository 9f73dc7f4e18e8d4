import type { OutcomeError } from '../jobs/index.ts';
import { printable } from '../printable.ts';
import { displayWidth } from './text.ts';

/** Characters of a long line that are shown before and after the place of the error. */
const contextLength = 36;
const ellipsis = '…';

/** The line, carets under the place of the error, and what is wrong. */
export function showError(line: string, error: OutcomeError): string {
  const place = error.column === 0 ? '' : ` (column ${error.column})`;
  return `${showPlace(line, error)}\n${error.code}: ${printable(error.message)}${place}`;
}

type Place = Pick<OutcomeError, 'column' | 'endColumn'>;

/** The line, and carets under the place; without them where `column` is 0. */
export function showPlace(line: string, place: Place): string {
  const { before, marked, after } = cutLine(line, place);
  const shown = `  ${before}${marked}${after}`;
  if (place.column === 0) return shown;
  const carets = '^'.repeat(Math.max(1, displayWidth(marked)));
  return `${shown}\n  ${' '.repeat(displayWidth(before))}${carets}`;
}

interface LineParts {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** The part of the line around the place of the error, in printable form. */
function cutLine(line: string, { column, endColumn }: Place): LineParts {
  const start = Math.max(0, column - 1);
  const end = Math.max(start, endColumn - 1);
  const from = start - contextLength <= 1 ? 0 : start - contextLength;
  const markedEnd = Math.min(end, start + contextLength);
  const to = markedEnd + contextLength + 1 >= line.length ? line.length : markedEnd + contextLength;
  return {
    before: (from > 0 ? ellipsis : '') + printable(line.slice(from, start)),
    marked: printable(line.slice(start, markedEnd)),
    after: printable(line.slice(markedEnd, to)) + (to < line.length ? ellipsis : ''),
  };
}
