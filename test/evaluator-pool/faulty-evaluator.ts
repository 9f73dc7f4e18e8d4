/**
 * An evaluator for tests of the pool: what a line says is what it does to the thread or process it is evaluated on. Any
 * other line is its own result, in brackets, and costs one unit.
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ByteBuffer, EvaluationSettings, LineEvaluator, OperationError } from '../../src/expression/index.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The time that `spin` wastes per line; a chunk of 512 such lines is far more than a time slice. */
const spinMs = 4;

export function createLineEvaluator({ mode, precision }: EvaluationSettings): LineEvaluator {
  return {
    cost: 1,
    evaluateText() {
      throw new Error('the pool evaluates bytes');
    },
    evaluateBytes(input: Uint8Array, start: number, end: number, output: ByteBuffer): OperationError | undefined {
      const line = decoder.decode(input.subarray(start, end));
      const [action = '', argument = ''] = line.split(' ');
      if (action === 'bad') return { code: 'SYNTAX', message: 'This is bad.', column: 1, endColumn: 4 };
      actions[action]?.(argument);
      const result = encoder.encode(action === 'settings' ? `${mode} ${precision}` : `[${shown(action, argument)}]`);
      for (const byte of result) output.writeByte(byte);
      return undefined;
    },
  };
}

function shown(action: string, argument: string): string {
  return argument === '' ? action : `${action} ${basename(argument)}`;
}

export const actions: Record<string, (argument: string) => void> = {
  hang() {
    for (;;);
  },
  /** Stuck without using CPU. */
  block() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  spin() {
    const until = performance.now() + spinMs;
    while (performance.now() < until);
  },
  /** Uses up the heap. */
  heap() {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from<number>({ length: 100_000 }).fill(1.5));
  },
  exit() {
    process.exit(3);
  },
  abort() {
    process.abort();
  },
  kill() {
    process.kill(process.pid, 'SIGKILL');
  },
  throw() {
    throw new TypeError('a fault of the engine');
  },
  /** Appends one byte to the file, so that a test can count evaluations. */
  count(file) {
    appendFileSync(file, '.');
  },
  /** Writes the id of the process to the file. */
  pid(file) {
    writeFileSync(file, String(process.pid));
  },
  /** Throws the first time, which it remembers in the file. */
  once(file) {
    const isFirst = !existsSync(file);
    appendFileSync(file, '.');
    if (isFirst) throw new TypeError('only once');
  },
};
