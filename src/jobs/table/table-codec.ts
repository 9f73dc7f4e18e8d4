/**
 * A table and its parts as JSON: in the stores, and in the messages to evaluators. Readers check everything: what
 * is not exactly a table is `undefined`, never half of one.
 *
 *   program {"dialect":{"format","delimiter","decimal","group"?,"numbers","missing","missing_values"},"cells",
 *            "columns":[{"name","index"}…],"formulas":[{"name","text"}…],"totals":[name…],
 *            "added":[name…]}
 *   table   {"program","head": base64,"line_end","has_header","columns":[name…],"replaces","error_column"?}
 *   totals  [{"count","sum"?,"min"?,"max"?}…]
 */
import type { ColumnTotals } from './column-totals.ts';
import {
  columnsMax,
  delimiters,
  formulasMax,
  groupSigns,
  headBytesMax,
  tableFormats,
  totalsMax,
  type Dialect,
  type Formula,
  type Table,
  type TableProgram,
  type UsedColumn,
} from './table.ts';

/** UTF-16 units of a string in a table: a name can be as long as the head, a formula or a list of missing values is shorter. */
const textLengthMax = headBytesMax;
/** Strings that may stand for a missing cell. A request has room for far fewer. */
const missingValuesMax = 16_384;
/** UTF-16 units of a number in totals: a fraction of two numbers of `sumDigitsMax` digits, with room for more. */
const numberLengthMax = 64 * 1024;
/** Linear: no digit can belong to two parts. */
const numberPattern = /^-?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,10})?|\d+\/0*[1-9]\d*)$/iu;

type Fields = Readonly<Record<string, unknown>>;

/** Thrown and caught in this file only. */
class NotThat extends Error {}

export function encodeTable(table: Table): string {
  return JSON.stringify({
    program: toProgramFields(table.program),
    head: toBase64(table.head),
    line_end: table.lineEnd,
    has_header: table.hasHeader,
    columns: table.columns,
    replaces: table.replaces,
    error_column: table.errorColumn,
  });
}

export function decodeTable(json: string): Table | undefined {
  return attempt(() => {
    const fields = fieldsOf(JSON.parse(json));
    return {
      program: programOf(fields['program']),
      head: fromBase64(textOf(fields['head'], 2 * headBytesMax)),
      lineEnd: oneOf(['\n', '\r\n'] as const, fields['line_end']),
      hasHeader: booleanOf(fields['has_header']),
      columns: listOf(fields['columns'], columnsMax, textOf),
      replaces: booleanOf(fields['replaces']),
      errorColumn: optional(fields['error_column'], textOf),
    };
  });
}

/** The program as a value that JSON can hold. */
export function toProgramFields({ dialect, cells, columns, formulas, totals, added }: TableProgram): object {
  const { missingValues, ...rest } = dialect;
  return { dialect: { ...rest, missing_values: missingValues }, cells, columns, formulas, totals, added };
}

export function readProgramFields(value: unknown): TableProgram | undefined {
  return attempt(() => programOf(value));
}

/** In a fixed order of fields, so that equal totals are equal strings. */
export function toTotalsFields(columns: readonly ColumnTotals[]): object {
  return columns.map(({ count, sum, min, max }) => ({ count, sum, min, max }));
}

export function readTotalsFields(value: unknown): readonly ColumnTotals[] | undefined {
  return attempt(() => listOf(value, formulasMax + totalsMax, totalsOf));
}

/** Undefined in place of everything that is wrong with the value. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    // Of JSON.parse, and of atob.
    if (error instanceof NotThat || error instanceof SyntaxError || error instanceof DOMException) return undefined;
    throw error;
  }
}

function programOf(value: unknown): TableProgram {
  const fields = fieldsOf(value);
  const formulas = listOf(fields['formulas'], formulasMax, formulaOf);
  if (formulas.length === 0) throw new NotThat();
  return {
    dialect: dialectOf(fieldsOf(fields['dialect'])),
    cells: integerOf(fields['cells'], columnsMax),
    columns: listOf(fields['columns'], columnsMax, usedColumnOf),
    formulas,
    totals: listOf(fields['totals'], totalsMax, textOf),
    // Those of the formulas, and of the errors.
    added: listOf(fields['added'], formulasMax + 1, textOf),
  };
}

function dialectOf(fields: Fields): Dialect {
  return {
    format: oneOf(tableFormats, fields['format']),
    delimiter: oneOf(delimiters, fields['delimiter']),
    decimal: oneOf(['.', ','] as const, fields['decimal']),
    group: optional(fields['group'], (sign) => oneOf(groupSigns, sign)),
    numbers: oneOf(['strict', 'written'] as const, fields['numbers']),
    missing: oneOf(['error', 'empty', 'zero'] as const, fields['missing']),
    missingValues: listOf(fields['missing_values'], missingValuesMax, textOf),
  };
}

function usedColumnOf(value: unknown): UsedColumn {
  const { name, index } = fieldsOf(value);
  return { name: textOf(name), index: integerOf(index, columnsMax - 1) };
}

function formulaOf(value: unknown): Formula {
  const { name, text } = fieldsOf(value);
  return { name: textOf(name), text: textOf(text) };
}

function totalsOf(value: unknown): ColumnTotals {
  const { count, sum, min, max } = fieldsOf(value);
  return {
    count: integerOf(count, Number.MAX_SAFE_INTEGER),
    sum: optional(sum, numberOf),
    min: optional(min, numberOf),
    max: optional(max, numberOf),
  };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotThat();
  return value as Fields;
}

function listOf<Item>(value: unknown, lengthMax: number, read: (item: unknown) => Item): Item[] {
  if (!Array.isArray(value) || value.length > lengthMax) throw new NotThat();
  return value.map((item: unknown) => read(item));
}

function textOf(value: unknown, lengthMax = textLengthMax): string {
  if (typeof value !== 'string' || value.length > lengthMax) throw new NotThat();
  return value;
}

function numberOf(value: unknown): string {
  const text = textOf(value, numberLengthMax);
  if (!numberPattern.test(text)) throw new NotThat();
  return text;
}

function integerOf(value: unknown, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) throw new NotThat();
  // JSON has a negative zero.
  return value + 0;
}

function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new NotThat();
  return value;
}

function oneOf<Choice>(choices: readonly Choice[], value: unknown): Choice {
  const choice = choices.find((known) => known === value);
  if (choice === undefined) throw new NotThat();
  return choice;
}

function optional<Value>(value: unknown, read: (value: unknown) => Value): Value | undefined {
  return value === undefined ? undefined : read(value);
}

/** Bytes turned into a string per call: a call takes its arguments from the stack. */
const bytesPerCall = 8 * 1024;

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += bytesPerCall) {
    binary += String.fromCharCode(...bytes.subarray(start, start + bytesPerCall));
  }
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
