/**
 * The expression engine in each mode, and mathjs `evaluate`, on the same fresh lines on one core. Prints lines per second
 * and ratios of one run: machines differ, ratios between neighbors hardly do. Run: node bench/expression.ts [LINES]
 */
import { evaluate } from 'mathjs';

import { ByteBuffer, createLineEvaluator, numberModes, precisionDefault } from '../src/expression/index.ts';

const linesMax = Number(process.argv[2] ?? 100_000);
/** mathjs is slower by far; a sample of the lines is enough for its rate. */
const mathjsLinesMax = Math.ceil(linesMax / 20);
const rounds = 9;

/** xorshift32: the same lines in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Random = ReturnType<typeof createRandom>;

function price(random: Random): string {
  return `${random(99) + 1}.${random(90) + 10}`;
}

function terms(random: Random, count: number): string {
  let line = price(random);
  for (let term = 1; term < count; term += 1) line += ` ${'+-*/'.charAt(random(4))} ${price(random)}`;
  return line;
}

const kinds: Readonly<Record<string, (random: Random) => string>> = {
  'small integers': (random) => `${random(10)} + ${random(10)} + ${random(10)} - ${random(10)} * ${random(10)}`,
  'prices + *': (random) => `${price(random)} * ${random(100)} + ${price(random)} - ${price(random)}`,
  '12 prices + - * /': (random) => terms(random, 12),
  parentheses: (random) => `(${random(1000)} + ${random(1000)}) * (${random(1000)} - ${random(1000)}) ^ 2`,
  functions: (random) => `max(${random(1000)}, ${random(1000)}) + round(${price(random)}) * abs(${-random(100)})`,
  'sqrt and sin': (random) => `sqrt(${random(1000)}) + sin(${random(100)})`,
};

/** Something that is timed: what it does in one round, and with how many lines. */
interface Contender {
  readonly lines: number;
  readonly run: () => void;
}

function createMathmill(lines: readonly string[], mode: (typeof numberModes)[number]): Contender {
  const input = new TextEncoder().encode(lines.join('\n') + '\n');
  const evaluator = createLineEvaluator({ mode, precision: precisionDefault });
  const output = new ByteBuffer(input.length * 4);
  return {
    lines: lines.length,
    run() {
      output.clear();
      let start = 0;
      for (let end = input.indexOf(10); end >= 0; end = input.indexOf(10, start)) {
        evaluator.evaluateBytes(input, start, end, output);
        output.writeByte(10);
        start = end + 1;
      }
    },
  };
}

function createMathjs(lines: readonly string[]): Contender {
  return {
    lines: lines.length,
    run() {
      let length = 0;
      for (const line of lines) length += String(evaluate(line)).length;
      if (length === 0) throw new Error('mathjs gave no text.');
    },
  };
}

/** Lines per second of each, in their best round. They take turns, so that what else the machine does hits all of them. */
function bestRates(contenders: readonly Contender[]): number[] {
  const best = contenders.map(() => Infinity);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { run }] of contenders.entries()) {
      const start = performance.now();
      run();
      best[index] = Math.min(best[index] as number, performance.now() - start);
    }
  }
  return contenders.map(({ lines }, index) => (lines / (best[index] as number)) * 1000);
}

function showRatio(ratio: number): string {
  return ratio.toFixed(ratio < 5 ? 2 : 0);
}

const header = ['lines/s', ...numberModes, 'mathjs', 'float64 / mathjs', 'decimal / mathjs', 'decimal / float64'];
console.log(`| ${header.join(' | ')} |`);
console.log(`|${' --- |'.repeat(header.length)}`);
const logarithms: number[][] = [];
for (const [kind, make] of Object.entries(kinds)) {
  const random = createRandom(20_261_125);
  const lines = Array.from({ length: linesMax }, () => make(random));
  const rates = bestRates([
    ...numberModes.map((mode) => createMathmill(lines, mode)),
    createMathjs(lines.slice(0, mathjsLinesMax)),
  ]);
  const rateOf = (mode: (typeof numberModes)[number]): number => rates[numberModes.indexOf(mode)] as number;
  const [float64, decimal, mathjs] = [rateOf('float64'), rateOf('decimal'), rates.at(-1) as number];
  const cells = rates.map((rate) => Math.round(rate).toLocaleString('en'));
  const ratios = [float64 / mathjs, decimal / mathjs, decimal / float64];
  logarithms.push(ratios.map(Math.log));
  console.log(`| ${[kind, ...cells, ...ratios.map(showRatio)].join(' | ')} |`);
}
const means = [0, 1, 2].map((column) =>
  Math.exp(logarithms.reduce((sum, row) => sum + (row[column] ?? 0), 0) / logarithms.length),
);
const blanks = Array.from({ length: numberModes.length + 1 }, () => '');
console.log(`| ${['geometric mean', ...blanks, ...means.map(showRatio)].join(' | ')} |`);
