import { functionTable } from './function-table.ts';
import { argumentsMax, depthMax, operationsMax } from './limits.ts';
import type { NumberMode } from './number-mode.ts';
import { opcode } from './opcodes.ts';
import { Program } from './program.ts';
import { listChoices, quote } from './quote.ts';
import { Scanner } from './scanner.ts';
import { instructions, nesting, operatorCost, pending, powerCost, precedences } from './syntax.ts';

/** Types of values. A machine needs none of them at run time: what could be of either type is rejected. */
export const number = 0;
export const truth = 1;

const ifIndex = functionTable.findIndex(({ name }) => name === 'if');

/**
 * The half of the parser that puts the program together: it keeps the operators and parentheses whose operands are not
 * complete yet, knows the type of each value that the machine will have on its stack, and emits instructions.
 */
export class Reducer extends Scanner {
  readonly program = new Program();
  protected readonly mode: NumberMode;
  /** The stack of pending operators and parentheses: kind, where it was written, and an index of its own (a jump to patch, or a function). */
  protected kinds = new Uint8Array(0);
  protected origins = new Int32Array(0);
  protected details = new Int32Array(0);
  protected top = 0;
  /** Of pending calls: the arguments completed. */
  protected counts = new Int32Array(0);
  /** The types of the values that the machine will have on its stack. */
  protected types = new Uint8Array(0);
  protected values = 0;
  private depth = 0;
  private operations = 0;

  constructor(mode: NumberMode) {
    super();
    this.mode = mode;
  }

  /** Empties the stacks, for a line of `bytes` bytes. */
  protected resetStacks(bytes: number): void {
    if (bytes >= this.kinds.length) this.grow(bytes);
    this.top = 0;
    this.values = 0;
    this.depth = 0;
    this.operations = 0;
  }

  private grow(bytes: number): void {
    const capacity = Math.max(256, bytes + 2, this.kinds.length * 2);
    this.kinds = new Uint8Array(capacity);
    this.origins = new Int32Array(capacity);
    this.details = new Int32Array(capacity);
    this.counts = new Int32Array(capacity);
    this.types = new Uint8Array(capacity);
  }

  // ---- the stack of pending things ----

  protected push(kind: number, origin: number, detail: number): void {
    this.top += 1;
    this.kinds[this.top] = kind;
    this.origins[this.top] = origin;
    this.details[this.top] = detail;
    this.depth += nesting[kind] as number;
    if (this.depth > depthMax) {
      this.fail(
        'TOO_DEEP',
        `Parentheses, signs, powers and conditions can be nested ${depthMax} deep; split the expression into several lines.`,
        origin,
        this.tokenEnd(origin),
      );
    }
  }

  /** Pushes an operator that does not count for the depth. */
  protected pushOperator(kind: number, origin: number): void {
    const top = this.top + 1;
    this.top = top;
    this.kinds[top] = kind;
    this.origins[top] = origin;
  }

  protected pop(): void {
    this.depth -= nesting[this.kinds[this.top] as number] as number;
    this.top -= 1;
  }

  protected reduceToOpening(): void {
    while (precedences[this.kinds[this.top] as number] !== 0) this.apply();
  }

  /** Emits the pending operator on top, whose operands are complete. */
  protected apply(): void {
    const kind = this.kinds[this.top] as number;
    const origin = this.origins[this.top] as number;
    if (kind >= pending.add && kind <= pending.modulo) {
      // These do not count for the depth, and take two numbers for one.
      this.top -= 1;
      const values = this.values - 1;
      if ((this.types[values] as number) + (this.types[values - 1] as number) !== 0)
        this.numbersNeeded(origin, this.types[values] === truth);
      this.values = values;
      this.countOperation(origin, operatorCost);
      this.program.emit(instructions[kind] as number, 0, origin);
      return;
    }
    this.applyOther(kind, origin);
  }

  private applyOther(kind: number, origin: number): void {
    if (kind === pending.otherwise) {
      this.joinBranches();
      return;
    }
    this.countOperation(origin, kind === pending.power ? powerCost : operatorCost);
    this.pop();
    const type = this.types[this.values - 1];
    if (kind >= pending.equal && kind <= pending.greaterOrEqual) {
      this.applyComparison(kind, origin);
    } else if (kind === pending.or || kind === pending.and) {
      if (type !== truth) this.truthNeeded(kind, origin, 'right');
      this.program.landHere(this.details[this.top + 1] as number);
    } else if (kind === pending.not || kind === pending.exclamation) {
      if (type !== truth) {
        const message =
          '"not" and "!" need a true/false value, such as a comparison. Write the ! of a factorial (5!) after its number.';
        this.fail('TYPE', message, origin, this.tokenEnd(origin));
      }
      this.program.emit(opcode.not, 0, origin);
    } else if (kind === pending.power) {
      this.values -= 1;
      if (type !== number || this.types[this.values - 1] !== number) this.numbersNeeded(origin, type === truth);
      this.program.emit(opcode.power, 0, origin);
    } else {
      if (type !== number) this.numberNeeded(origin);
      if (kind === pending.minus) this.program.emit(opcode.negate, 0, origin);
    }
  }

  private applyComparison(kind: number, origin: number): void {
    const right = this.popValue();
    const left = this.popValue();
    let instruction = instructions[kind] as number;
    if (left !== right) this.mixedComparison(origin);
    if (left === truth) {
      if (kind > pending.notEqual) {
        const message = 'True/false values have no order: compare them with == or !=.';
        this.fail('TYPE', message, origin, this.tokenEnd(origin));
      }
      instruction = kind === pending.equal ? opcode.same : opcode.different;
    }
    this.program.emit(instruction, 0, origin);
    this.pushValue(truth);
  }

  protected pushValue(type: number): void {
    this.types[this.values] = type;
    this.values += 1;
  }

  protected popValue(): number {
    this.values -= 1;
    return this.types[this.values] as number;
  }

  protected countOperation(origin: number, cost: number): void {
    this.program.cost += cost;
    this.operations += 1;
    if (this.operations > operationsMax) {
      this.fail(
        'LIMIT',
        `A line may have at most ${operationsMax} operations; split the expression into several lines.`,
        origin,
        this.tokenEnd(origin),
      );
    }
  }

  // ---- calls ----

  protected endArgument(): void {
    if (this.types[this.values - 1] !== number) {
      const origin = this.origins[this.top] as number;
      const name = functionTable[this.details[this.top] as number]?.name ?? '';
      this.fail(
        'TYPE',
        `${quote(name)} takes numbers, but one of its arguments is a true/false value.`,
        origin,
        this.tokenEnd(origin),
      );
    }
    this.counts[this.top] = (this.counts[this.top] as number) + 1;
  }

  protected closeCall(): void {
    this.endArgument();
    const index = this.details[this.top] as number;
    const origin = this.origins[this.top] as number;
    const count = this.counts[this.top] as number;
    const row = functionTable[index];
    if (row === undefined) return;
    if (count < row.arity.min || count > row.arity.max) this.arityFault(index, origin, count, this.tokenEnd(origin));
    this.countOperation(origin, row.cost);
    this.pop();
    this.values -= count;
    const isPredicate = row.returns === 'boolean';
    this.program.emitCall(isPredicate ? opcode.callPredicate : opcode.call, index, count, origin);
    this.pushValue(isPredicate ? truth : number);
  }

  /** Ends the condition or the first branch of `if(condition, a, b)`: the same jumps as of `condition ? a : b`. */
  protected endConditionPart(): void {
    const origin = this.origins[this.top] as number;
    const count = (this.counts[this.top] as number) + 1;
    this.counts[this.top] = count;
    const program = this.program;
    if (count === 1) {
      if (this.popValue() !== truth) {
        this.fail(
          'TYPE',
          'The first argument of "if" must be a true/false value, such as a comparison.',
          origin,
          this.tokenEnd(origin),
        );
      }
      this.details[this.top] = program.length;
      program.emit(opcode.jumpIfFalse, 0, origin);
    } else if (count === 2) {
      const jump = program.length;
      program.emit(opcode.jump, 0, origin);
      program.landHere(this.details[this.top] as number);
      this.details[this.top] = jump;
    } else {
      this.arityFault(ifIndex, origin, count + 1, this.tokenEnd(origin));
    }
  }

  protected closeCondition(): void {
    const origin = this.origins[this.top] as number;
    const count = (this.counts[this.top] as number) + 1;
    if (count !== 3) this.arityFault(ifIndex, origin, count, this.tokenEnd(origin));
    this.joinBranches();
  }

  /** Ends a condition whose jump over the second branch is pending; both branches' values are on the type stack, one at run time. */
  private joinBranches(): void {
    const origin = this.origins[this.top] as number;
    if (this.popValue() !== this.types[this.values - 1]) {
      this.fail(
        'TYPE',
        'Both branches of a condition must be numbers, or both must be true/false values.',
        origin,
        this.tokenEnd(origin),
      );
    }
    this.program.landHere(this.details[this.top] as number);
    this.countOperation(origin, operatorCost);
    this.pop();
  }

  // ---- what can be wrong ----

  private numbersNeeded(origin: number, isRightWrong: boolean): never {
    const side = isRightWrong ? 'right' : 'left';
    this.wrongType(origin, `needs numbers, but its ${side} side is a true/false value.`);
  }

  /** Of a sign, or of a superscript. */
  protected numberNeeded(origin: number): never {
    this.wrongType(origin, 'needs a number, but this is a true/false value.');
  }

  protected truthNeeded(kind: number, origin: number, side: 'left' | 'right'): never {
    const bits = kind === pending.and ? 'bitand' : 'bitor';
    const message = `needs true/false values, but its ${side} side is a number. For bits, write ${bits}(a, b).`;
    this.wrongType(origin, message);
  }

  private mixedComparison(origin: number): never {
    this.wrongType(origin, 'compares two numbers, or two true/false values, but not one of each.');
  }

  private wrongType(origin: number, message: string): never {
    const end = this.tokenEnd(origin);
    this.fail('TYPE', `${quote(this.text(origin, end))} ${message}`, origin, end);
  }

  protected notInMode(name: string, modes: readonly NumberMode[], origin: number): never {
    const message = `${quote(name)} is not available in ${this.mode} mode; use ${listChoices(modes)} mode.`;
    this.fail('TYPE', message, origin, this.tokenEnd(origin));
  }

  protected arityFault(index: number, origin: number, count: number, end: number): never {
    const { signature = '', arity = { min: 0, max: 0 } } = functionTable[index] ?? {};
    const takes = `${quote(signature)} takes ${arityInWords(arity)}, but ${countInWords(count)} given`;
    const hint = count > arity.max && this.hasDecimalComma(origin) ? '; write decimals with a point' : '';
    this.fail('ARITY', `${takes}${hint}.`, origin, end);
  }

  /** Whether a comma between two digits follows `origin`: it may have been meant as a decimal one. */
  private hasDecimalComma(origin: number): boolean {
    return /\d,\d/.test(this.text(origin, this.position));
  }
}

function arityInWords({ min, max }: { readonly min: number; readonly max: number }): string {
  if (max === argumentsMax) return `at least ${countArguments(min)}`;
  return min === max ? countArguments(min) : `${min} or ${countArguments(max)}`;
}

function countArguments(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`;
}

function countInWords(count: number): string {
  if (count === 0) return 'none were';
  return count === 1 ? '1 was' : `${count} were`;
}
