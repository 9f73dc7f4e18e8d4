/**
 * Runs all benchmarks one after the other and prints one summary of their bars.
 *
 *   node bench/run.ts [--quick] [--json]
 *
 * `--quick` takes a tenth of the lines: enough to see that everything works, not to quote. A missed bar is reported and is
 * no failure: bars are for a quiet machine. A benchmark that breaks is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { formatBar, type Report } from './harness/report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'boolean', default: false } } });
const say = values.json ? console.error : console.log;

/** Those with a report for the summary, and what makes them quick. */
const reporting = [
  { file: 'end-to-end.ts', quick: ['--lines', '100000', '--peer-jobs', '5000'] },
  { file: 'small-jobs.ts', quick: ['--jobs', '2000', '--rounds', '1', '--tries', '40'] },
  { file: 'small-beside-big.ts', quick: ['--lines', '1000000', '--rows', '1000000', '--tries', '40'] },
  { file: 'tables.ts', quick: ['--rows', '100000', '--rounds', '1'] },
  { file: 'access.ts', quick: ['--jobs', '1000', '--lines', '100000', '--rounds', '1'] },
  { file: 'telemetry.ts', quick: ['--lines', '100000', '--rounds', '3'] },
  { file: 'table-memory.ts', quick: ['--small', '200000', '--big', '1000000'] },
  { file: 'memory.ts', quick: ['--small', '200000', '--big', '1000000'] },
] as const;
/** Benchmarks of one part: they print their own tables. */
const printing = ['expression.ts', 'evaluator-pool.ts', 'store.ts'] as const;

interface Ended {
  readonly isGood: boolean;
  readonly output: string;
}

/** Runs one to its end; Ctrl-C reaches it too, since it is in the same group of processes. */
async function run(file: string, parameters: readonly string[], isCaptured: boolean): Promise<Ended> {
  say(`\n— ${file}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...parameters], {
    stdio: ['ignore', isCaptured ? 'pipe' : values.json ? 2 : 'inherit', 'inherit'],
  });
  const output = child.stdout === null ? '' : text(child.stdout);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) say(`${file} broke (${code ?? 'ended by a signal'})`);
  return { isGood: code === 0, output: await output };
}

const reports: Report[] = [];
let isGood = true;
for (const file of printing) {
  if (!existsSync(join(import.meta.dirname, file))) continue;
  const ended = await run(file, [], false);
  isGood &&= ended.isGood;
}
for (const { file, quick } of reporting) {
  const ended = await run(file, values.quick === true ? ['--json', ...quick] : ['--json'], true);
  isGood &&= ended.isGood;
  if (ended.isGood) reports.push(JSON.parse(ended.output) as Report);
}

say('\n— summary');
for (const { bars } of reports) for (const bar of bars) say(formatBar(bar));
if (values.json) console.log(JSON.stringify(reports, undefined, 2));
process.exitCode = isGood ? 0 : 1;
