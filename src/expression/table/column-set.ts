/** The columns of a table, by name and position. */
export interface ColumnSet {
  /** In their order. */
  readonly names: readonly string[];
  /** How many a row has; undefined for objects, which may have others than these. */
  readonly count: number | undefined;
  /** The 0-based indexes of the cells whose column has this name. */
  find(name: string): readonly number[];
}

/** The columns that a compiled table reads, as a table of `count` cells a row (undefined for objects): formulas that were accepted with all of them are accepted with these. */
export function createUsedColumnSet(
  columns: readonly { readonly name: string; readonly index: number }[],
  count: number | undefined,
): ColumnSet {
  const indexes = new Map<string, number[]>();
  for (const { name, index } of columns) {
    const known = indexes.get(name);
    if (known === undefined) indexes.set(name, [index]);
    else known.push(index);
  }
  return { names: columns.map(({ name }) => name), count, find: (name) => indexes.get(name) ?? [] };
}
