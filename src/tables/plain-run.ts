import { ByteBuffer, plainRowsMax, type PlainRows } from '../expression/index.ts';
import { lineFeed, tab, type RowReader, type TotalsCollector } from '../jobs/index.ts';

/** A first batch is small: what it is may be an exception. */
const batchRowsMin = 16;
/** Rows that are evaluated one by one, at most, before a batch is tried again. */
const pauseRowsMax = 64;
/**
 * Evaluates the plain rows of a chunk in batches, and goes back to the row that is not one. A row has room for all results of
 * its formulas here: each takes some 200 bytes at most, decimals and zeros included.
 */
export class PlainRun {
  readonly #plain: PlainRows;
  readonly #reader: RowReader;
  readonly #formulas: number;
  readonly #totals: TotalsCollector;
  readonly #ends = new Int32Array(plainRowsMax);
  readonly #text = new ByteBuffer();
  #batchRows = batchRowsMin;
  /** Rows before the next try, and how many they were when the last one failed. */
  #pause = 0;
  #lastPause = 0;

  constructor(plain: PlainRows, reader: RowReader, formulas: number, totals: TotalsCollector) {
    this.#plain = plain;
    this.#reader = reader;
    this.#formulas = formulas;
    this.#totals = totals;
  }

  get cost(): number {
    return this.#plain.cost;
  }

  /** See `RowsEvaluator.evaluatePlain`. */
  evaluate(output: ByteBuffer, rowsMax: number, costMax: number): number {
    if (this.#pause > 0) {
      this.#pause -= 1;
      return 0;
    }
    const { end, row } = this.#reader;
    const limit = Math.min(rowsMax, Math.ceil(costMax / this.cost), this.#batchRows);
    if (limit <= 0) return 0;
    const taken = this.#take(limit);
    const rows = this.#plain.compute();
    if (rows < limit) this.#reader.returnTo(row + rows, rows === 0 ? end : (this.#ends[rows - 1] as number));
    this.#adapt(taken, rows);
    if (rows === 0) return 0;
    this.#write(output, rows);
    this.#collect(rows);
    return rows;
  }

  #take(limit: number): number {
    const plain = this.#plain;
    const reader = this.#reader;
    plain.clear();
    while (plain.count < limit && reader.next()) {
      if (reader.fault !== undefined || !plain.take(reader.cells, reader.row)) break;
      this.#ends[plain.count - 1] = reader.end;
    }
    return plain.count;
  }

  /** Rows that were taken in vain are few: batches grow while all goes well, and shrink to what went well. */
  #adapt(taken: number, rows: number): void {
    if (rows > 0) {
      this.#lastPause = 0;
      this.#batchRows = rows === taken ? Math.min(this.#batchRows * 2, plainRowsMax) : Math.max(rows, 1);
    } else {
      this.#batchRows = batchRowsMin;
      this.#lastPause = Math.min(this.#lastPause * 2 + 1, pauseRowsMax);
      this.#pause = this.#lastPause;
    }
  }

  #write(output: ByteBuffer, rows: number): void {
    const formulas = this.#formulas;
    const plain = this.#plain;
    for (let row = 0; row < rows; row += 1) {
      for (let formula = 0; formula < formulas; formula += 1) {
        plain.write(formula, row, output);
        output.writeByte(formula === formulas - 1 ? lineFeed : tab);
      }
    }
  }

  #collect(rows: number): void {
    for (const [column, numbers] of this.#plain.columns.entries()) {
      this.#totals.addNumbers(column, numbers, rows, (row) => this.#addText(column, row));
    }
  }

  #addText(column: number, row: number): void {
    this.#text.clear();
    this.#plain.write(column, row, this.#text);
    this.#totals.add(column, this.#text.bytes, 0, this.#text.length);
  }
}
