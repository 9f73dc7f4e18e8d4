/**
 * A formula over a table: 1,000,000 rows `id,price,qty,vat`, `total = price * qty * (1 + vat / 100)`, CSV to CSV. Measured
 * are the command, from its start to its end; a standalone server over HTTP, from the first byte sent to the last byte of
 * CSV received, with rows and results durable; and programs that do the same work, from start to end. They take turns,
 * and each round begins with another one. Every total is compared with the exact one, and every other cell with the
 * input. What is not installed is fetched where the registries have it, or else named and left out.
 *
 *   node bench/tables.ts [--rows 1000000] [--rounds 5] [--json] [--folder F] [--profile F]
 */
import { closeSync, createWriteStream, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import type { Resources } from './harness/resources.ts';
import { startServer } from './harness/server.ts';
import { median } from './harness/statistics.ts';
import { openTableResults, uploadTable } from './harness/table-client.ts';
import { isExactly, makeTableRows, formatTotal, totalFormula, writeTableFile } from './harness/table-file.ts';
import { duckdbAsWritten, findTablePeers, millerName, type TablePeer } from './harness/table-peers.ts';

const numbers = { rows: 1_000_000, rounds: 5 };
type Context = BenchContext<typeof numbers>;

const root = resolve(import.meta.dirname, '..');
const commandName = 'mathmill table';
const serverName = 'standalone over HTTP';
/** Rows per second that the command and the server are to reach. */
const rateBar = 1_000_000;
const millerRatioBar = 1.5;

interface Contender {
  readonly name: string;
  /** One run from the input to the file `output`; its milliseconds. */
  readonly run: (output: string) => Promise<number>;
}

interface Checked {
  readonly wrong: number;
  /** Rows of which another cell is not what it was, byte for byte. */
  readonly changed: number;
}

interface Standing extends Checked {
  readonly name: string;
  /** Rows per second of each round. */
  readonly rates: number[];
}

async function measure(context: Context) {
  const { resources, numbers, say } = context;
  const folder = resources.makeFolder('tables');
  const input = join(folder, 'rows.csv');
  writeTableFile(input, numbers.rows);
  const peers = await findTablePeers(say);
  const contenders: Contender[] = [
    { name: commandName, run: (output) => runProcess(resources, mathmillCommand(input), output, 'stdout') },
    { name: serverName, run: await createServerRun(context, input) },
    ...peers.map((peer): Contender => ({ name: peer.name, run: (output) => runPeer(resources, peer, input, output) })),
  ];
  const standings = new Map<string, Standing>();
  for (let round = 1; round <= numbers.rounds; round += 1) {
    for (const { name, run } of rotate(contenders, round - 1)) {
      const output = join(folder, 'output.csv');
      const rate = (numbers.rows * 1000) / (await run(output));
      const earlier = standings.get(name);
      const checked = checkOutput(output, numbers.rows);
      standings.set(name, {
        name,
        rates: [...(earlier?.rates ?? []), rate],
        wrong: Math.max(checked.wrong, earlier?.wrong ?? 0),
        changed: Math.max(checked.changed, earlier?.changed ?? 0),
      });
      say(`round ${round}: ${name} ${formatNumber(rate)} rows/s, ${formatNumber(checked.wrong)} wrong`);
    }
  }
  return summarize([...standings.values()], numbers.rows, say);
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function mathmillCommand(input: string): readonly [string, ...string[]] {
  const node = join(root, 'node_modules', '.bin', 'node');
  return [node, join(root, 'bin', 'mathmill.mjs'), 'table', input, '--no-errors', '-f', totalFormula];
}

function runPeer(resources: Resources, peer: TablePeer, input: string, output: string): Promise<number> {
  return runProcess(resources, peer.command(input, output), output, peer.writesTo, peer.environment);
}

/** Milliseconds from the start of a process until it has ended. */
async function runProcess(
  resources: Resources,
  command: readonly [program: string, ...parameters: string[]],
  output: string,
  writesTo: TablePeer['writesTo'],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  closeSync(openSync(output, 'w'));
  const [program, ...parameters] =
    writesTo === 'output' ? command : (['/bin/sh', '-c', 'exec "$@" > "$0"', output, ...command] as const);
  const startedAt = performance.now();
  const started = resources.start(program, parameters, { env: { ...process.env, ...environment } });
  const end = await started.ended;
  const milliseconds = performance.now() - startedAt;
  if (end !== 0) throw new Error(`${command.join(' ')} ended with ${end}:\n${started.readOutput().slice(-2_000)}`);
  return milliseconds;
}

async function createServerRun({ resources, profileFolder }: Context, input: string) {
  const server = await startServer(resources, profileFolder);
  return async (output: string): Promise<number> => {
    const startedAt = performance.now();
    const id = await uploadTable(server.url, input, totalFormula);
    await pipeline(await openTableResults(server.url, id, 'csv'), createWriteStream(output));
    // The job is kept: its deletion would continue in the background, and the next contender would pay for it.
    return performance.now() - startedAt;
  };
}

/** Compares every row of an output with the exact one; throws when rows are missing, doubled or out of order. */
function checkOutput(path: string, rows: number): Checked {
  const output = readFileSync(path, 'latin1');
  let position = output.indexOf('\n') + 1;
  let wrong = 0;
  let changed = 0;
  for (const row of makeTableRows(rows)) {
    const end = output.indexOf('\n', position);
    if (end === -1) throw new Error(`${path} ends before the row ${row.text}`);
    const line = output.slice(position, output.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    const comma = line.lastIndexOf(',');
    const id = row.text.slice(0, row.text.indexOf(',') + 1);
    if (!line.startsWith(id)) throw new Error(`${path}: ${line} stands where ${row.text} belongs`);
    if (line.slice(0, comma) !== row.text) changed += 1;
    const total = line.slice(comma + 1);
    if (total !== formatTotal(row.total) && !isExactly(total, row.total)) wrong += 1;
    position = end + 1;
  }
  if (position !== output.length) throw new Error(`${path} has more than ${rows} rows`);
  return { wrong, changed };
}

function summarize(standings: readonly Standing[], rows: number, say: Context['say']) {
  const medianOf = (name: string): number => {
    const rates = standings.find((standing) => standing.name === name)?.rates;
    return rates === undefined ? Number.NaN : median(rates);
  };
  say(
    formatTable([
      ['', 'rows/s (median)', 'best', 'worst', `wrong of ${formatNumber(rows)}`, 'rows with other cells changed'],
      ...standings
        .toSorted((a, b) => median(b.rates) - median(a.rates))
        .map(({ name, rates, wrong, changed }) => [
          name,
          formatNumber(median(rates)),
          formatNumber(Math.max(...rates)),
          formatNumber(Math.min(...rates)),
          formatNumber(wrong),
          formatNumber(changed),
        ]),
    ]),
  );
  const bars = [commandName, serverName].flatMap((name): Bar[] => {
    const own = standings.find((standing) => standing.name === name);
    return [
      { name, measured: medianOf(name), bar: rateBar, unit: 'rows/s', wanted: 'at least' },
      ...toRatio(name, duckdbAsWritten, medianOf, 1),
      ...toRatio(name, millerName, medianOf, millerRatioBar),
      { name: `${name}, wrong totals`, measured: own?.wrong ?? rows, bar: 0, unit: 'rows', wanted: 'at most' },
      { name: `${name}, changed cells`, measured: own?.changed ?? rows, bar: 0, unit: 'rows', wanted: 'at most' },
    ];
  });
  return { bars, details: standings };
}

function toRatio(name: string, peer: string, medianOf: (name: string) => number, bar: number): Bar[] {
  const measured = medianOf(name) / medianOf(peer);
  if (Number.isNaN(measured)) return [];
  return [{ name: `${name} against ${peer}`, measured, bar, unit: 'times', wanted: 'at least' }];
}

await runBench({ name: 'tables', numbers, limitMinutes: 30, measure });
