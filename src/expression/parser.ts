import { constantTable } from './constant-table.ts';
import { functionTable } from './function-table.ts';
import { argumentsMax, lineBytesMax } from './limits.ts';
import { closestName, findName } from './name-table.ts';
import type { NameMeaning } from './name-table.ts';
import type { NumberMode } from './number-mode.ts';
import { opcode } from './opcodes.ts';
import { parsePlainLine, plainBytesMax, plainFunctions } from './plain-line.ts';
import { quote } from './quote.ts';
import { number, Reducer, truth } from './reducer.ts';
import { byteKind, kindOf } from './scanner.ts';
import { comparisonPrecedence, operatorCost, pending, powerPrecedence, precedences } from './syntax.ts';
import { codePointAt } from './utf8.ts';

const ifIndex = functionTable.findIndex(({ name }) => name === 'if');
const modIndex = functionTable.findIndex(({ name }) => name === 'mod');
const sqrtIndex = functionTable.findIndex(({ name }) => name === 'sqrt');

/**
 * Turns lines into programs: an operator-precedence parser with a stack of its own, so that no line can exhaust the host's.
 *
 * Types are checked while parsing. Each value on the machine's stack is known to be a number or a truth value, also behind
 * a condition: both branches must have the same type. So TYPE errors are found whichever way a condition goes.
 */
export class Parser extends Reducer {
  private readonly plainFunctions: Uint8Array;

  constructor(mode: NumberMode) {
    super(mode);
    this.plainFunctions = plainFunctions(mode);
  }

  /** Parses input[start, end) into `program`; throws a LineFault when it is no expression. */
  parse(input: Uint8Array, start: number, end: number): void {
    const bytes = end - start;
    this.program.reset(Math.min(bytes, lineBytesMax));
    if (bytes <= plainBytesMax && parsePlainLine(input, start, end, this.program, this.plainFunctions)) return;
    if (bytes > lineBytesMax) {
      this.open(input, start, start + lineBytesMax);
      const last = start + lineBytesMax;
      this.failUnchecked(
        'TOO_LONG',
        `This line is longer than the ${lineBytesMax} bytes that a line may have.`,
        last,
        last,
      );
    }
    this.resetStacks(bytes);
    this.open(input, start, end);
    if (this.next() < 0) {
      this.fail('EMPTY', 'This line holds no expression.', start, start);
    }
    do this.operand();
    while (this.operator());
    this.program.isTruthValue = this.types[0] === truth;
  }

  // ---- operands ----

  /** Reads prefix signs and opening brackets up to and including one number, name or `)` of an empty call. */
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
        this.push(pending.bracket, position, 0);
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
    switch (codePointAt(this.input, position)) {
      case 0x2212: // −
        return this.prefix(pending.minus, 3);
      case 0x3c0: // π
        this.position += 2;
        this.constant(
          constantTable.findIndex(({ name }) => name === 'pi'),
          position,
        );
        return true;
      case 0x221a: // √
        this.position += 3;
        if (this.next() !== 0x28) {
          this.fail('SYNTAX', 'Write √(x) with brackets.', position, position + 3);
        }
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
    if (meaning === undefined) this.unknown(start, end);
    this.position = end;
    switch (meaning.kind) {
      case 'function':
        if (this.next() !== 0x28) {
          const name = this.text(start, end);
          if (meaning.index === modIndex) this.missingOperandAt(start, end, name);
          this.fail('SYNTAX', `${quote(name)} is a function: its arguments follow in brackets.`, start, end);
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
          this.fail(
            'SYNTAX',
            'Put brackets round "not" and what it negates: it binds less than the operator before it.',
            start,
            end,
          );
        }
        this.push(pending.not, start, 0);
        return false;
      case 'and':
      case 'or':
        return this.missingOperandAt(start, end, word);
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
          return this.arithmetic(pending.divide, 12, 1);
        case -1:
          this.finish();
          return false;
        case 0x29: // )
          this.closeBracket();
          break;
        case 0x2c: // ,
          return this.comma();
        case 0x5e: // ^
          return this.power(1);
        case 0x21: // !
          if (this.peek(1) === 0x3d) return this.comparison(pending.notEqual, 2);
          this.postfixFactorial();
          break;
        default:
          return this.operatorOther(byte);
      }
    }
  }

  private operatorOther(byte: number): boolean {
    const isFollowedByEqual = this.peek(1) === 0x3d;
    switch (byte) {
      case 0x25: // %
        return this.remainder();
      case 0x3c: // <
        if (this.peek(1) === 0x3e) this.fail('SYNTAX', 'Write != for "not equal".', this.position, this.position + 2);
        return isFollowedByEqual ? this.comparison(pending.lessOrEqual, 2) : this.comparison(pending.less, 1);
      case 0x3e: // >
        return isFollowedByEqual ? this.comparison(pending.greaterOrEqual, 2) : this.comparison(pending.greater, 1);
      case 0x3d: // =
        if (!isFollowedByEqual) {
          this.fail('SYNTAX', 'Write == to compare; names cannot be given values.', this.position, this.position + 1);
        }
        return this.comparison(pending.equal, 2);
      case 0x26: // &
      case 0x7c: // |
        if (this.peek(1) !== byte) {
          const [twice, bits] = byte === 0x26 ? ['&&', 'bitand'] : ['||', 'bitor'];
          this.fail(
            'SYNTAX',
            `Write ${twice} for truth values, or ${bits}(a, b) for bits.`,
            this.position,
            this.position + 1,
          );
        }
        return byte === 0x26 ? this.lazy(pending.and, 2) : this.lazy(pending.or, 2);
      case 0x3f: // ?
        return this.question();
      case 0x3a: // :
        return this.colon();
      default:
        return byte >= 0x80 ? this.unicodeOperator() : this.wordOperator(byte);
    }
  }

  private unicodeOperator(): boolean {
    switch (codePointAt(this.input, this.position)) {
      case 0xd7: // ×
      case 0xb7: // ·
        return this.arithmetic(pending.multiply, 12, 2);
      case 0xf7: // ÷
        return this.arithmetic(pending.divide, 12, 2);
      case 0x2212: // −
        return this.arithmetic(pending.subtract, 10, 3);
      case 0x2264: // ≤
        return this.comparison(pending.lessOrEqual, 3);
      case 0x2265: // ≥
        return this.comparison(pending.greaterOrEqual, 3);
      case 0x2260: // ≠
        return this.comparison(pending.notEqual, 3);
      default:
        return this.missingOperator();
    }
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
      this.fail(
        'SYNTAX',
        'Comparisons cannot be chained: join two of them with &&, or put one in brackets.',
        position,
        position + width,
      );
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
      this.fail('TYPE', 'This operator joins truth values, and its left side is a number.', position, position + width);
    }
    this.push(kind, position, this.program.length);
    this.program.emit(kind === pending.and ? opcode.and : opcode.or, 0, position);
    this.position += width;
    return true;
  }

  private remainder(): true {
    const position = this.position;
    const follower = this.peek(1);
    this.arithmetic(pending.remainder, 12, 1);
    const byte = this.next();
    // `10% + 5` has a meaning, but hardly the one its writer had in mind; `10 % -5` and `10%-5` have theirs.
    const isLoneSign =
      (byte === 0x2b || byte === 0x2d) &&
      (this.peek(1) === 0x20 || this.peek(1) < 0) &&
      follower === 0x20 &&
      this.input[position - 1] !== 0x20;
    if (byte === -1 || isLoneSign || ',)*/%^<>=&|?:'.includes(String.fromCharCode(byte))) {
      this.fail(
        'SYNTAX',
        '% is the remainder of a division, not a percentage: write 10 / 100 for ten percent.',
        position,
        position + 1,
      );
    }
    return true;
  }

  private postfixFactorial(): void {
    const position = this.position;
    this.countOperation(position, operatorCost);
    if (this.types[this.values - 1] !== number) {
      this.fail('TYPE', 'A factorial is of a number, and this is a truth value.', position, position + 1);
    }
    this.program.emit(opcode.factorial, 0, position);
    this.position += 1;
  }

  private question(): true {
    const position = this.position;
    while ((precedences[this.kinds[this.top] as number] as number) >= 2) this.apply();
    if (this.popValue() !== truth) {
      this.fail('TYPE', 'What stands before ? must be a truth value, such as a comparison.', position, position + 1);
    }
    this.push(pending.question, position, this.program.length);
    this.program.emit(opcode.jumpIfFalse, 0, position);
    this.position += 1;
    return true;
  }

  private colon(): true {
    while (this.kinds[this.top] !== pending.question) {
      if (precedences[this.kinds[this.top] as number] === 0) {
        this.fail('SYNTAX', 'This colon belongs to no question mark.', this.position, this.position + 1);
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
          this.fail('LIMIT', `A function takes at most ${argumentsMax} arguments.`, position, position + 1);
        }
        break;
      case pending.condition:
        this.endConditionPart();
        break;
      case pending.question:
        this.missingColon();
        break;
      default:
        this.fail(
          'SYNTAX',
          'A comma separates only the arguments of a function; decimals are written with a point.',
          position,
          position + 1,
        );
    }
    this.position += 1;
    return true;
  }

  private closeBracket(): void {
    const position = this.position;
    this.reduceToOpening();
    switch (this.kinds[this.top] as number) {
      case pending.bracket:
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
      default:
        this.fail('SYNTAX', 'This bracket closes none that is open.', position, position + 1);
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
      default: {
        let bracket = this.origins[this.top] as number;
        while (this.input[bracket] !== 0x28) bracket += 1;
        this.fail('SYNTAX', 'This bracket is never closed.', bracket, bracket + 1);
      }
    }
  }

  private missingColon(): never {
    const origin = this.origins[this.top] as number;
    this.fail('SYNTAX', 'This question mark lacks its colon: write condition ? a : b.', origin, origin + 1);
  }

  // ---- what can be wrong ----

  private unknown(start: number, end: number): never {
    const name = this.text(start, end);
    const closest = closestName(name);
    const hint =
      closest === undefined ? 'the reference lists all functions and constants.' : `did you mean ${quote(closest)}?`;
    this.fail('UNKNOWN', `${quote(name)} is not a known name; ${hint}`, start, end);
  }

  private missingOperandAt(start: number, end: number, word: string): never {
    this.fail('SYNTAX', `A number is missing before ${quote(word)}.`, start, end);
  }

  private missingOperand(): never {
    const start = this.position;
    const byte = this.peek(0);
    const end = this.tokenEnd(start);
    if (byte === -1) this.fail('SYNTAX', 'The expression ends where a number should follow.', start, start);
    if (byte === 0x29 || byte === 0x2c) {
      this.fail('SYNTAX', `A number is missing before ${this.quotedCharacter(start)}.`, start, end);
    }
    if (byte === 0x22 || byte === 0x27) this.fail('SYNTAX', 'There are no texts in an expression.', start, end);
    if (byte === 0x5b || byte === 0x7b) {
      this.fail('SYNTAX', 'Only round brackets group; there are no lists.', start, end);
    }
    this.fail('SYNTAX', `A number or a name should stand here, not ${this.quotedCharacter(start)}.`, start, end);
  }

  private missingOperator(): never {
    const start = this.position;
    const byte = this.peek(0);
    const end = this.tokenEnd(start);
    if (byte === 0x28 || byte >= 0x80 || kindOf(byte) !== byteKind.other || byte === 0x2e) {
      const hint = byte === 0x28 ? ', such as * for a product' : '';
      this.fail('SYNTAX', `An operator is missing before ${quote(this.text(start, end))}${hint}.`, start, end);
    }
    this.fail('SYNTAX', `${this.quotedCharacter(start)} is not an operator.`, start, end);
  }
}
