/** Tables whose results and totals the test knows beforehand, and the check of what became of them. */
import assert from 'node:assert/strict';
import { waitForJob } from '../e2e/server-process.ts';

/** A row, and what its formulas must give, worked out here and not by the engine under test. */
interface Row {
  readonly text: string;
  readonly net: number;
  /** Undefined: the formula fails. */
  readonly each: number | undefined;
}

/** A table that was answered with 201. */
export interface AcceptedTable {
  readonly id: string;
  readonly rows: readonly Row[];
  isCancelAsked: boolean;
  isDeleteAsked: boolean;
}

const header = 'name,price,qty\r\n';
/** `each` fails where `qty` is 0. */
export const tableQuery = new URLSearchParams([
  ['formula', 'net = price * qty'],
  ['formula', 'each = net / qty'],
  ['total', 'price'],
]).toString();

export function toFile(rows: readonly Row[]): string {
  return header + rows.map(({ text }) => `${text}\r\n`).join('');
}

/** Names hold delimiters, quotes and line breaks. */
export function createRows(random: () => number): readonly Row[] {
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const createRow = (): Row => {
    const [price, qty] = [between(0, 99_999), random() < 0.02 ? 0 : between(1, 99)];
    const name = between(0, 9) === 0 ? `"a ""b"",\r\n${price}"` : `n ${price}`;
    return { text: `${name},${price},${qty}`, net: price * qty, each: qty === 0 ? undefined : price };
  };
  return Array.from({ length: between(0, 3) === 0 ? between(2_000, 30_000) : between(1, 600) }, createRow);
}

interface TotalsDocument {
  readonly count: number;
  readonly sum: string;
  readonly min: string;
  readonly max: string;
}

/** Waits for the job, compares every byte of its file, and its totals with a recount. */
export async function checkTable(url: string, job: AcceptedTable): Promise<void> {
  const known = await fetch(`${url}/api/jobs/${job.id}`);
  await known.body?.cancel();
  if (job.isDeleteAsked && known.status === 404) return;
  assert.equal(known.status, 200, `the accepted table ${job.id} is there`);
  const view = await waitForJob(url, job.id);
  const response = await fetch(`${url}/api/jobs/${job.id}/results`);
  assert.equal(response.status, 200);
  const evaluated = compareFile(await response.text(), job);
  assert.equal(view.cancelled, job.rows.length - evaluated.length);
  const succeeded = evaluated.filter(({ each }) => each !== undefined);
  assert.deepEqual([view.succeeded, view.failed], [succeeded.length, evaluated.length - succeeded.length]);
  const { totals } = view as unknown as { readonly totals?: Readonly<Record<string, TotalsDocument>> };
  const columns = {
    net: evaluated.map(({ net }) => net),
    each: succeeded.map(({ each }) => each ?? 0),
    price: evaluated.map(({ text }) => Number(text.split(',').at(-2))),
  };
  for (const [name, values] of Object.entries(columns)) checkTotals(totals?.[name], values, name);
}

/** Compares row by row; returns the rows that have results. Only a cancelled job has rows without. */
function compareFile(file: string, { rows, isCancelAsked }: AcceptedTable): readonly Row[] {
  assert.ok(file.startsWith('name,price,qty,net,each,error\r\n'), file.slice(0, 100));
  let position = file.indexOf('\n') + 1;
  const evaluated: Row[] = [];
  for (const row of rows) {
    const isEvaluated = !file.startsWith(`${row.text},,,CANCELLED`, position);
    if (isEvaluated) evaluated.push(row);
    else assert.ok(isCancelAsked, 'only a cancelled job has cancelled rows');
    const end = file.indexOf('\r\n', position + row.text.length);
    const found = file.slice(position, end);
    const expected = `${row.text},${resultsOf(row)}`;
    if (isEvaluated && row.each === undefined) assert.ok(found.startsWith(expected), found);
    else if (isEvaluated) assert.equal(found, expected);
    position = end + 2;
  }
  assert.equal(position, file.length, 'there are no other rows');
  return evaluated;
}

function resultsOf({ net, each }: Row): string {
  return each === undefined ? `${net},,each: DIV0` : `${net},${each},`;
}

function checkTotals(totals: TotalsDocument | undefined, values: readonly number[], name: string): void {
  // Of a job that was cancelled before its first row, nothing is known.
  if (values.length === 0) return assert.ok(totals === undefined || totals.count === 0, name);
  const [sum, min, max] = [
    values.reduce((total, value) => total + value, 0),
    values.reduce((left, right) => Math.min(left, right)),
    values.reduce((left, right) => Math.max(left, right)),
  ];
  assert.equal(totals?.count, values.length, name);
  assert.deepEqual([totals?.sum, totals?.min, totals?.max], [sum, min, max].map(String), name);
}
