import { constantTable } from './constant-table.ts';
import { functionTable } from './function-table.ts';
import { argumentsMax, lineBytesMax } from './limits.ts';
import { fractionSlash } from './foreign-signs.ts';
import { findName } from './name-table.ts';
import type { NameMeaning } from './name-table.ts';
import type { NumberMode } from './number-mode.ts';
import { opcode } from './opcodes.ts';
import { parseFastPath, plainBytesMax, plainFunctions } from './fast-path.ts';
import { quote } from './quote.ts';
import { number, truth } from './reducer.ts';
import { byteKind, kindOf } from './scanner.ts';
import { superscriptDigit, superscriptMinus } from './superscripts.ts';
import { complete, FormulaOperands, unread } from './table/formula-operands.ts';
import type { FormulaNames } from './table/formula-names.ts';
import { comparisonPrecedence, operatorCost, pending, powerCost, powerPrecedence, precedences } from './syntax.ts';

const ifIndex = functionTable.findIndex(({ name }) => name === 'if');
const modIndex = functionTable.findIndex(({ name }) => name === 'mod');
const piIndex = constantTable.findIndex(({ name }) => name === 'pi');
const sqrtIndex = functionTable.findIndex(({ name }) => name === 'sqrt');

/**
 * Turns lines into programs: an operator-precedence parser with a stack of its own, so that no line can exhaust the host's.
 *
 * Types are checked while parsing. Each value on the machine's stack is known to be a number or a Boolean, also behind
 * a condition: both branches must have the same type. So TYPE errors are found whichever way a condition goes.
 */
export class Parser extends FormulaOperands {
  private readonly plainFunctions: Uint8Array;

  constructor(mode: NumberMode, names?: FormulaNames) {
    super(mode, names);
    this.plainFunctions = plainFunctions(mode);
  }

  /** Parses input[start, end) into `program`; throws a LineFault when it is no expression. */
  parse(input: Uint8Array, start: number, end: number): void {
    const bytes = end - start;
    this.openPlain(input, start, end);
    this.program.reset(Math.min(bytes, lineBytesMax));
    if (bytes <= plainBytesMax && parseFastPath(input, start, end, this.program, this.plainFunctions)) return;
    if (bytes > lineBytesMax) this.tooLong(start + lineBytesMax);
    this.parseAny(input, start, end);
  }

  /** Parses the expression of a formula, input[0, end), into `program`: a parser with names reads one formula. */
  parseFormula(input: Uint8Array, end: number): void {
    this.openFormula(input, end);
    this.parseAny(input, 0, end);
  }

  private parseAny(input: Uint8Array, start: number, end: number): void {
    this.resetStacks(end - start);
    this.open(input, start, end);
    const first = this.position;
    // A line that begins with // is a comment. After an expression, // can also mean an integer quotient.
    if (this.next() < 0 || (this.peek(0) === 0x2f && this.peek(1) === 0x2f)) {
      const subject = this.names === undefined ? 'line' : 'formula';
      this.fail('EMPTY', `This ${subject} contains no expression.`, first, first);
    }
    do this.operand();
    while (this.operator());
    this.program.isTruthValue = this.types[0] === truth;
  }

  private tooLong(at: number): never {
    const message = `A line may have at most ${lineBytesMax} bytes; split the expression into several lines.`;
    this.fail('TOO_LONG', message, at, at);
  }

  // ---- operands ----

  /** Reads prefix signs and opening parentheses up to and including one number, name or `)` of an empty call. */
  private operand(): void {
    for (;;) {
      const byte = this.next();
      if (byte >= 0x30 && byte <= 0x39) {
        this.number(this.program);
        this.pushValue(number);
        return;
      }
      if (this.operandOther(byte)) return;
    }
  }

  /** Returns whether the operand is complete. */
  private operandOther(byte: number): boolean {
    const position = this.position;
    switch (byte) {
      case 0x28: // (
        this.push(pending.parenthesis, position, 0);
        this.position += 1;
        return false;
      case 0x2d: // -
        return this.prefix(pending.minus, 1);
      case 0x2b: // +
        return this.prefix(pending.plus, 1);
      case 0x21: // !
        if (this.peek(1) === 0x3d) return this.missingOperand();
        return this.prefix(pending.exclamation, 1);
      case 0x2e: // .
        this.number(this.program);
        this.pushValue(number);
        return true;
      default:
    }
    if (this.names !== undefined && byte >= 0) {
      const read = this.formulaOperand(byte);
      if (read !== unread) return read === complete;
    }
    if (byte < 0x80 && byte >= 0 && kindOf(byte) === byteKind.letter) return this.name();
    if (byte >= 0x80) return this.unicodeOperand();
    return this.missingOperand();
  }

  private prefix(kind: number, width: number): false {
    this.push(kind, this.position, 0);
    this.position += width;
    return false;
  }

  private unicodeOperand(): boolean {
    const position = this.position;
    switch (this.codePoint()) {
      case 0x3c0: // π
        this.position += 2;
        this.constant(piIndex, position);
        return true;
      case 0x221a: // √
        this.position += 3;
        if (this.next() !== 0x28) this.syntaxError('Write √(x) with parentheses.', position, position + 3);
        this.openCall(sqrtIndex, position);
        return false;
      default:
        return this.missingOperand();
    }
  }

  /** Reads a name in the place of an operand. */
  private name(): boolean {
    const start = this.position;
    const end = this.nameEnd();
    const meaning = findName(this.input, start, end);
    if (meaning === undefined) this.unknownName(start, end);
    this.position = end;
    switch (meaning.kind) {
      case 'function':
        if (this.next() !== 0x28) {
          if (meaning.index === modIndex) this.missingBefore(start, end);
          this.functionAlone(meaning.index, start, end);
        }
        this.openCall(meaning.index, start);
        return false;
      case 'constant':
        this.constant(meaning.index, start);
        return true;
      case 'word':
        return this.word(meaning.word, start, end);
    }
  }

  private word(word: (NameMeaning & { kind: 'word' })['word'], start: number, end: number): boolean {
    switch (word) {
      case 'true':
      case 'false':
        this.program.emit(opcode.truth, word === 'true' ? 1 : 0, start);
        this.pushValue(truth);
        return true;
      case 'not':
        if ((precedences[this.kinds[this.top] as number] as number) > (precedences[pending.not] as number)) {
          const message = 'Put parentheses around "not" and its operand: the operator before it binds more tightly.';
          this.syntaxError(message, start, end);
        }
        this.push(pending.not, start, 0);
        return false;
      case 'and':
      case 'or':
        return this.missingBefore(start, end);
    }
  }

  private constant(index: number, origin: number): void {
    const row = constantTable[index];
    if (row !== undefined && !row.modes.includes(this.mode)) this.notInMode(row.name, row.modes, origin);
    this.program.emit(opcode.constant, index, origin);
    this.pushValue(number);
  }

  private openCall(index: number, origin: number): void {
    const row = functionTable[index];
    if (row !== undefined && !row.modes.includes(this.mode)) this.notInMode(row.name, row.modes, origin);
    this.push(index === ifIndex ? pending.condition : pending.call, origin, index);
    this.counts[this.top] = 0;
    this.position += 1;
    if (this.next() === 0x29) this.arityFault(index, origin, 0, this.tokenEnd(origin));
  }

  // ---- operators ----

  /** Reads what follows an operand. Returns true if it was a binary operator or the like, so that an operand must follow. */
  private operator(): boolean {
    for (;;) {
      const byte = this.next();
      switch (byte) {
        case 0x2b: // +
          return this.arithmetic(pending.add, 10, 1);
        case 0x2d: // -
          return this.arithmetic(pending.subtract, 10, 1);
        case 0x2a: // *
          return this.peek(1) === 0x2a ? this.power(2) : this.arithmetic(pending.multiply, 12, 1);
        case 0x2f: // /
          if (this.peek(1) === 0x2f || this.peek(1) === 0x2a) this.rejectForeignSign();
          return this.arithmetic(pending.divide, 12, 1);
        case -1:
          this.finish();
          return false;
        case 0x29: // )
          this.closeParenthesis();
          break;
        case 0x2c: // ,
          return this.comma();
        case 0x5e: // ^
          return this.power(1);
        case 0x21: // !
          if (this.peek(1) === 0x3d) return this.notEqual();
          this.postfixFactorial();
          break;
        default:
          if (byte < 0x80 || !this.isSuperscriptHere()) return this.operatorOther(byte);
          this.superscript();
      }
    }
  }

  private operatorOther(byte: number): boolean {
    const isFollowedByEqual = this.peek(1) === 0x3d;
    switch (byte) {
      case 0x25: // %
        return this.remainder();
      case 0x3c: // <
        if (this.peek(1) === 0x3e || this.peek(1) === 0x3c) this.rejectForeignSign();
        return isFollowedByEqual ? this.comparison(pending.lessOrEqual, 2) : this.comparison(pending.less, 1);
      case 0x3e: // >
        if (this.peek(1) === 0x3e) this.rejectForeignSign();
        return isFollowedByEqual ? this.comparison(pending.greaterOrEqual, 2) : this.comparison(pending.greater, 1);
      case 0x3d: // =
        if (!isFollowedByEqual || this.peek(2) === 0x3d) this.rejectForeignSign();
        return isFollowedByEqual ? this.comparison(pending.equal, 2) : this.equalSign();
      case 0x26: // &
        return this.peek(1) === byte ? this.lazy(pending.and, 2) : this.missingOperator();
      case 0x7c: // |
        return this.peek(1) === byte ? this.lazy(pending.or, 2) : this.missingOperator();
      case 0x3f: // ?
        return this.question();
      case 0x3a: // :
        if (isFollowedByEqual) this.rejectForeignSign();
        return this.colon();
      default:
        return byte >= 0x80 ? this.unicodeOperator() : this.wordOperator(byte);
    }
  }

  private notEqual(): true {
    if (this.peek(2) === 0x3d) this.rejectForeignSign();
    return this.comparison(pending.notEqual, 2);
  }

  private unicodeOperator(): boolean {
    const width = this.characterEnd(this.position) - this.position;
    switch (this.codePoint()) {
      case 0xd7: // ×
      case 0xb7: // ·
      case 0x22c5: // ⋅
      case 0x2219: // ∙
        return this.arithmetic(pending.multiply, 12, width);
      case 0xf7: // ÷
        return this.arithmetic(pending.divide, 12, width);
      case 0x2044: // ⁄
        return this.fraction(width);
      case 0x2264: // ≤
        return this.comparison(pending.lessOrEqual, width);
      case 0x2265: // ≥
        return this.comparison(pending.greaterOrEqual, width);
      case 0x2260: // ≠
        return this.comparison(pending.notEqual, width);
      default:
        return this.missingOperator();
    }
  }

  /** The slash of a printed fraction, which looks as if it bound more tightly than it does: rejected where that matters. */
  private fraction(width: number): true {
    const before = this.kinds[this.top] as number;
    if (before >= pending.divide && before <= pending.power) {
      const message = `Put parentheses around the fraction: ${quote(this.text(this.position, this.position + width))} means / and does not bind more tightly.`;
      this.syntaxErrorHere(message, width);
    }
    return this.arithmetic(pending.divide, 12, width);
  }

  private wordOperator(byte: number): boolean {
    if (kindOf(byte) !== byteKind.letter) return this.missingOperator();
    const start = this.position;
    const end = this.nameEnd();
    const meaning = findName(this.input, start, end);
    if (meaning?.kind === 'function' && meaning.index === modIndex) {
      return this.arithmetic(pending.modulo, 12, end - start);
    }
    if (meaning?.kind === 'word' && meaning.word === 'and') return this.lazy(pending.and, end - start);
    if (meaning?.kind === 'word' && meaning.word === 'or') return this.lazy(pending.or, end - start);
    return this.missingOperator();
  }

  private arithmetic(kind: number, precedence: number, width: number): true {
    while ((precedences[this.kinds[this.top] as number] as number) >= precedence) this.apply();
    this.pushOperator(kind, this.position);
    this.position += width;
    return true;
  }

  private power(width: number): true {
    while ((precedences[this.kinds[this.top] as number] as number) > powerPrecedence) this.apply();
    this.push(pending.power, this.position, 0);
    this.position += width;
    return true;
  }

  private comparison(kind: number, width: number): true {
    while ((precedences[this.kinds[this.top] as number] as number) > comparisonPrecedence) this.apply();
    const position = this.position;
    if (precedences[this.kinds[this.top] as number] === comparisonPrecedence) {
      this.syntaxErrorHere('Comparisons cannot be chained: join two of them with &&, or use parentheses.', width);
    }
    this.push(kind, position, 0);
    this.position += width;
    return true;
  }

  private lazy(kind: number, width: number): true {
    const precedence = precedences[kind] as number;
    while ((precedences[this.kinds[this.top] as number] as number) >= precedence) this.apply();
    const position = this.position;
    if (this.popValue() !== truth) {
      this.truthNeeded(kind, position, 'left');
    }
    this.push(kind, position, this.program.length);
    this.program.emit(kind === pending.and ? opcode.and : opcode.or, 0, position);
    this.position += width;
    return true;
  }

  private remainder(): true {
    const position = this.position;
    this.arithmetic(pending.remainder, 12, 1);
    const byte = this.next();
    if (byte === 0x28 || kindOf(byte) === byteKind.digit) return true;
    if (byte === 0x2b || byte === 0x2d) this.signAfterPercent(position);
    if (byte === -1 || this.isBeforeOperator()) this.percentSign(position);
    return true;
  }

  private postfixFactorial(): void {
    const position = this.position;
    this.countOperation(position, operatorCost);
    if (this.types[this.values - 1] !== number) {
      this.fail('TYPE', 'A factorial needs a number, but this is a true/false value.', position, position + 1);
    }
    this.program.emit(opcode.factorial, 0, position);
    this.position += 1;
  }

  /** Reads an integer power: it belongs to the operand before it, as a factorial does. */
  private superscript(): void {
    const position = this.position;
    const isNegative = this.codePoint() === superscriptMinus;
    if (isNegative) this.position = this.characterEnd(position);
    if (superscriptDigit(this.codePoint()) < 0) {
      this.syntaxError('Write superscript digits after the superscript minus.', position, this.position);
    }
    if (this.types[this.values - 1] !== number) this.numberNeeded(position);
    this.superscriptNumber(this.program);
    if (isNegative) {
      this.countOperation(position, operatorCost);
      this.program.emit(opcode.negate, 0, position);
    }
    this.countOperation(position, powerCost);
    this.program.emit(opcode.power, 0, position);
    this.rejectPowerOfPower();
  }

  /** `6²!` is (6²)! to some and 6^(2!) to others, and so is `2²^3`. */
  private rejectPowerOfPower(): void {
    const byte = this.next();
    const isFactorial = byte === 0x21 && this.peek(1) !== 0x3d;
    const isPower = byte === 0x5e || (byte === 0x2a && this.peek(1) === 0x2a) || this.isSuperscriptHere();
    if (!isFactorial && !isPower && this.codePoint() !== fractionSlash) return;
    const message = 'Put parentheses around a superscript power before another one, a factorial or a fraction: (6²)!';
    this.syntaxError(`${message} or 6^(2!).`, this.position, this.tokenEnd(this.position));
  }

  private question(): true {
    const position = this.position;
    while ((precedences[this.kinds[this.top] as number] as number) >= 2) this.apply();
    if (this.popValue() !== truth) {
      const message = 'The condition before ? must be a true/false value, such as a comparison.';
      this.fail('TYPE', message, position, position + 1);
    }
    this.push(pending.question, position, this.program.length);
    this.program.emit(opcode.jumpIfFalse, 0, position);
    this.position += 1;
    return true;
  }

  private colon(): true {
    while (this.kinds[this.top] !== pending.question) {
      if (precedences[this.kinds[this.top] as number] === 0) {
        this.syntaxErrorHere('This colon has no question mark before it: write condition ? a : b.');
      }
      this.apply();
    }
    const jump = this.program.length;
    this.program.emit(opcode.jump, 0, this.position);
    this.program.landHere(this.details[this.top] as number);
    this.kinds[this.top] = pending.otherwise;
    this.details[this.top] = jump;
    this.position += 1;
    return true;
  }

  /** Ends an argument. */
  private comma(): true {
    const position = this.position;
    this.reduceToOpening();
    switch (this.kinds[this.top] as number) {
      case pending.call:
        this.endArgument();
        if ((this.counts[this.top] as number) >= argumentsMax) {
          const message = `A function takes at most ${argumentsMax} arguments; split the call into several.`;
          this.fail('LIMIT', message, position, position + 1);
        }
        break;
      case pending.condition:
        this.endConditionPart();
        break;
      case pending.question:
        this.missingColon();
        break;
      case pending.match:
        this.matchComma();
        return true;
      case pending.fixed:
        this.fixedComma();
        break;
      default:
        this.misplacedComma();
    }
    this.position += 1;
    return true;
  }

  private closeParenthesis(): void {
    this.reduceToOpening();
    switch (this.kinds[this.top] as number) {
      case pending.parenthesis:
        this.pop();
        break;
      case pending.call:
        this.closeCall();
        break;
      case pending.condition:
        this.closeCondition();
        break;
      case pending.question:
        this.missingColon();
        break;
      case pending.match:
        this.closeMatch();
        break;
      case pending.fixed:
        this.closeFixed();
        return;
      default:
        this.syntaxErrorHere('Unmatched closing parenthesis.');
    }
    this.position += 1;
  }

  private finish(): void {
    this.reduceToOpening();
    switch (this.kinds[this.top] as number) {
      case pending.line:
        return;
      case pending.question:
        this.missingColon();
        break;
      default:
        this.missingClosing();
    }
  }
}
