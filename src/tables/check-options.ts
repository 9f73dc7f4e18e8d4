/** Checks the table settings of a request, before anything is known of the file. */
import type { TableOptions } from '../engine/index.ts';
import { formulaBytesMax, formulasMax, totalsMax } from '../jobs/index.ts';
import { refuse, shownName } from './table-refusal.ts';

/** UTF-16 units of the name of a new column; that of a formula is checked where formulas are read. */
const nameLengthMax = 256;

const encoder = new TextEncoder();

export function checkOptions(options: TableOptions): void {
  checkFormulas(options.formulas);
  checkTotals(options.totals);
  checkErrorColumn(options.errorColumn);
  if (options.decimal === options.group) {
    refuse(
      'group',
      `"${options.decimal}" cannot be the decimal mark and group digits too. Choose another sign for one of them.`,
    );
  }
}

function checkFormulas(formulas: readonly string[]): void {
  if (formulas.length === 0) refuse('formula', 'There is no formula. Give at least one, such as total = price * qty.');
  if (formulas.length > formulasMax) {
    refuse('formula', `There are ${formulas.length} formulas; a table may have ${formulasMax}.`);
  }
  const bytes = formulas.reduce((sum, formula) => sum + encoder.encode(formula).length, 0);
  if (bytes > formulaBytesMax) {
    refuse('formula', `The formulas have ${bytes} bytes together; a table may have ${formulaBytesMax}.`);
  }
}

function checkTotals(totals: readonly string[]): void {
  if (totals.length > totalsMax) {
    refuse('total', `Totals of ${totals.length} columns were requested; the maximum is ${totalsMax}.`);
  }
  const names = totals.map((name) => name.normalize('NFC'));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) refuse('total', `The column ${shownName(repeated)} is named twice. Name it once.`);
}

function checkErrorColumn(name: string | undefined): void {
  if (name === undefined) return;
  if (name === '')
    refuse('error_column', 'The error column has an empty name. Give it a name, or leave the column out.');
  if (name.length > nameLengthMax || /[\t\r\n]/.test(name) || !name.isWellFormed()) {
    const rule = `It has up to ${nameLengthMax} characters without TAB and line breaks.`;
    refuse('error_column', `${shownName(name.replaceAll(/\s/g, ' '))} cannot be the name of the error column. ${rule}`);
  }
}
