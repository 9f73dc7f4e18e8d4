/** Ends the planning of a table: thrown and caught within this folder, so that each check can be a plain sentence. */
import type { TableFault } from '../engine/index.ts';

export class TableRefusal extends Error {
  readonly fault: TableFault;

  constructor(fault: TableFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** `parameter`: of the request, or `body`. */
export function refuse(
  parameter: string,
  message: string,
  place: Omit<TableFault, 'parameter' | 'message'> = {},
): never {
  throw new TableRefusal({ parameter, message, ...place });
}

/** Characters of a name that a message shows. */
const shownLengthMax = 40;

/** A name as messages show it. */
export function shownName(name: string): string {
  const start = Array.from(name.slice(0, 2 * shownLengthMax))
    .slice(0, shownLengthMax)
    .join('');
  return `\`${start.length < name.length ? `${start}…` : name}\``;
}
