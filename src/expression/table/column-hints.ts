import { editDistance } from '../name-table.ts';
import { shownName } from './shown-name.ts';

/** Names that a message lists at most. */
const listedMax = 8;
/** Names that are compared with a misspelled one, and the longest that are. */
const comparedMax = 2_000;
const comparedLengthMax = 64;
/** Of a name and its misspelling, blanks and the like included. */
const lengthDifferenceMax = 8;

/** `a`, `b` and 3 others: the names of a table for a message. */
export function listNames(names: readonly string[]): string {
  const shown = names.filter((known) => known !== '').slice(0, listedMax);
  const rest = names.length - shown.length;
  const listed = shown.map(shownName).join(', ');
  return rest === 0 ? listed : `${listed} and ${rest} more`;
}

/** The one name that `name` is most likely a misspelling of, in backticks. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const plain = simplified(name);
  let best: string | undefined;
  let least = Math.min(2, Math.floor(plain.length / 3)) + 1;
  let isShared = false;
  for (const known of new Set(names.slice(0, comparedMax))) {
    if (known.length > comparedLengthMax || Math.abs(known.length - name.length) > lengthDifferenceMax) continue;
    const distance = editDistance(plain, simplified(known));
    if (distance === least && best !== undefined) isShared = true;
    if (distance >= least) continue;
    [best, least, isShared] = [known, distance, false];
  }
  return best === undefined || isShared ? undefined : shownName(best);
}

/** `Unit price`, `unit_price` and `UnitPrice` are the same to people. */
function simplified(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}

/** `@2 or @5`, of 0-based indexes. */
export function listPositions(indexes: readonly number[]): string {
  const positions = indexes.slice(0, listedMax).map((index) => `@${index + 1}`);
  return positions.length < 2
    ? positions.join('')
    : `${positions.slice(0, -1).join(', ')} or ${positions.at(-1) ?? ''}`;
}
