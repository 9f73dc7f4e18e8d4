import { instructionBits, instructionMask, opcode } from '../opcodes.ts';
import { truth } from '../reducer.ts';
import { byteKind, kindOf } from '../scanner.ts';
import { comparisonPrecedence, operatorCost, pending, precedences } from '../syntax.ts';
import { ColumnOperands, complete } from './column-operands.ts';
import { rowSource } from './formula-names.ts';

export const quotation = 0x22;
/** Quotation marks of documents and other languages. */
const otherQuotations: ReadonlySet<string> = new Set(Array.from("'“”„«»‘’"));

const textRule =
  'A string can only be compared with a column, such as country == "DE", or be a key of match(country, "DE", 19, 0).';

/** The part of the parser that reads strings. There are none on the machine's stack: a string and its column make one instruction. */
export class TextOperands extends ColumnOperands {
  protected rejectOtherQuotation(): void {
    const isOther = otherQuotations.has(this.character());
    if (!isOther && this.input[this.position] !== quotation) return;
    const end = this.characterEnd(this.position);
    this.syntaxError('Write a string in double quotation marks, such as "DE".', this.position, end);
  }

  /** A string on either side of a comparison with a column. */
  protected textOperand(): number {
    const start = this.position;
    if (!this.isQuotation(start)) this.rejectOtherQuotation();
    const text = this.readText();
    const kind = this.kinds[this.top] as number;
    if (kind === pending.equal || kind === pending.notEqual) {
      const { column, origin } = this.takeColumn(start);
      const operatorOrigin = this.origins[this.top] as number;
      this.pop();
      this.compareText(column, text, kind === pending.notEqual, origin, operatorOrigin);
    } else {
      if ((precedences[kind] as number) >= comparisonPrecedence) this.misplacedText(start);
      this.textBeforeColumn(text, start);
    }
    this.checkAfterText();
    return complete;
  }

  /** `"DE" == country` */
  private textBeforeColumn(text: Uint8Array, start: number): void {
    const operatorOrigin = this.position;
    const isDifferent = this.textOperator(start);
    const byte = this.next();
    if (byte < 0 || byte === quotation || this.columnOperand(byte) !== complete) this.misplacedText(start);
    const { column, origin } = this.takeColumn(start);
    this.compareText(column, text, isDifferent, origin, operatorOrigin);
  }

  /** Moves past == or != and returns whether it was !=. */
  private textOperator(start: number): boolean {
    const byte = this.next();
    const isNotEqual = this.codePoint() === 0x2260;
    if (isNotEqual) {
      this.position = this.characterEnd(this.position);
      return true;
    }
    if ((byte !== 0x3d && byte !== 0x21) || this.peek(1) !== 0x3d) this.misplacedText(start);
    this.position += 2;
    return byte === 0x21;
  }

  private compareText(
    column: number,
    text: Uint8Array,
    isDifferent: boolean,
    origin: number,
    operatorOrigin: number,
  ): void {
    this.countOperation(operatorOrigin, operatorCost);
    this.program.emit(opcode.isText, this.names?.addComparison(column, text) ?? 0, origin);
    if (isDifferent) this.program.emit(opcode.not, 0, operatorOrigin);
    this.pushValue(truth);
  }

  /** Takes the column that was read last out of the program: it is compared as a string and not as a number. */
  protected takeColumn(textStart: number): { column: number; origin: number } {
    const { program } = this;
    const index = program.length - 1;
    const word = program.code[index] ?? 0;
    const column = word >> instructionBits;
    const isColumn = index >= 0 && (word & instructionMask) === opcode.column && column !== rowSource;
    if (!isColumn || program.landing > index) this.misplacedText(textStart);
    program.length = index;
    this.popValue();
    return { column, origin: program.origins[index] as number };
  }

  protected misplacedText(start: number): never {
    this.position = start;
    const end = this.textEnd();
    this.fail('TYPE', textRule, start, end < 0 ? this.end : end + 1);
  }

  /** The bytes of the text in quotation marks at the position, which moves past it. A quotation mark within is written twice. */
  protected readText(): Uint8Array {
    const start = this.position;
    const end = this.textEnd();
    if (end < 0) this.syntaxErrorHere('This string has no closing quotation mark.');
    const bytes = this.written.subarray(this.placeOf(start + 1), this.placeOf(end));
    this.position = end + 1;
    let isSecond = false;
    return bytes.filter((byte) => {
      isSecond = byte === quotation && !isSecond;
      return byte !== quotation || isSecond;
    });
  }

  /** A quotation mark as it was written: its full-width form can stand within a string. */
  private isQuotation(index: number): boolean {
    return index < this.end && this.input[index] === quotation && this.written[this.placeOf(index)] === quotation;
  }

  /** Where the quotation mark is that closes the text at the position; -1 if none does. */
  private textEnd(): number {
    for (let index = this.position + 1; index < this.end; index += 1) {
      if (!this.isQuotation(index)) continue;
      if (!this.isQuotation(index + 1)) return index;
      index += 1;
    }
    return -1;
  }

  /** A string is compared immediately, so nothing may follow that binds as tightly. */
  private checkAfterText(): void {
    const byte = this.next();
    if (byte < 0 || [0x29, 0x2c, 0x3f, 0x3a, 0x26, 0x7c].includes(byte)) return;
    if (kindOf(byte) === byteKind.letter && /^(?:and|or)\b/.test(this.text(this.position, this.end, 4))) return;
    const message =
      'Nothing but "and", "or" or a question mark can follow the comparison with a string; use parentheses.';
    this.syntaxError(message, this.position, this.tokenEnd(this.position));
  }
}
