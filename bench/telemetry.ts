/**
 * The cost of telemetry: the same work on servers that differ only in it, in alternating rounds. The big job has few
 * requests and many chunks, the one-line jobs are nearly all requests, which is where spans and histograms weigh most.
 *
 *   node bench/telemetry.ts [--lines 1000000] [--small-jobs 300] [--rounds 15] [--json] [--folder F] [--profile F]
 *
 * In addition to the time, this benchmark reports the CPU time of the server, which a busy machine disturbs less.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createBenchClient, type BenchClient } from './harness/client.ts';
import { writeLineFile } from './harness/lines.ts';
import { formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { readThreadTimes, startServer, type BenchServer } from './harness/server.ts';
import { median } from './harness/statistics.ts';

const numbers = { lines: 1_000_000, 'small-jobs': 300, rounds: 15 };
type Context = BenchContext<typeof numbers>;

const pollMs = 10;
/** Concurrent small jobs: enough to keep the server busy. */
const smallJobsAtOnce = 8;

interface Cost {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}

const works = ['big job', 'one-line jobs'] as const;
type Work = (typeof works)[number];

interface Contender {
  readonly name: string;
  readonly server: BenchServer;
  readonly client: BenchClient;
  readonly costs: Record<Work, Cost[]>;
}

/** A server that takes telemetry as cheaply as it can. */
async function startSink() {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (part: Buffer) => {
      bytes += part.length;
    });
    request.on('end', () => response.writeHead(200).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    readBytes: () => bytes,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function settings(origin: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const endpoints = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${origin}/v1/metrics`,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${origin}/v1/traces`,
  };
  return {
    disabled: { OTEL_SDK_DISABLED: 'true' },
    'on, sampler off': { ...endpoints, OTEL_TRACES_SAMPLER: 'always_off' },
    'on, 10 % sampled': {
      ...endpoints,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    },
  };
}

async function measure(context: Context) {
  const { resources, numbers, say } = context;
  const sink = await startSink();
  const input = writeLineFile(join(resources.makeFolder('input'), 'lines.txt'), numbers.lines);
  const contenders: Contender[] = [];
  for (const [name, environment] of Object.entries(settings(sink.origin))) {
    const server = await startServer(resources, context.profileFolder, environment);
    const client = createBenchClient(server.url);
    contenders.push({ name, server, client, costs: { 'big job': [], 'one-line jobs': [] } });
  }
  // The first round compiles the code and is not counted.
  for (let round = 0; round <= numbers.rounds; round += 1) {
    // The jobs of the one before are still being removed in its process: each round begins with another contender.
    for (const contender of rotate(contenders, round)) {
      const big = await timed(contender, async ({ client }) => {
        await client.waitUntilCompleted(await client.uploadFile(input.path), pollMs);
      });
      const small = await timed(contender, (one) => runSmallJobs(one, numbers['small-jobs']));
      await contender.client.deleteJobs();
      if (round === 0) continue;
      contender.costs['big job'].push(big);
      contender.costs['one-line jobs'].push(small);
    }
  }
  if (sink.readBytes() === 0) throw new Error('No telemetry was sent: nothing was measured.');
  for (const { client } of contenders) client.close();
  sink.close();
  return summarize(contenders, say);
}

function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Two requests for each, however long it takes: polling would cost the slower server more. */
async function runSmallJobs({ client, server }: Contender, count: number): Promise<void> {
  let left = count;
  async function work(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const id = await client.uploadText('7 + 4 + 6 - 5 * 2\n');
      const answer = await fetch(`${server.url}/api/jobs/${id}/results?format=text&follow=true`);
      const results = await answer.text();
      if (results !== '7\n') throw new Error(`The server has a wrong result: ${results}`);
    }
  }
  await Promise.all(Array.from({ length: smallJobsAtOnce }, work));
}

async function timed(contender: Contender, work: (contender: Contender) => Promise<void>): Promise<Cost> {
  const { pid } = contender.server.process;
  const cpuBefore = readCpu(pid);
  const startedAt = performance.now();
  await work(contender);
  return { milliseconds: performance.now() - startedAt, cpuMilliseconds: readCpu(pid) - cpuBefore };
}

function readCpu(pid: number): number {
  return readThreadTimes(pid)
    .values()
    .reduce((sum, { running }) => sum + running, 0);
}

function summarize(contenders: readonly Contender[], say: Context['say']) {
  const [base, ...others] = contenders;
  if (base === undefined) throw new RangeError('There is nothing to compare with.');
  const results = others.flatMap(({ name, costs }) =>
    works.map((work) => ({
      name,
      work,
      throughput: 1 / ratio(costs[work], base.costs[work], 'milliseconds'),
      cpu: ratio(costs[work], base.costs[work], 'cpuMilliseconds'),
    })),
  );
  say(
    formatTable([
      ['against OTEL_SDK_DISABLED=true', 'throughput', 'CPU'],
      ...results.map(({ name, work, throughput, cpu }) => [`${name}, ${work}`, throughput.toFixed(3), cpu.toFixed(3)]),
    ]),
  );
  const bars = results.map(({ name, work, throughput }): Bar => ({
    name: `${work}, telemetry ${name}`,
    measured: throughput,
    bar: name.includes('%') ? 0.9 : 0.95,
    unit: 'of the throughput without',
    wanted: 'at least',
  }));
  return { bars, details: { results, costs: contenders.map(({ name, costs }) => ({ name, costs })) } };
}

/** The median over the rounds: the two that are compared ran within the same one. */
function ratio(costs: readonly Cost[], base: readonly Cost[], what: keyof Cost): number {
  return median(costs.map((cost, round) => cost[what] / (base[round]?.[what] ?? Number.NaN)));
}

await runBench({ name: 'telemetry', numbers, limitMinutes: 15, measure });
