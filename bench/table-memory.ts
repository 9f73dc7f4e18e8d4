/**
 * Memory for big tables: files of 1,000,000 and 10,000,000 rows (about 200 MB) with one formula. Each is uploaded to a
 * server of its own and downloaded in each format, and worked on by the command, while their resident memory is watched.
 * Memory that grows with the file shows as the difference between the two.
 *
 *   node bench/table-memory.ts [--small 1000000] [--big 10000000] [--json] [--folder F] [--profile F]
 */
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { createBenchClient } from './harness/client.ts';
import { readMemory, watchMemory, type PhaseMemory } from './harness/memory.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { openTableResults, uploadTable } from './harness/table-client.ts';
import { totalFormula, writeTableFile } from './harness/table-file.ts';

const numbers = { small: 1_000_000, big: 10_000_000 };
type Context = BenchContext<typeof numbers>;

const root = resolve(import.meta.dirname, '..');
const formats = ['csv', 'ndjson', 'text'] as const;
const pollMs = 50;
const serverBarMb = 400;
const commandBarMb = 300;
/** Below this, growth shows only how the engine's heap comes to its usual size. */
const growthBytesMin = 100e6;
/** A program that held the file, or its results, would need 1 or more for each byte of the file. */
const growthBar = 0.5;

interface TableMemory {
  readonly rows: number;
  readonly bytes: number;
  readonly serverPeakMb: number;
  readonly commandPeakMb: number;
  readonly phases: readonly PhaseMemory[];
}

async function measure(context: Context) {
  if (process.platform !== 'linux') throw new Error('Memory is read from /proc: this benchmark needs Linux.');
  const small = await measureTable(context, context.numbers.small);
  const big = await measureTable(context, context.numbers.big);
  const rows = big.phases.map((phase, index) => [
    phase.phase,
    ...[small.phases[index], phase].flatMap((one) => [
      formatNumber(one?.residentMb ?? Number.NaN),
      formatNumber(one?.anonymousMb ?? Number.NaN),
    ]),
    phase.seconds.toFixed(1),
  ]);
  context.say(formatTable([['highest resident memory, MB', 'small', 'own', 'big', 'own', 'seconds for big'], ...rows]));
  return { bars: toBars(small, big), details: { small, big } };
}

async function measureTable(context: Context, rows: number): Promise<TableMemory> {
  const folder = context.resources.makeFolder('input');
  const input = join(folder, 'rows.csv');
  const bytes = writeTableFile(input, rows);
  const server = await measureServer(context, input, rows);
  const command = await measureCommand(context, input, join(folder, 'output.csv'), rows);
  return {
    rows,
    bytes,
    serverPeakMb: server.peakMb,
    commandPeakMb: command.residentMb,
    phases: [...server.phases, command],
  };
}

async function measureServer({ resources, profileFolder, say }: Context, input: string, rows: number) {
  const server = await startServer(resources, profileFolder);
  const client = createBenchClient(server.url);
  const { pid } = server.process;
  const phases: PhaseMemory[] = [];
  const watch = async <Result>(phase: string, work: () => Promise<Result>): Promise<Result> => {
    const { result, memory } = await watchMemory(pid, phase, work);
    phases.push(memory);
    say(`${formatNumber(rows)} rows, ${phase}: ${formatNumber(memory.residentMb)} MB, ${memory.seconds.toFixed(1)} s`);
    return result;
  };
  const id = await watch('upload', () => uploadTable(server.url, input, totalFormula));
  await watch('evaluation', () => client.waitUntilCompleted(id, pollMs));
  for (const format of formats) {
    const lines = await watch(`download as ${format}`, async () =>
      countLines(await openTableResults(server.url, id, format)),
    );
    if (lines !== rows + (format === 'csv' ? 1 : 0)) throw new Error(`The results as ${format} have ${lines} lines.`);
  }
  const { peakMb } = readMemory(pid);
  client.close();
  await server.process.stop();
  return { phases, peakMb };
}

async function measureCommand(
  { resources, say }: Context,
  input: string,
  output: string,
  rows: number,
): Promise<PhaseMemory> {
  const node = join(root, 'node_modules', '.bin', 'node');
  const parameters = [join(root, 'bin', 'mathmill.mjs'), 'table', input, '-f', totalFormula, '-o', output];
  const started = resources.start(node, parameters);
  const { result, memory } = await watchMemory(started.pid, 'the command', () => started.ended);
  if (result !== 0) throw new Error(`The command ended with ${result}:\n${started.readOutput()}`);
  if ((await countLines(createReadStream(output))) !== rows + 1) throw new Error('The command lost rows.');
  say(`${formatNumber(rows)} rows, command: ${formatNumber(memory.residentMb)} MB, ${memory.seconds.toFixed(1)} s`);
  return memory;
}

/** No cell of these tables holds a line break. */
async function countLines(stream: AsyncIterable<Buffer>): Promise<number> {
  let lines = 0;
  for await (const block of stream) for (const byte of block) if (byte === 0x0a) lines += 1;
  return lines;
}

function toBars(small: TableMemory, big: TableMemory): Bar[] {
  const extraBytes = big.bytes - small.bytes;
  return (
    [
      ['server', small.serverPeakMb, big.serverPeakMb, serverBarMb],
      ['command', small.commandPeakMb, big.commandPeakMb, commandBarMb],
    ] as const
  ).flatMap(([name, smallMb, bigMb, bar]): Bar[] => {
    const label = `${name}, ${formatNumber(big.rows)} rows`;
    const peak: Bar = { name: label, measured: bigMb, bar, unit: 'MB', wanted: 'at most' };
    const perByte = ((bigMb - smallMb) * 1e6) / extraBytes;
    const growth: Bar = {
      name: `${name}, memory for each byte that the file is larger`,
      measured: perByte,
      bar: growthBar,
      unit: 'bytes',
      wanted: 'at most',
    };
    return extraBytes < growthBytesMin ? [peak] : [peak, growth];
  });
}

await runBench({ name: 'table-memory', numbers, limitMinutes: 15, measure });
