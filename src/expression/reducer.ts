import { functionTable } from './function-table.ts';
import { depthMax, operationsMax } from './limits.ts';
import type { NumberMode } from './number-mode.ts';
import { opcode } from './opcodes.ts';
import { Program } from './program.ts';
import { listInWords, quote } from './quote.ts';
import { Scanner } from './scanner.ts';
import { instructions, nesting, operatorCost, pending, powerCost, precedences } from './syntax.ts';

/** Types of values. A machine needs none of them at run time: what could be of either type is refused. */
export const number = 0;
export const truth = 1;

const ifIndex = functionTable.findIndex(({ name }) => name === 'if');

/**
 * The half of the parser that puts the program together: it keeps the operators and brackets whose operands are not
 * complete yet, knows the type of each value that the machine will have on its stack, and emits instructions.
 */
export class Reducer extends Scanner {
  readonly program = new Program();
  protected readonly mode: NumberMode;
  /** The stack of pending operators and brackets: kind, where it was written, and an index of its own (a jump to patch, or a function). */
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
        `Brackets, signs, powers and conditions are nested more than ${depthMax} deep.`,
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
      if ((this.types[values] as number) + (this.types[values - 1] as number) !== 0) this.mixed(origin);
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
      if (type !== truth) this.mixed(origin);
      this.program.landHere(this.details[this.top + 1] as number);
    } else if (kind === pending.not || kind === pending.exclamation) {
      if (type !== truth) {
        this.fail(
          'TYPE',
          'Only a truth value can be negated with "not" or "!"; a factorial is written after its number.',
          origin,
          this.tokenEnd(origin),
        );
      }
      this.program.emit(opcode.not, 0, origin);
    } else if (kind === pending.power) {
      this.values -= 1;
      if (type !== number || this.types[this.values - 1] !== number) this.mixed(origin);
      this.program.emit(opcode.power, 0, origin);
    } else {
      if (type !== number) this.mixed(origin);
      if (kind === pending.minus) this.program.emit(opcode.negate, 0, origin);
    }
  }

  private applyComparison(kind: number, origin: number): void {
    const right = this.popValue();
    const left = this.popValue();
    let instruction = instructions[kind] as number;
    if (left !== right) this.mixed(origin);
    if (left === truth) {
      if (kind > pending.notEqual) {
        this.fail('TYPE', 'Truth values have no order; compare them with == or !=.', origin, this.tokenEnd(origin));
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
      this.fail('LIMIT', `A line has at most ${operationsMax} operations.`, origin, this.tokenEnd(origin));
    }
  }

  // ---- calls ----

  protected endArgument(): void {
    if (this.types[this.values - 1] !== number) {
      const origin = this.origins[this.top] as number;
      const name = functionTable[this.details[this.top] as number]?.name ?? '';
      this.fail(
        'TYPE',
        `${quote(name)} takes numbers, and one of its arguments is a truth value.`,
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
    const isQuestion = row.returns === 'boolean';
    this.program.emitCall(isQuestion ? opcode.ask : opcode.call, index, count, origin);
    this.pushValue(isQuestion ? truth : number);
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
          'The first argument of "if" must be a truth value, such as a comparison.',
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
        'Both branches of a condition must be numbers, or both truth values.',
        origin,
        this.tokenEnd(origin),
      );
    }
    this.program.landHere(this.details[this.top] as number);
    this.countOperation(origin, operatorCost);
    this.pop();
  }

  // ---- what can be wrong ----

  private mixed(origin: number): never {
    const end = this.tokenEnd(origin);
    const message = `${quote(this.text(origin, end))} cannot mix numbers and truth values, or take the wrong one of them.`;
    this.fail('TYPE', message, origin, end);
  }

  protected notInMode(name: string, modes: readonly NumberMode[], origin: number): never {
    const message = `${quote(name)} is not available in ${this.mode} mode; it is in ${listInWords(modes)}.`;
    this.fail('TYPE', message, origin, this.tokenEnd(origin));
  }

  protected arityFault(index: number, origin: number, count: number, end: number): never {
    const row = functionTable[index];
    const given = count === 0 ? 'none' : `${count}`;
    this.fail(
      'ARITY',
      `The call should read ${row?.signature ?? ''}; the number of arguments given is ${given}.`,
      origin,
      end,
    );
  }
}
