/** The options of `mathmill table`: as the command line has them, as the engine takes them, and as the API takes them. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { TableFault, TableOptions, UploadFormat } from '../engine/index.ts';
import type { EvaluationSettings } from '../expression/index.ts';
import { delimiters, groupSigns, type Delimiter, type GroupSign } from '../jobs/index.ts';
import type { ApiRequest } from './api-client.ts';
import { CommandFailure } from './exit-codes.ts';
import { showPlace } from './show-error.ts';

/** How the rows of a file are written. */
export const rowFormats = ['csv', 'tsv', 'ndjson'] as const satisfies readonly UploadFormat[];
export type RowFormat = (typeof rowFormats)[number];

const errorColumnDefault = 'error';

/** The options of a table on the command line. */
export interface TableArguments extends EvaluationSettings {
  readonly formula?: readonly string[];
  readonly total?: readonly string[];
  readonly input?: RowFormat;
  readonly delimiter?: Delimiter;
  readonly header: 'present' | 'absent';
  readonly decimal: '.' | ',';
  readonly group?: GroupSign;
  readonly numbers: 'strict' | 'written';
  readonly missing: 'error' | 'empty' | 'zero';
  readonly missingValues?: readonly string[];
  readonly replace?: boolean;
  readonly errorColumn?: string;
  /** False: results have no error column. */
  readonly errors: boolean;
}

export function addTableOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-f, --formula <formula>', 'new column, as "name = expression"; repeat it for more, in any order')
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--total <column>', 'column of the file to total as well; repeatable').argParser(collect))
    .addOption(
      new Option('--input <format>', 'format of the rows (default: as the name of the file says, else csv)').choices(
        rowFormats,
      ),
    )
    .addOption(
      new Option('--delimiter <sign>', 'sign between cells: , ; | or tab (default: as the first line shows)').argParser(
        readDelimiter,
      ),
    )
    .addOption(
      new Option('--header <is>', 'whether the first line names the columns; without, they are c1, c2, ...')
        .choices(['present', 'absent'])
        .default('present'),
    )
    .addOption(new Option('--decimal <mark>', 'decimal mark of cells and results').choices(['.', ',']).default('.'))
    .addOption(
      new Option('--group <sign>', `sign between groups of digits in cells: . , ' space (default: none)`).argParser(
        readGroup,
      ),
    )
    .addOption(
      new Option('--numbers <style>', 'written: also read (12.00), 12 % and one currency sign')
        .choices(['strict', 'written'])
        .default('strict'),
    )
    .addOption(
      new Option('--missing <meaning>', 'what an empty cell means where a formula reads it')
        .choices(['error', 'empty', 'zero'])
        .default('error'),
    )
    .addOption(
      new Option('--missing-values <texts>', 'cell values that also mean missing; comma-separated').argParser((text) =>
        text.split(','),
      ),
    )
    .option('--replace', 'replace columns that exist already, in place')
    .option('--error-column <name>', `name of the last column, which holds errors (default: "${errorColumnDefault}")`)
    .option('--no-errors', 'write no error column');
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function readDelimiter(text: string): Delimiter {
  const sign = /^(?:tab|\\t)$/i.test(text) ? '\t' : text;
  const known = delimiters.find((delimiter) => delimiter === sign);
  if (known !== undefined) return known;
  throw new InvalidArgumentError('It must be one of , ; | and tab.');
}

function readGroup(text: string): GroupSign {
  const sign = text === 'space' ? ' ' : text;
  const known = groupSigns.find((group) => group === sign);
  if (known !== undefined) return known;
  throw new InvalidArgumentError("It must be one of . , ' and space.");
}

/** The format of the rows of the file: as given, or else by its name. */
export function rowFormatOf(path: string, { input }: Pick<TableArguments, 'input'>): RowFormat {
  if (input !== undefined) return input;
  if (/\.(?:ndjson|jsonl)$/i.test(path)) return 'ndjson';
  return /\.(?:tsv|tab)$/i.test(path) ? 'tsv' : 'csv';
}

const mediaTypes = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  ndjson: 'application/x-ndjson',
} as const satisfies Record<RowFormat, string>;

export function mediaTypeOfRows(format: RowFormat): string {
  return mediaTypes[format];
}

export function toTableOptions(given: TableArguments, format: RowFormat): TableOptions {
  return {
    formulas: given.formula ?? [],
    totals: given.total ?? [],
    delimiter: given.delimiter ?? (format === 'tsv' ? '\t' : undefined),
    hasHeader: given.header === 'present',
    decimal: given.decimal,
    group: given.group,
    numbers: given.numbers,
    missing: given.missing,
    missingValues: given.missingValues ?? [],
    replaces: given.replace === true,
    errorColumn: given.errors ? (given.errorColumn ?? errorColumnDefault) : undefined,
  };
}

/** The same for the query of `POST /api/jobs`. Options not given are left to the server, whose defaults are the same. */
export function toTableQuery(given: TableArguments): NonNullable<ApiRequest['query']> {
  const { delimiter } = given;
  return {
    formula: given.formula,
    total: given.total,
    delimiter: delimiter === '\t' ? 'tab' : delimiter,
    header: given.header === 'present' ? undefined : given.header,
    decimal: given.decimal === '.' ? undefined : given.decimal,
    group: given.group === ' ' ? 'space' : given.group,
    numbers: given.numbers === 'strict' ? undefined : given.numbers,
    missing: given.missing === 'error' ? undefined : given.missing,
    missing_values: given.missingValues?.join(','),
    replace: given.replace,
    error_column: given.errorColumn,
    errors: given.errors ? undefined : 'none',
    mode: given.mode,
    precision: given.precision,
  };
}

/** The options whose names are not those of the parameters with dashes. */
const optionNames: Readonly<Record<string, string>> = { formula: '-f', errors: '--no-errors' };

/** The message about a fault of a table, with the formula and the place in it. */
export function toFailure({ parameter, message, formula, column, endColumn }: TableFault, options: TableOptions) {
  const subject = parameter === 'body' ? '' : `${optionNames[parameter] ?? `--${parameter.replaceAll('_', '-')}`}: `;
  const text = formula === undefined ? undefined : options.formulas[formula];
  const isPlaced = text !== undefined && column !== undefined && column > 0;
  const place = isPlaced ? `\n${showPlace(text, { column, endColumn: endColumn ?? column + 1 })}` : '';
  return new CommandFailure(`${subject}${message}${place}`);
}
