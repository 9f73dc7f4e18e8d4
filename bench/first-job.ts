/**
 * The first job of a cluster after its applications were started again, and the jobs after it: from the first byte sent until
 * the job is seen Completed. Brokers and store keep running, as they do in an upgrade.
 *
 *   node bench/first-job.ts [--lines 100000] [--rounds 5] [--jobs 3] [--json] [--folder F] [--profile F]
 */
import { join } from 'node:path';
import { startApplications, type Applications } from '../deploy/local-stack/applications.ts';
import { startKafka } from '../deploy/local-stack/kafka.ts';
import { startMongoStandIn } from '../deploy/local-stack/mongo-stand-in.ts';
import { createBenchClient } from './harness/client.ts';
import { writeLineFile, type LineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type BenchContext } from './harness/report.ts';
import { median } from './harness/statistics.ts';

const numbers = { lines: 100_000, rounds: 5, jobs: 3 };
type Context = BenchContext<typeof numbers>;

const servers = 2;
const pollMs = 10;
const barLinesPerSecond = 150_000;

async function measure({ resources, numbers, say }: Context) {
  await using running = new AsyncDisposableStack();
  const applications = await startCluster(resources, running, say);
  const file = writeLineFile(join(resources.makeFolder('input'), 'lines.txt'), numbers.lines);
  // The brokers' own code is compiled by these.
  await runJobs(applications, file, numbers.jobs);
  const rounds: number[][] = [];
  for (let round = 0; round < numbers.rounds; round += 1) {
    await applications.stop();
    await applications.start();
    rounds.push(await runJobs(applications, file, numbers.jobs));
  }
  const medians = Array.from({ length: numbers.jobs }, (_, job) => median(rounds.map((rates) => rates[job] ?? 0)));
  say(
    formatTable([
      ['job after the start', 'lines/s, median'],
      ...medians.map((rate, job) => [`${job + 1}`, formatNumber(rate)]),
    ]),
  );
  const name = `first job of ${formatNumber(numbers.lines)} lines after a start`;
  const bar = { name, measured: medians[0] ?? 0, bar: barLinesPerSecond, unit: 'lines/s', wanted: 'at least' } as const;
  return { bars: [bar], details: { rounds } };
}

async function startCluster(
  resources: Context['resources'],
  running: AsyncDisposableStack,
  report: Context['say'],
): Promise<Applications> {
  const [kafka, store] = await Promise.all([
    startKafka({ directory: resources.makeFolder('kafka'), brokers: 3, report }),
    startMongoStandIn({ directory: resources.makeFolder('store'), report }),
  ]);
  running.defer(() => kafka.kill());
  running.defer(() => store.kill());
  await kafka.createTopics();
  const applications = await startApplications({
    directory: resources.makeFolder('applications'),
    kafkaUri: kafka.bootstrap,
    mongodbUri: store.uri,
    clients: 1,
    servers,
    environment: { LOG_LEVEL: 'warn', EVALUATOR_THREADS: '1' },
  });
  running.defer(() => applications.stop());
  return applications;
}

/** One job after the other. Returns their rates in lines per second. */
async function runJobs(applications: Applications, file: LineFile, count: number): Promise<number[]> {
  const client = createBenchClient(applications.clients[0]?.url ?? '');
  const rates: number[] = [];
  for (let job = 0; job < count; job += 1) {
    const startedAt = performance.now();
    await client.waitUntilCompleted(await client.uploadFile(file.path), pollMs);
    rates.push((file.lines * 1_000) / (performance.now() - startedAt));
  }
  await client.deleteJobs();
  client.close();
  return rates;
}

await runBench({ name: 'first-job', numbers, limitMinutes: 10, measure });
