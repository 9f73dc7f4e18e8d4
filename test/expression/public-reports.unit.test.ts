/** Lines of public reports about other calculators and expression libraries, with what is right here: a value or an error's code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { NumberMode } from '../../src/expression/index.ts';
import { answerOf } from './evaluate.ts';

const rows: readonly (readonly [line: string, right: string, report: string, mode?: NumberMode])[] = [
  ['80+5%-3', 'SYNTAX', 'bornova/numara-calculator#210'],
  ['60 + 15% =', 'SYNTAX', 'lcn2/calc#156'],
  ['80 + 5%', 'SYNTAX', 'mariuszgromada/MathParser.org-mXparser#83'],
  ['2.5 * 9 % 7', '1.5', 'josdejong/mathjs#3301'],
  ['17 * 2 // 5', 'SYNTAX', 'pallets/jinja#508'],
  ['7 \\ 2', 'SYNTAX', 'mariuszgromada/MathParser.org-mXparser#285'],
  ['-3^(4-2)', '-9', 'bugwheels94/math-expression-evaluator#64'],
  ['(53120+-41000)-12119', '1', 'Knetic/govaluate#204'],
  ['3/-1', '-3', 'dream-num/Luckysheet#94'],
  ['0 + 731.5 + 0 + -2210.25 + 0', '-1478.75', 'spreadsheetlab/XLParser#90'],
  ['5!!', '6.689502913449127057588118054090373e+198', 'printfn/fend#366'],
  ['2^(3)!', '64', 'josdejong/mathjs#1918'],
  ['9/3(1+2)', 'SYNTAX', 'davedelong/DDMathParser#167'],
  ['3 × 4 – 2', '10', 'josdejong/mathjs#552'],
  ['3⋅4', '12', 'Qalculate/libqalculate#54'],
  ['6²', '36', 'Qalculate/libqalculate#373'],
  ['3e-7 * 2', '0.0000006', 'bugwheels94/math-expression-evaluator#96'],
  ['3e', 'SYNTAX', 'davedelong/DDMathParser#98'],
  ['.375 + .25', '0.625', 'telerik/kendo-ui-core#2173'],
  ['3,2 + 8,4 * 5', 'SYNTAX', 'parsify-dev/desktop#49'],
  ['pi/4 + 0.785398', '1.570796163397448309615660845819876', 'matheval/expression-evaluator-c-sharp#1'],
  ['round(5.015, 2)', '5.02', 'lodash/lodash#1654'],
  ['round(0.285*100)', '29', 'josdejong/mathjs#3100'],
  ['round(44.5)', '45', 'cel-expr/cel-java#1055'],
  ['gcd(0, -9)', '9', 'PlutoLang/Pluto#1362'],
  ['7**8**9**9', 'OVERFLOW', 'NilchSearch/nilch#16'],
  ['(-27)^(1/3)', 'DOMAIN', 'mariuszgromada/MathParser.org-mXparser#68'],
  ['nthroot(-32, 5)', '-2', 'cortex-js/compute-engine#210'],
  ['1 > 0 || 1 > 2 && 1 > 2', 'true', 'spavkov/BooleanLogicExpressionParser#2'],
  ['(7 != 0 ? 7 : 3 != 0 ? 3 : 9) != 0', 'true', 'Knetic/govaluate#158'],
  ['0x20 * 100 + 0b11', '3203', 'zzzprojects/System.Linq.Dynamic.Core#955'],
  ['0xB2C', '2860', 'heasarc/cfitsio#153'],
  ['0xABCDEF0123456789', '12379813738877118345', 'fellerts/procal#11'],
  ['98765432109876543 % 2.0', '1', 'duckdb/duckdb#11480'],
  ['731559299844350546248888 mod 7', '5', 'josdejong/mathjs#3214'],
  ['-8 % 5', '-3', 'microsoft/PowerToys#18811'],
  ['200000000 * 75 / 100', '150000000', 'ncalc/ncalc#402'],
  [
    '53^53',
    '24356848165022712132477606520104725518533453128685640844505130879576720609150223301256150373',
    'boostorg/multiprecision#16',
    'bigint',
  ],
  ['2^65 - 1', '36893488147419103231', 'shapoco/calctus#90'],
  ['shl(1, 40)', '1099511627776', 'josdejong/mathjs#1005'],
  ['1.1 + 2.2 > 3.3', 'false', 'Knetic/govaluate#154'],
  ['PI * 2', 'UNKNOWN', 'silentmatt/expr-eval#257'],
  [Array.from({ length: 1_000 }, () => '1').join('+'), '1000', 'LukeHHA/gti#224'],
  [`${'('.repeat(5_000)}1${')'.repeat(5_000)}`, 'TOO_DEEP', 'codeplea/tinyexpr#134'],
];

describe('lines of public reports', () => {
  for (const [line, right, report, mode] of rows) {
    it(`${report}: ${line.slice(0, 60)}`, () => {
      assert.equal(answerOf(line, mode).split(' ')[0], right);
    });
  }
});
