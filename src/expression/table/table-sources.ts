/** A column of the file that formulas or totals read, and the index of its cell in a row. */
export interface TableColumn {
  readonly name: string;
  readonly index: number;
}

/** A column that is compared with a string. */
export interface TextComparison {
  readonly source: number;
  readonly text: Uint8Array;
}

/**
 * The sources that programs of a table read, by number. Sources from 1 on are the columns in the order in which they were first
 * mentioned; source 0 is the number of the row.
 */
export class TableSources {
  readonly columns: TableColumn[] = [];
  /** By source. */
  readonly cellIndexes: number[] = [-1];
  readonly comparisons: TextComparison[] = [];
  private readonly byIndex = new Map<number, number>();

  /** The source of a column: the one that it has already, or a new one. */
  add(column: TableColumn): number {
    const known = this.byIndex.get(column.index);
    if (known !== undefined) return known;
    const source = this.cellIndexes.length;
    this.columns.push(column);
    this.cellIndexes.push(column.index);
    this.byIndex.set(column.index, source);
    return source;
  }

  addComparison(source: number, text: Uint8Array): number {
    this.comparisons.push({ source, text });
    return this.comparisons.length - 1;
  }
}
