import { findForeignSign } from './foreign-signs.ts';
import { functionTable } from './function-table.ts';
import { findName, nameHint } from './name-table.ts';
import { quote } from './quote.ts';
import { Reducer } from './reducer.ts';
import { byteKind, kindOf } from './scanner.ts';
import type { NumberMode } from './number-mode.ts';
import type { FormulaNames } from './table/formula-names.ts';
import { isSubscript } from './superscripts.ts';

const noAssignment = 'there are no variables, so nothing can be assigned';

/** Words that people write between two numbers, with the operator to write instead. */
const infixWords: ReadonlyMap<string, string> = new Map([
  ['div', 'write div(a, b) for an integer quotient'],
  ['idiv', 'write div(a, b) for an integer quotient'],
  ['rem', 'write % for the remainder of a division'],
  ['xor', 'write bitxor(a, b) for bits, or != between two true/false values'],
  ['plus', 'write + for a sum'],
  ['minus', 'write - for a difference'],
  ['x', 'write * for a product'],
  ['times', 'write * for a product'],
  ['over', 'write / for a division'],
  ['percent', 'write 10 / 100 for ten percent'],
  ['pct', 'write 10 / 100 for ten percent'],
  ['i', 'complex numbers are not supported'],
  ['j', 'complex numbers are not supported'],
  ['is', 'write == to compare'],
  ['choose', 'write comb(n, k)'],
]);

/** Functions that people write between two numbers. */
const infixFunctions: ReadonlySet<string> = new Set(['shl', 'shr', 'bitand', 'bitor', 'bitxor', 'comb', 'perm', 'pow']);

/** Signs that are valid only after an operand. */
const afterOperand: ReadonlySet<string> = new Set(
  '* / ^ % ** == != < <= > >= && || & | = ? : , ) × · ⋅ ∙ ÷ ≤ ≥ ≠ ⁄ mod and or'.split(' '),
);

const apostrophes: ReadonlySet<string> = new Set(["'", '’']);

/** First characters of names and strings in formulas, besides letters: ` @ " */
const columnSigns: ReadonlySet<number> = new Set([0x60, 0x40, 0x22]);

/** The part of the parser that says what is wrong with a line, and what to write instead. */
export class Explainer extends Reducer {
  /** The meaning of names in a formula; undefined for lines. */
  protected readonly names: FormulaNames | undefined;

  constructor(mode: NumberMode, names: FormulaNames | undefined) {
    super(mode);
    this.names = names;
  }

  protected syntaxError(message: string, start: number, end: number): never {
    this.fail('SYNTAX', message, start, end);
  }

  /** About the one character, or the operator, at the position. */
  protected syntaxErrorHere(message: string, bytes = 1): never {
    this.syntaxError(message, this.position, this.position + bytes);
  }

  /** Ends the line if a sign of another language is at the position. */
  protected rejectForeignSign(): void {
    const found = findForeignSign(this.text(this.position, this.end, 3));
    if (found === undefined) return;
    let end = this.position;
    for (let count = 0; count < found.length; count += 1) end = this.characterEnd(end);
    this.syntaxError(found.message, this.position, end);
  }

  protected unknownName(start: number, end: number): never {
    const name = this.text(start, end);
    this.fail('UNKNOWN', `${quote(name)} is not a known name; ${this.hintAfter(name, end)}`, start, end);
  }

  private hintAfter(name: string, end: number): string {
    this.position = end;
    const byte = this.next();
    const follower = this.peek(1);
    if (byte === 0x2e) return 'functions have no prefix: write them alone, such as sin(x).';
    if ((byte === 0x3d && follower !== 0x3d) || (byte === 0x3a && follower === 0x3d)) {
      return `${noAssignment}: write the value alone.`;
    }
    const isCall = byte === 0x28;
    return (
      nameHint(name) ?? (isCall ? 'the reference lists all functions.' : 'there are no variables: write a number.')
    );
  }

  /** A name of a function without its arguments. */
  protected functionAlone(index: number, start: number, end: number): never {
    const { name = '', signature = '' } = functionTable[index] ?? {};
    if (this.isSuperscriptHere()) this.syntaxError(`Write ${name}(x)² for the square of ${name}(x).`, start, end);
    if (isSubscript(this.codePoint())) this.rejectForeignSign();
    this.syntaxError(`${quote(name)} is a function: write its arguments in parentheses, ${signature}.`, start, end);
  }

  protected missingBefore(start: number, end: number): never {
    this.syntaxError(`A number is missing before ${quote(this.text(start, end))}.`, start, end);
  }

  protected missingOperand(): never {
    const start = this.position;
    const end = this.tokenEnd(start);
    const token = this.text(start, end);
    if (token === '') this.syntaxError('The expression ends where a number is expected.', start, start);
    if (token === '=') this.misplacedEqualSign();
    if (token === '/' && (this.peek(1) === 0x2f || this.peek(1) === 0x2a)) this.rejectForeignSign();
    if (token === '|') this.syntaxErrorHere('Write abs(x) for the absolute value.');
    if (afterOperand.has(token)) this.missingBefore(start, end);
    this.rejectForeignSign();
    this.syntaxError(`A number or a name is expected here, not ${this.quotedCharacter(start)}.`, start, end);
  }

  /** Description of the whole text, as the second half of a sentence. */
  private get wholeText(): string {
    return this.names === undefined ? 'a line is the expression alone' : 'a formula is a name, = and one expression';
  }

  private misplacedEqualSign(): never {
    const isFirst = this.top === 0 && this.values === 0;
    if (isFirst) this.syntaxErrorHere(`Leave out the = at the beginning: ${this.wholeText}.`);
    this.syntaxErrorHere(this.names === undefined ? `Leave out the =: ${noAssignment}.` : 'Leave out the =.');
  }

  /** A single = after an operand. */
  protected equalSign(): never {
    const start = this.position;
    this.position += 1;
    if (this.next() === -1) {
      this.syntaxError(`Leave out the = at the end: ${this.wholeText}.`, start, start + 1);
    }
    const reason = this.names === undefined ? noAssignment : 'each formula has one name, before its first =';
    this.syntaxError(`Write == to compare; ${reason}.`, start, start + 1);
  }

  protected missingOperator(): never {
    const start = this.position;
    const byte = this.peek(0);
    if (byte === 0x28) this.openingAfterOperand();
    if (kindOf(byte) === byteKind.digit || byte === 0x2e) this.numberAfterOperand();
    if (kindOf(byte) === byteKind.letter) this.nameAfterOperand();
    if (this.isDigit(start - 1) && apostrophes.has(this.character()) && this.isDigit(this.characterEnd(start))) {
      this.syntaxError(
        'Digits cannot be grouped with apostrophes: write 1000 or 1_000.',
        start,
        this.characterEnd(start),
      );
    }
    if (this.names !== undefined && columnSigns.has(byte)) {
      this.syntaxErrorHere('An operator is missing here, such as * for a product or == to compare.');
    }
    this.rejectForeignSign();
    const end = this.tokenEnd(start);
    if (byte >= 0x80) this.syntaxError(`An operator is missing before ${quote(this.text(start, end))}.`, start, end);
    this.syntaxError(`${this.quotedCharacter(start)} is not an operator.`, start, end);
  }

  private openingAfterOperand(): never {
    const start = this.position;
    this.position += 1;
    const message =
      this.next() === 0x29
        ? 'Leave out the empty parentheses: a constant or number takes no arguments.'
        : 'An operator is missing before "(", such as * for a product.';
    this.syntaxError(message, start, start + 1);
  }

  private numberAfterOperand(): never {
    const start = this.position;
    const end = this.tokenEnd(start);
    const text = this.text(start, end);
    const isGroup = /^\d{3}(?!\d)/.test(text) && this.isDigit(this.operandEnd() - 1);
    if (isGroup) this.syntaxError('Digits cannot be grouped with spaces: write 1000 or 1_000.', start, end);
    this.syntaxError(`An operator is missing before ${quote(text)}.`, start, end);
  }

  private nameAfterOperand(): never {
    const start = this.position;
    const end = this.nameEnd();
    const name = this.text(start, end);
    const infix = infixWords.get(name) ?? (infixFunctions.has(name) ? `write ${name}(a, b)` : undefined);
    if (infix !== undefined) this.syntaxError(`${quote(name)} is not an operator here: ${infix}.`, start, end);
    if (name.toLowerCase() === 'e' && (this.isDigit(start - 1) || this.input[start - 1] === 0x2e)) {
      this.syntaxError('The exponent has no digits: write 3e5, or 3 * e for the constant e.', start, end);
    }
    const isKnown = this.names !== undefined || findName(this.input, start, end) !== undefined;
    const hint = isKnown ? ', such as * for a product' : '; units and variables are not supported';
    this.syntaxError(`An operator is missing before ${quote(name)}${hint}.`, start, end);
  }

  /** Whether a parenthesis opens after `end`. */
  protected isCallAfter(end: number): boolean {
    const start = this.position;
    this.position = end;
    const isCall = this.next() === 0x28;
    this.position = start;
    return isCall;
  }

  /** Whether the token at the position is no operand, but can only stand after one. */
  protected isBeforeOperator(): boolean {
    const start = this.position;
    const isWord = kindOf(this.peek(0)) === byteKind.letter;
    const end = isWord ? this.nameEnd() : this.tokenEnd(start);
    if (!afterOperand.has(this.text(start, end))) return false;
    if (!isWord) return true;
    // `mod(` is the call of a function.
    return !this.isCallAfter(end);
  }

  protected percentSign(position: number): never {
    const message = '% is the remainder of a division, not a percentage: write 10 / 100 for ten percent.';
    this.syntaxError(message, position, position + 1);
  }

  protected signAfterPercent(position: number): never {
    const message =
      'A sign after % can mean a remainder or a percentage: write 10 % (-3) for a remainder, or 10 / 100 - 3 for a percentage.';
    this.syntaxError(message, position, position + 1);
  }

  protected misplacedComma(): never {
    const message =
      'A comma only separates the arguments of a function: write a decimal point (3.2), and no thousands separators (1000 or 1_000).';
    this.syntaxErrorHere(message);
  }

  protected missingColon(): never {
    const origin = this.origins[this.top] as number;
    this.syntaxError('This question mark has no colon after it: write condition ? a : b.', origin, origin + 1);
  }

  protected missingClosing(): never {
    let opening = this.origins[this.top] as number;
    while (this.input[opening] !== 0x28) opening += 1;
    this.syntaxError('Missing closing parenthesis.', opening, opening + 1);
  }

  /** Past the operand before the position. */
  private operandEnd(): number {
    let end = this.position;
    while (end > 0 && kindOf(this.input[end - 1] as number) === byteKind.blank) end -= 1;
    return end;
  }

  private isDigit(index: number): boolean {
    return index >= 0 && index < this.end && kindOf(this.input[index] as number) === byteKind.digit;
  }

  protected character(): string {
    return this.text(this.position, this.characterEnd(this.position));
  }
}
