import type { Parser } from '../parser.ts';
import type { Program } from '../program.ts';
import { utf16Length } from '../utf8.ts';
import { formulaTokenEnd } from './formula-token.ts';

/** A formula ready to run. */
export interface CompiledFormula {
  readonly name: string;
  readonly program: Program;
  /** The source that positions in the program refer to. */
  readonly bytes: Uint8Array;
  /** By instruction: its column in the formula's text, from 1, and the column past it. */
  readonly columns: Int32Array;
  readonly endColumns: Int32Array;
  /** The decimals to print, or -1. */
  readonly decimals: number;
  /** Whether other formulas use its result. */
  isUsed: boolean;
}

/** Takes the program out of the parser that has just read `written`. */
export function compiledFormula(name: string, parser: Parser, written: Uint8Array): CompiledFormula {
  const { program, bytes, bytesEnd, decimals } = parser;
  const columns = new Int32Array(program.length);
  const endColumns = new Int32Array(program.length);
  for (let index = 0; index < program.length; index += 1) {
    const origin = program.origins[index] as number;
    const [from, to] = [parser.placeOf(origin), parser.placeOf(formulaTokenEnd(bytes, origin, bytesEnd))];
    columns[index] = utf16Length(written, 0, from) + 1;
    endColumns[index] = (columns[index] as number) + utf16Length(written, from, to);
  }
  return { name, program, bytes: bytes.slice(0, bytesEnd), columns, endColumns, decimals, isUsed: false };
}
