/** Prints what float64 makes of each function and operator; as `without-math`, in a process where the inexact functions of Math throw. */
import { createLineEvaluator, functionTable } from '../../../src/expression/index.ts';

const inexact =
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh'.split(
    ' ',
  );
const values = ['0', '1', '-2', '0.7', '1e-9', '7.541752774995959e-10', '2.605753595336707e129', '1e22', '12', '-0.9'];

const evaluator = createLineEvaluator({ mode: 'float64', precision: 34 });

if (process.argv[2] === 'without-math') {
  for (const name of inexact) {
    Object.defineProperty(Math, name, {
      value: () => {
        throw new Error(`Math.${name} was called.`);
      },
    });
  }
}

function answerOf(line: string): string {
  const outcome = evaluator.evaluateText(line);
  return `${line} ${outcome.kind === 'result' ? outcome.text : outcome.error.code}\n`;
}

let output = '';
for (const { name, arity, modes } of functionTable) {
  if (!modes.includes('float64') || name === 'if') continue;
  for (const x of values) {
    for (const y of arity.min === 1 ? [''] : values) {
      const rest = arity.min === 3 ? `, ${y}, ${y}` : arity.min === 2 ? `, ${y}` : '';
      output += answerOf(`${name}(${x}${rest})`);
    }
  }
}
for (const x of values) for (const y of values) output += answerOf(`(${x}) ^ (${y})`);
process.stdout.write(output);
