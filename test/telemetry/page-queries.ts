/** The queries that pages show. */

/** The queries of a page: the parts of its blocks in PromQL, and the last column of tables if its head is `Query`. */
export function findQueries(text: string): readonly string[] {
  const blocks = Array.from(text.matchAll(/^```promql\n(.*?)^```$/gms), ([, block = '']) =>
    // A line that does not begin at the margin goes on with the one before.
    block.split(/\n(?=[a-z])/).map((query) => query.trim()),
  );
  const tables = Array.from(text.matchAll(/^\|.*\| Query +\|\n\|[ -|]+\n((?:\|.*\|\n)+)/gm), ([, rows = '']) =>
    Array.from(rows.matchAll(/`([^`]+)` +\|$/gm), ([, query = '']) => query.replaceAll(String.raw`\|`, '|')),
  );
  return [...blocks.flat(), ...tables.flat()];
}
