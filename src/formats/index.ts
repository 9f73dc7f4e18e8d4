/** Writes results in the formats that users can ask for. Knows nothing of HTTP: the command line writes the same. */
export * from './basics.ts';
export { createResultWriter, type ResultWriter } from './result-writer.ts';
export { createTableWriter } from './table/table-writer.ts';
export {
  describeDialect,
  describePreview,
  describeRow,
  writeFormula,
  type DialectBody,
  type PreviewBody,
  type RowBody,
} from './table/describe-table.ts';
export { describeTotals, type TotalsBody } from './table/describe-totals.ts';
