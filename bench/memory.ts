/**
 * Memory of the server: a file of 1,000,000 lines and one of 10,000,000 lines (about 180 MB), each uploaded to a server of
 * its own and all results downloaded in each format, while the server's resident memory is watched. What grows with the
 * file shows as the difference between the two.
 *
 *   node bench/memory.ts [--small 1000000] [--big 10000000] [--json] [--folder F] [--profile F]
 */
import { join } from 'node:path';
import { createBenchClient } from './harness/client.ts';
import { writeLineFile } from './harness/lines.ts';
import { readMemory, watchMemory, type PhaseMemory } from './harness/memory.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';

const numbers = { small: 1_000_000, big: 10_000_000 };
type Context = BenchContext<typeof numbers>;

const pollMs = 50;
/** Below this, growth shows only how the engine's heap comes to its usual size. */
const growthBytesMin = 100e6;
const formats = ['text', 'csv', 'ndjson'] as const;

async function measure(context: Context) {
  if (process.platform !== 'linux') throw new Error('Memory is read from /proc: this benchmark needs Linux.');
  const small = await measureFile(context, context.numbers.small);
  const big = await measureFile(context, context.numbers.big);
  const rows = big.phases.map((phase, index) => [
    phase.phase,
    ...[small.phases[index], phase].flatMap((one) => [
      formatNumber(one?.residentMb ?? Number.NaN),
      formatNumber(one?.anonymousMb ?? Number.NaN),
    ]),
    phase.seconds.toFixed(1),
  ]);
  const head = ['highest resident memory, MB', 'small', 'own', 'big', 'own', 'seconds for big'];
  const peaks = ['whole life (VmHWM)', formatNumber(small.peakMb), '', formatNumber(big.peakMb), '', ''];
  context.say(formatTable([head, ...rows, peaks]));
  const extraBytes = big.bytes - small.bytes;
  const peak: Bar = {
    name: `highest resident memory, ${formatNumber(big.lines)} lines`,
    measured: big.peakMb,
    bar: 400,
    unit: 'MB',
    wanted: 'at most',
  };
  // A server that held the file, or its results, would need 1 or more.
  const growth: Bar = {
    name: 'memory for each byte that the file is larger',
    measured: ((big.peakMb - small.peakMb) * 1e6) / extraBytes,
    bar: 0.5,
    unit: 'bytes',
    wanted: 'at most',
  };
  return {
    bars: extraBytes < growthBytesMin ? [peak] : [peak, growth],
    details: { small, big },
  };
}

async function measureFile({ resources, profileFolder, say }: Context, lines: number) {
  const input = writeLineFile(join(resources.makeFolder('input'), 'lines.txt'), lines);
  const server = await startServer(resources, profileFolder);
  const client = createBenchClient(server.url);
  const { pid } = server.process;
  const phases: PhaseMemory[] = [];
  const watch = async <Result>(phase: string, work: () => Promise<Result>): Promise<Result> => {
    const { result, memory } = await watchMemory(pid, phase, work);
    phases.push(memory);
    say(
      `${formatNumber(lines)} lines, ${phase}: ${formatNumber(memory.residentMb)} MB, ${memory.seconds.toFixed(1)} s`,
    );
    return result;
  };

  await watch('idle', async () => {});
  const id = await watch('upload', () => client.uploadFile(input.path));
  await watch('evaluation', () => client.waitUntilCompleted(id, pollMs));
  for (const format of formats) {
    const answer = await watch(`download as ${format}`, () => client.downloadResults(id, format));
    const expected = lines + (format === 'csv' ? 1 : 0);
    if (answer.lines !== expected || (format === 'text' && answer.digest !== input.answerDigest)) {
      throw new Error(`The results as ${format} are wrong: ${JSON.stringify(answer)}`);
    }
  }
  const peakMb = readMemory(pid).peakMb;
  client.close();
  await server.process.stop();
  return { lines, bytes: input.bytes, peakMb, phases };
}

await runBench({ name: 'memory', numbers, limitMinutes: 15, measure });
