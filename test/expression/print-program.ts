import { constantTable, functionTable } from '../../src/expression/index.ts';
import { literalText } from '../../src/expression/literal-text.ts';
import { argumentCountShift, instructionBits, instructionMask, opcode } from '../../src/expression/opcodes.ts';
import type { Program } from '../../src/expression/program.ts';

const binary = new Map<number, string>([
  [opcode.add, '+'],
  [opcode.subtract, '-'],
  [opcode.multiply, '*'],
  [opcode.divide, '/'],
  [opcode.remainder, '%'],
  [opcode.modulo, 'mod'],
  [opcode.power, '^'],
  [opcode.equal, '=='],
  [opcode.notEqual, '!='],
  [opcode.less, '<'],
  [opcode.lessOrEqual, '<='],
  [opcode.greater, '>'],
  [opcode.greaterOrEqual, '>='],
  [opcode.same, '=='],
  [opcode.different, '!='],
]);

/** The program of the line `input` as text again, with parentheses around every operation. */
export function printProgram(program: Program, input: Uint8Array): string {
  return printRange(program, input, 0, program.length, []);
}

/** Prints code[start, end), which runs on the values already on `stack`, and returns the last value. */
function printRange(program: Program, input: Uint8Array, start: number, end: number, stack: string[]): string {
  const pop = (): string => stack.pop() ?? '';
  for (let index = start; index < end; index += 1) {
    const word = program.code[index] ?? 0;
    const detail = word >> instructionBits;
    const instruction = word & instructionMask;
    const operator = binary.get(instruction);
    if (operator !== undefined) {
      const right = pop();
      stack.push(`(${pop()} ${operator} ${right})`);
    } else if (instruction === opcode.literal) {
      stack.push(literalText(input, program.origins[index] ?? 0, input.length));
    } else if (instruction === opcode.constant) {
      stack.push(constantTable[detail]?.name ?? '');
    } else if (instruction === opcode.truth) {
      stack.push(detail === 1 ? 'true' : 'false');
    } else if (instruction === opcode.negate) {
      stack.push(`(-${pop()})`);
    } else if (instruction === opcode.not) {
      stack.push(`(not ${pop()})`);
    } else if (instruction === opcode.factorial) {
      stack.push(`(${pop()}!)`);
    } else if (instruction === opcode.call || instruction === opcode.callPredicate) {
      const values = stack.splice(stack.length - (word >> argumentCountShift));
      stack.push(`${functionTable[detail & instructionMask]?.name}(${values.join(', ')})`);
    } else if (instruction === opcode.and || instruction === opcode.or) {
      const left = pop();
      const right = printRange(program, input, index + 1, detail, []);
      stack.push(`(${left} ${instruction === opcode.and ? '&&' : '||'} ${right})`);
      index = detail - 1;
    } else {
      // jumpIfFalse over the first branch, which ends with a jump over the second.
      const test = pop();
      const after = (program.code[detail - 1] ?? 0) >> instructionBits;
      const first = printRange(program, input, index + 1, detail - 1, []);
      stack.push(`(${test} ? ${first} : ${printRange(program, input, detail, after, [])})`);
      index = after - 1;
    }
  }
  return stack.at(-1) ?? '';
}
