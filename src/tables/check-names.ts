/** Checks the names of new columns against each other and against the columns of the file. */
import type { TableOptions } from '../engine/index.ts';
import type { Formula, TableHead } from '../jobs/index.ts';
import type { HeadColumns } from './head-columns.ts';
import { refuse, shownName } from './table-refusal.ts';

/** The member of a row of NDJSON that says which formulas failed. */
const errorsMember = 'errors';

/** Places that a message lists. */
const placesMax = 8;

/** The name of the column, or member, that says which formulas failed; undefined: there is none. */
export function errorName(head: TableHead, options: TableOptions): string | undefined {
  if (options.errorColumn === undefined) return undefined;
  return head.format === 'ndjson' ? errorsMember : options.errorColumn.normalize('NFC');
}

export function checkNames(
  head: TableHead,
  options: TableOptions,
  formulas: readonly Formula[],
  columns: HeadColumns,
): void {
  const names = formulas.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first < index) refuseTwin(name, first, index);
    checkNew('formula', name, columns, options.replaces, index);
  }
  const errors = errorName(head, options);
  if (errors === undefined) return;
  if (names.includes(errors)) {
    const message = `${shownName(errors)} is the name of a formula and of the error column. Rename one of them.`;
    refuse('error_column', message);
  }
  checkNew('error_column', errors, columns, options.replaces);
}

function refuseTwin(name: string, first: number, second: number): never {
  const message = `Formulas ${first + 1} and ${second + 1} are both called ${shownName(name)}. Rename one of them.`;
  refuse('formula', message, { formula: second });
}

/** A column of that name may only be there once, and only to be replaced. */
function checkNew(
  parameter: 'formula' | 'error_column',
  name: string,
  columns: HeadColumns,
  replaces: boolean,
  formula?: number,
): void {
  const places = columns.placesOf(name);
  if (places.length === 0 || (replaces && places.length === 1)) return;
  const place = formula === undefined ? {} : { formula };
  if (replaces) {
    const shown = places
      .slice(0, placesMax)
      .map((index) => `@${index + 1}`)
      .join(', ');
    const more = places.length > placesMax ? ', …' : '';
    refuse(parameter, `Which column ${shownName(name)} to replace? The file has several: ${shown}${more}.`, place);
  }
  const newColumn = parameter === 'formula' ? 'formula' : 'error column';
  refuse(
    parameter,
    `The file has a column ${shownName(name)} already. Rename the ${newColumn}, or choose to replace the column.`,
    place,
  );
}
