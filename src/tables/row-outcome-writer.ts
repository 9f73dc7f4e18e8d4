/** Writes what the formulas of one row came to, in the outcome encoding (row-outcome.ts), and says which of them count. */
import { ByteBuffer, type OperationError, type TableEvaluator } from '../expression/index.ts';
import { encodeCellError, lineFeed, rowOutcomeBytesMax, tab } from '../jobs/index.ts';

/** The replacement of a result that does not fit its row. */
const leftOut: OperationError = {
  code: 'TOO_BIG',
  message: `The results of this row have more than ${rowOutcomeBytesMax} bytes together, so this one is left out.`,
  column: 0,
  endColumn: 0,
};
/** Bytes that it takes instead, with a separator. */
const leftOutBytes = encodeCellError(leftOut).length + 1;

export class RowOutcomeWriter {
  readonly #evaluator: TableEvaluator;
  readonly #formulas: number;
  /** Bytes that the results of a row may have when no formula fails: all of them are kept then. */
  readonly #roomMax: number;
  /** The encoded errors of a row, one after another. */
  readonly #errors = new ByteBuffer();
  readonly #errorStarts: Int32Array;
  readonly #errorEnds: Int32Array;
  /** By formula, of the row written last: 1 if it has a result. */
  readonly hasResult: Uint8Array;
  /** Whether each formula of that row has one. */
  isWhole = true;

  constructor(evaluator: TableEvaluator, formulas: number) {
    this.#evaluator = evaluator;
    this.#formulas = formulas;
    this.#roomMax = rowOutcomeBytesMax - formulas * leftOutBytes;
    this.#errorStarts = new Int32Array(formulas);
    this.#errorEnds = new Int32Array(formulas);
    this.hasResult = new Uint8Array(formulas).fill(1);
  }

  /** Appends the outcome of the row that was evaluated last. */
  write(output: ByteBuffer): void {
    const { failed, results } = this.#evaluator;
    if (failed === 0 && results.length <= this.#roomMax) {
      if (!this.isWhole) this.hasResult.fill(1);
      this.isWhole = true;
      this.#writeResults(output);
    } else {
      this.#writeErrors();
      this.#writeCells(output);
    }
  }

  #writeResults(output: ByteBuffer): void {
    const { results, starts, ends } = this.#evaluator;
    const count = this.#formulas;
    const from = results.bytes;
    const to = output.reserve(results.length + count);
    let length = output.length;
    for (let index = 0; index < count; index += 1) {
      const end = ends[index] as number;
      for (let position = starts[index] as number; position < end; position += 1) {
        to[length] = from[position] as number;
        length += 1;
      }
      to[length] = tab;
      length += 1;
    }
    to[length - 1] = lineFeed;
    output.length = length;
  }

  /** Encodes the errors of the row, and those of results that there is no room for: the first results have precedence. */
  #writeErrors(): void {
    const { errors, starts, ends } = this.#evaluator;
    this.#errors.clear();
    this.isWhole = this.#evaluator.failed === 0;
    for (const [index, error] of errors.entries()) this.#note(index, error);
    let room = this.#roomMax - this.#errors.length;
    for (let index = 0; index < this.#formulas; index += 1) {
      if (this.hasResult[index] === 0) continue;
      const bytes = (ends[index] as number) - (starts[index] as number);
      if (bytes <= room) room -= bytes;
      else this.#note(index, leftOut);
    }
  }

  #note(index: number, error: OperationError | undefined): void {
    this.hasResult[index] = Number(error === undefined);
    if (error === undefined) return;
    this.isWhole = false;
    this.#errorStarts[index] = this.#errors.length;
    this.#errors.writeText(encodeCellError(error));
    this.#errorEnds[index] = this.#errors.length;
  }

  #writeCells(output: ByteBuffer): void {
    const { results, starts, ends } = this.#evaluator;
    if (!this.isWhole) output.writeAscii('!\t');
    for (let index = 0; index < this.#formulas; index += 1) {
      if (this.hasResult[index] === 1) output.writeBytes(results.bytes, starts[index] as number, ends[index] as number);
      else output.writeBytes(this.#errors.bytes, this.#errorStarts[index] as number, this.#errorEnds[index] as number);
      output.writeByte(index === this.#formulas - 1 ? lineFeed : tab);
    }
  }
}
