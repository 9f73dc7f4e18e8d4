/**
 * Input files: short lines such as `7 + 4 + 6 - 5 * 2`, the same for the same seed. The answers are computed while the
 * lines are made, in plain numbers and without the engine that is measured.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * `integers`: + - and *, so that every answer is a small integer. `division`: / as well, so that two lines in three leave
 * the machine's exact numbers and most of those have 34 digits.
 */
export const lineKinds = ['integers', 'division'] as const;
export type LineKind = (typeof lineKinds)[number];

export interface LineFile {
  readonly path: string;
  readonly lines: number;
  readonly bytes: number;
  /** SHA-256 of the answers, each ended by LF; undefined where this file cannot know them. */
  readonly answerDigest: string | undefined;
}

/** Lines gathered before they are written and hashed. */
const linesPerBlock = 2_000;
const seed = 20_261_125;

/** Makes a file of `count` lines. */
export function writeLineFile(path: string, count: number, kind: LineKind = 'integers'): LineFile {
  const file = openSync(path, 'w');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for (const { lines, answers } of makeBlocks(count, kind)) {
      bytes += writeSync(file, lines);
      hash.update(answers);
    }
  } finally {
    closeSync(file);
  }
  return { path, lines: count, bytes, answerDigest: kind === 'integers' ? hash.digest('hex') : undefined };
}

function* makeBlocks(count: number, kind: LineKind): Generator<{ lines: string; answers: string }> {
  const draw = createDraw(seed);
  const operators = kind === 'integers' ? ['+', '-', '*'] : ['+', '-', '*', '/'];
  for (let made = 0; made < count; made += linesPerBlock) {
    let lines = '';
    let answers = '';
    for (let line = 0; line < Math.min(linesPerBlock, count - made); line += 1) {
      const terms = 3 + draw(4);
      let product = 1 + draw(20);
      let sum = 0;
      let text = `${product}`;
      for (let term = 1; term < terms; term += 1) {
        const operator = operators[draw(operators.length)] ?? '+';
        const operand = 1 + draw(20);
        text += ` ${operator} ${operand}`;
        if (operator === '*') {
          product *= operand;
        } else {
          sum += product;
          product = operator === '+' ? operand : -operand;
        }
      }
      lines += `${text}\n`;
      answers += `${sum + product}\n`;
    }
    yield { lines, answers };
  }
}

/** Integers from 0 to limit - 1, the same for the same seed (xorshift32). */
function createDraw(start: number): (limit: number) => number {
  let state = start;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
