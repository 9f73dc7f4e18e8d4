import { functionTable } from '../function-table.ts';
import { instructionMask, opcode } from '../opcodes.ts';
import { number, truth } from '../reducer.ts';
import { operatorCost, pending } from '../syntax.ts';
import { opened } from './column-operands.ts';
import { PendingMatch } from './pending-match.ts';
import { quotation, TextOperands } from './text-operands.ts';

export { complete, unread } from './column-operands.ts';

const roundIndex = functionTable.findIndex(({ name }) => name === 'round');
const fixedRule = 'fixed(x, n) can only be the whole formula, because it prints decimals: write round(x, n) here.';
/** Decimals that `fixed` prints. */
const decimalsMax = 100;

/** The part of the parser that reads what only formulas have: names, strings, and the calls of `match` and `fixed`. */
export class FormulaOperands extends TextOperands {
  /** Decimals that the formula prints, by `fixed`; -1: as many as its result has. */
  decimals = -1;
  private readonly matches: PendingMatch[] = [];

  protected openFormula(input: Uint8Array, end: number): void {
    this.written = input;
    // A key and a value of `match` take six instructions, and may be four bytes long.
    this.program.reset(2 * end + 16);
  }

  protected formulaOperand(byte: number): number {
    if (byte === quotation) return this.textOperand();
    this.rejectOtherQuotation();
    return this.openOwnCall() ? opened : this.columnOperand(byte);
  }

  /** Opens a call of `match` or `fixed` if one begins here. */
  private openOwnCall(): boolean {
    const start = this.position;
    const end = start + 5;
    const name = this.text(start, Math.min(end, this.end));
    if ((name !== 'match' && name !== 'fixed') || this.tokenEnd(start) !== end || !this.isCallAfter(end)) return false;
    if (name === 'match') this.openMatch(start, end);
    else this.openFixed(start, end);
    return true;
  }

  // ---- match ----

  private openMatch(start: number, end: number): void {
    this.push(pending.match, start, 0);
    this.matches.push(new PendingMatch());
    this.position = end;
    this.next();
    this.position += 1;
    if (this.next() === 0x29) this.matchArity(start);
  }

  private matchArity(origin: number): never {
    const message =
      'match(x, key, value, …, default) takes a column or number, then keys and values in turn, then the value for all others.';
    this.fail('ARITY', message, origin, this.tokenEnd(origin));
  }

  private get match(): PendingMatch {
    return this.matches.at(-1) as PendingMatch;
  }

  /** Ends an argument of match: the first, a key or a value. Moves to where the next operand begins. */
  protected matchComma(): void {
    const { match } = this;
    const position = this.position;
    this.position += 1;
    if (match.arguments === 0) this.endSubject(position);
    else if (match.arguments % 2 === 1) this.endKey();
    else this.endMatchValue(position);
    match.arguments += 1;
    if (match.isOfTexts && match.arguments % 2 === 1) this.textKey();
  }

  private endSubject(comma: number): void {
    if (this.types[this.values - 1] !== number) this.matchNeedsNumbers();
    if (this.next() !== quotation) return;
    const { column, origin } = this.takeColumn(this.position);
    this.match.column = column;
    this.match.origin = origin;
    this.countOperation(comma, operatorCost);
  }

  /** Reads a key that is a string, and its comma: what follows is its value. Without a string, it is the default. */
  private textKey(): void {
    const { match } = this;
    if (this.next() !== quotation) return;
    const start = this.position;
    const text = this.readText();
    if (this.next() !== 0x2c) this.misplacedText(start);
    this.position += 1;
    match.arguments += 1;
    this.countOperation(start, operatorCost);
    this.program.emit(opcode.isText, this.names?.addComparison(match.column, text) ?? 0, match.origin);
    match.skip = this.program.length;
    this.program.emit(opcode.jumpIfFalse, 0, start);
  }

  private endKey(): void {
    const { match, program } = this;
    const origin = this.origins[this.top] as number;
    if (match.isOfTexts) {
      this.fail('TYPE', 'All keys of this match must be strings, like its first one.', origin, this.tokenEnd(origin));
    }
    if (this.popValue() !== number) this.matchNeedsNumbers();
    this.countOperation(origin, operatorCost);
    program.emit(opcode.matchKey, 0, origin);
    match.skip = program.length;
    program.emit(opcode.jumpIfFalse, 0, origin);
  }

  private matchNeedsNumbers(): never {
    const origin = this.origins[this.top] as number;
    const message = 'match compares numbers or strings, but here it is given a true/false value.';
    this.fail('TYPE', message, origin, this.tokenEnd(origin));
  }

  private endMatchValue(origin: number): void {
    const { match, program } = this;
    this.takeMatchValue();
    match.jumps.push(program.length);
    program.emit(opcode.jump, 0, origin);
    program.landHere(match.skip);
  }

  /** All values of a match are of one type. */
  private takeMatchValue(): void {
    const { match } = this;
    const origin = this.origins[this.top] as number;
    const type = this.popValue();
    match.type ??= type;
    if (type !== match.type) {
      const message = 'The values of a match must all be numbers, or all be true/false values.';
      this.fail('TYPE', message, origin, this.tokenEnd(origin));
    }
    if (!match.isOfTexts) this.program.emit(opcode.dropBelow, type === truth ? 1 : 0, origin);
  }

  protected closeMatch(): void {
    const { match } = this;
    const origin = this.origins[this.top] as number;
    if (match.arguments < 3 || match.arguments % 2 === 0) this.matchArity(origin);
    this.takeMatchValue();
    for (const jump of match.jumps) this.program.landHere(jump);
    if (!match.isOfTexts) this.popValue();
    this.countOperation(origin, operatorCost);
    this.pop();
    this.matches.pop();
    this.pushValue(match.type ?? number);
  }

  // ---- fixed ----

  private openFixed(start: number, end: number): void {
    if (this.top !== 0 || this.values !== 0) this.fail('TYPE', fixedRule, start, end);
    this.push(pending.fixed, start, roundIndex);
    this.counts[this.top] = 0;
    this.position = end;
    this.next();
    this.position += 1;
    if (this.next() === 0x29) this.fixedArity();
  }

  private fixedArity(): never {
    const origin = this.origins[this.top] as number;
    const message = 'fixed(x, n) takes 2 arguments: a number, and how many decimals to print.';
    this.fail('ARITY', message, origin, this.tokenEnd(origin));
  }

  protected fixedComma(): void {
    this.endFixedArgument();
    if (this.counts[this.top] === 2) this.fixedArity();
  }

  private endFixedArgument(): void {
    const origin = this.origins[this.top] as number;
    if (this.types[this.values - 1] !== number) {
      this.fail('TYPE', 'fixed(x, n) takes numbers, but here is a true/false value.', origin, this.tokenEnd(origin));
    }
    this.counts[this.top] = (this.counts[this.top] as number) + 1;
  }

  protected closeFixed(): void {
    const origin = this.origins[this.top] as number;
    this.endFixedArgument();
    if (this.counts[this.top] !== 2) this.fixedArity();
    this.decimals = this.literalDecimals(origin);
    this.countOperation(origin, functionTable[roundIndex]?.cost ?? 0);
    this.pop();
    this.values -= 2;
    this.program.emitCall(opcode.call, roundIndex, 2, origin);
    this.pushValue(number);
    this.position += 1;
    if (this.next() >= 0) this.fail('TYPE', fixedRule, origin, this.tokenEnd(origin));
  }

  private literalDecimals(origin: number): number {
    const { program } = this;
    const index = program.length - 1;
    const literal = program.literals - 1;
    const isLiteral = ((program.code[index] ?? -1) & instructionMask) === opcode.literal && program.landing <= index;
    const decimals = program.mantissas[literal] ?? 0;
    if (!isLiteral || program.exponents[literal] !== 0 || decimals > decimalsMax) {
      const message = `The number of decimals of fixed(x, n) must be written as an integer from 0 to ${decimalsMax}.`;
      this.fail('TYPE', message, origin, this.tokenEnd(origin));
    }
    return decimals;
  }
}
