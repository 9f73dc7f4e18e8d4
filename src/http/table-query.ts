/** Reads the table settings in the query of an upload, and rejects what means nothing for the upload. */
import type { TableFault, TableOptions } from '../engine/index.ts';
import { delimiters, groupSigns, type Delimiter, type Dialect } from '../jobs/index.ts';
import { Problem } from './problems.ts';
import { tableParameterNames, type TableQuery } from './schemas/index.ts';
import type { BodyForm } from './upload-bodies.ts';

const errorColumnDefault = 'error';
/** Each cell that is no number is compared with all of them. */
const missingValuesMax = 64;

/**
 * Undefined: the operations of the upload are lines. Throws INVALID_PARAMETER, which names the parameter.
 * `hasHeaderByType`: what the Content-Type says; undefined when it says nothing.
 */
export function readTableOptions(
  query: TableQuery,
  form: BodyForm,
  hasHeaderByType?: boolean,
): TableOptions | undefined {
  if (query.formula === undefined || form === 'text' || form === 'json') {
    rejectTableParameters(query, form);
    return undefined;
  }
  rejectForeignParameters(query, form);
  return {
    formulas: query.formula,
    totals: query.total ?? [],
    delimiter: readDelimiter(query.delimiter, form),
    hasHeader: readHeader(query.header, hasHeaderByType),
    decimal: readDecimal(query.decimal),
    group: readGroup(query.group),
    numbers: query.numbers ?? 'strict',
    missing: query.missing ?? 'error',
    missingValues: readMissingValues(query.missing_values),
    replaces: query.replace ?? false,
    errorColumn: readErrorColumn(query),
  };
}

/** The upload is none of a table. */
function rejectTableParameters(query: TableQuery, form: BodyForm): void {
  if (form === 'csv' || form === 'tsv') {
    const hint = 'Add one to the query, such as formula=total = price * qty (URL-encoded).';
    throw faultyParameter('formula', `A table in CSV or TSV needs a formula. ${hint}`);
  }
  const name = tableParameterNames.find((parameter) => query[parameter] !== undefined);
  if (name === undefined) return;
  const hint =
    form === 'ndjson'
      ? 'Add "formula" to make the upload a table, or leave it out.'
      : 'Send text/csv, text/tab-separated-values or application/x-ndjson, or leave it out.';
  throw faultyParameter(name, `The query parameter "${name}" is for tables only. ${hint}`);
}

/** Options that have no meaning for this format of table. */
function rejectForeignParameters(query: TableQuery, form: BodyForm): void {
  if (form !== 'ndjson') return;
  const name = (['delimiter', 'header', 'error_column'] as const).find((parameter) => query[parameter] !== undefined);
  if (name === undefined) return;
  const hint = name === 'error_column' ? ' The member of NDJSON with the errors is always called "errors".' : '';
  throw faultyParameter(name, `The query parameter "${name}" is for CSV and TSV only.${hint} Leave it out.`);
}

function readDelimiter(given: string | undefined, form: BodyForm): Delimiter | undefined {
  const ofForm = form === 'tsv' ? '\t' : undefined;
  if (given === undefined) return ofForm;
  const sign = given.toLowerCase() === 'tab' ? '\t' : given;
  const delimiter = delimiters.find((known) => known === sign);
  if (delimiter === undefined) {
    throw faultyParameter('delimiter', 'The query parameter "delimiter" must be one of , ; | and tab (URL-encoded).');
  }
  if (ofForm !== undefined && delimiter !== ofForm) {
    throw faultyParameter(
      'delimiter',
      'The delimiter of text/tab-separated-values is a TAB. Send text/csv, or leave "delimiter" out.',
    );
  }
  return delimiter;
}

function readHeader(given: TableQuery['header'], byType: boolean | undefined): boolean {
  const byQuery = given === undefined ? undefined : given === 'present';
  if (byQuery !== undefined && byType !== undefined && byQuery !== byType) {
    const detail = 'The query parameter "header" and the "header" of the Content-Type differ. Send one of them.';
    throw faultyParameter('header', detail);
  }
  return byQuery ?? byType ?? true;
}

/** The parameter of `text/csv; header=absent` (RFC 4180). */
export function readHeaderOfType(contentType: string | undefined): boolean | undefined {
  const [, value] = /;\s*header\s*=\s*"?(present|absent)"?\s*(?:;|$)/i.exec(contentType ?? '') ?? [];
  return value === undefined ? undefined : value.toLowerCase() === 'present';
}

function readDecimal(given: string | undefined): Dialect['decimal'] {
  if (given === undefined || given === '.' || given === ',') return given ?? '.';
  throw faultyParameter('decimal', 'The query parameter "decimal" must be . or , (URL-encoded).');
}

function readGroup(given: string | undefined): Dialect['group'] {
  if (given === undefined) return undefined;
  const sign = given.toLowerCase() === 'space' ? ' ' : given;
  const group = groupSigns.find((known) => known === sign);
  if (group !== undefined) return group;
  const values = "one of . , ' and space, or a no-break space (URL-encoded)";
  throw faultyParameter('group', `The query parameter "group" must be ${values}.`);
}

function readMissingValues(given: string | undefined): readonly string[] {
  if (given === undefined) return [];
  const values = given.split(',').map((value) => value.trim());
  if (values.includes('')) {
    const detail = 'The query parameter "missing_values" has an empty value. Empty cells are missing in any case.';
    throw faultyParameter('missing_values', `${detail} Write the others with one comma between them, such as NA,-.`);
  }
  if (values.length > missingValuesMax) {
    const detail = `The query parameter "missing_values" has ${values.length} values; ${missingValuesMax} are possible.`;
    throw faultyParameter('missing_values', detail);
  }
  return values;
}

function readErrorColumn({ errors, error_column: name }: TableQuery): string | undefined {
  if (errors !== 'none') return name ?? errorColumnDefault;
  if (name === undefined) return undefined;
  const detail = 'The query parameter "error_column" names a column that errors=none leaves out. Send one of them.';
  throw faultyParameter('error_column', detail);
}

function faultyParameter(parameter: string, detail: string): Problem {
  return new Problem('INVALID_PARAMETER', detail, {}, { parameter });
}

/** Why the table itself is rejected: its formulas, names or head. */
export function toTableProblem({ parameter, message, formula, column, endColumn }: TableFault): Problem {
  return new Problem(
    'INVALID_PARAMETER',
    message,
    {},
    {
      parameter,
      ...(formula === undefined ? {} : { formula: formula + 1 }),
      ...(column === undefined || column === 0 ? {} : { column, end_column: endColumn ?? column }),
    },
  );
}
