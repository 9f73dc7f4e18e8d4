import type { RefusedTable } from './table-settings.ts';

/** Thrown to end the compilation of a table. Not an Error, see OperationFault. */
export class TableRefusal {
  readonly refused: RefusedTable;

  constructor(refused: RefusedTable) {
    this.refused = refused;
  }
}

/** Ends the compilation. */
export function refuse(details: Pick<RefusedTable, 'code' | 'message'> & Partial<RefusedTable>): never {
  // oxlint-disable-next-line typescript/only-throw-error -- see TableRefusal
  throw new TableRefusal({
    kind: 'refused',
    formula: undefined,
    total: undefined,
    column: 0,
    endColumn: 0,
    ...details,
  });
}
