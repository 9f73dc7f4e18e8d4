/**
 * What tokens cost: the same work on a server that needs none and on one where each request has the token of a submitter, in alternating
 * rounds. Jobs of one line over 16 connections, accepted and Completed; and one large job, from its first byte until it is
 * Completed. And whether the time of a rejection shows if there is a token of that id: unknown tokens and wrong secrets in turn, compared
 * by a t-test.
 *
 *   node bench/access.ts [--jobs 10000] [--lines 1000000] [--rounds 5] [--tries 10000] [--json] [--folder F] [--profile F]
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseToken, writeToken } from '../src/access/index.ts';
import { createBenchClient } from './harness/client.ts';
import { writeLineFile, type LineFile } from './harness/lines.ts';
import { formatNumber, formatTable, runBench, type Bar, type BenchContext } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { readOneByOne, submitOneByOne, timeRequests } from './harness/small-job-load.ts';
import { median } from './harness/statistics.ts';

const numbers = { jobs: 10_000, lines: 1_000_000, rounds: 5, tries: 10_000 };
type Context = BenchContext<typeof numbers>;

const connections = 16;
const warmUpJobs = 3_000;
const pollMs = 5;
const bar = 0.97;
/** Of two samples from one distribution, one pair in 370 differs by more. */
const tMax = 3;
/** The slowest tenth of each sample is the machine's own noise. */
const keptShare = 0.9;

interface Site {
  readonly url: string;
  /** Undefined: none is needed. */
  readonly token: string | undefined;
}

/** Per second. */
interface Rates {
  readonly jobs: number;
  readonly lines: number;
}

async function measure({ resources, numbers: { jobs, lines, rounds, tries }, say }: Context) {
  const sites = [await openSite(resources), await openGuardedSite(resources)] as const;
  const file = writeLineFile(join(resources.makeFolder('input'), 'lines.txt'), lines);
  for (const site of sites) await runSmallJobs(site, warmUpJobs);
  const measured: (readonly [Rates, Rates])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [open, guarded] = [await runRound(sites[0], jobs, file), await runRound(sites[1], jobs, file)];
    measured.push([open, guarded]);
    say(`round ${round + 1}: ${describe(open)} without tokens, ${describe(guarded)} with tokens`);
  }
  const t = await compareRejections(sites[1], tries);
  say(`rejections of unknown tokens and of wrong secrets, ${formatNumber(tries)} of each: t = ${t.toFixed(2)}`);
  const timing = {
    name: 'difference of rejections, |t|',
    measured: Math.abs(t),
    bar: tMax,
    unit: '',
    wanted: 'at most',
  } as const;
  return { bars: [...compare(measured, say), timing], details: { measured, t } };
}

async function openSite(resources: Context['resources']): Promise<Site> {
  const { url } = await startServer(resources);
  return { url, token: undefined };
}

async function openGuardedSite(resources: Context['resources']): Promise<Site> {
  const secret = randomBytes(32).toString('hex');
  const file = join(resources.makeFolder('secrets'), 'operator-token');
  writeFileSync(file, secret, { mode: 0o600 });
  const { url } = await startServer(resources, undefined, { AUTHENTICATION: 'tokens', OPERATOR_TOKEN_FILE: file });
  const response = await fetch(`${url}/api/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', role: 'submitter', tenant: 'bench' }),
  });
  const { token } = (await response.json()) as { token: string };
  return { url, token };
}

async function runRound(site: Site, jobs: number, file: LineFile): Promise<Rates> {
  return { jobs: await runSmallJobs(site, jobs), lines: await runLargeJob(site, file) };
}

async function runSmallJobs({ url, token }: Site, count: number): Promise<number> {
  const lines = Array.from({ length: count }, (_, index) => `${index} + 1\n`);
  const startedAt = performance.now();
  await readOneByOne(url, await submitOneByOne(url, lines, connections, token), token);
  return (count * 1_000) / (performance.now() - startedAt);
}

async function runLargeJob({ url, token }: Site, file: LineFile): Promise<number> {
  const client = createBenchClient(url, token);
  const startedAt = performance.now();
  await client.waitUntilCompleted(await client.uploadFile(file.path), pollMs);
  const rate = (file.lines * 1_000) / (performance.now() - startedAt);
  await client.deleteJobs();
  client.close();
  return rate;
}

/** Welch's t for the times of both kinds of rejection. */
async function compareRejections({ url, token = '' }: Site, tries: number): Promise<number> {
  const { id = '' } = parseToken(token) ?? {};
  const wrong = writeToken({ id, secret: 'A'.repeat(43) });
  const unknown = writeToken({ id: '000000000000', secret: 'A'.repeat(43) });
  const tokens = Array.from({ length: 2 * tries }, (_, index) => (index % 2 === 0 ? unknown : wrong));
  const times = await timeRequests(url, '/api/jobs', tokens);
  return welch(
    times.filter((_, index) => index % 2 === 0),
    times.filter((_, index) => index % 2 === 1),
  );
}

function welch(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [summarize(left), summarize(right)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
}

function summarize(sample: readonly number[]) {
  const kept = sample.toSorted((one, other) => one - other).slice(0, Math.floor(sample.length * keptShare));
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
  return { count: kept.length, mean, variance };
}

function describe({ jobs, lines }: Rates): string {
  return `${formatNumber(jobs)} jobs/s and ${formatNumber(lines)} lines/s`;
}

/** Rounds are compared in pairs: what slows the machine down slows down both of a pair. */
function compare(rounds: readonly (readonly [Rates, Rates])[], say: Context['say']): Bar[] {
  const ratioOf = (kind: keyof Rates): number => median(rounds.map(([open, guarded]) => guarded[kind] / open[kind]));
  const rateOf = (site: 0 | 1, kind: keyof Rates): string =>
    formatNumber(median(rounds.map((round) => round[site][kind])));
  say(
    formatTable([
      ['median', 'without tokens', 'with tokens', 'ratio'],
      ['one-line jobs/s', rateOf(0, 'jobs'), rateOf(1, 'jobs'), ratioOf('jobs').toFixed(2)],
      ['lines/s of a large job', rateOf(0, 'lines'), rateOf(1, 'lines'), ratioOf('lines').toFixed(2)],
    ]),
  );
  return [
    { name: 'one-line jobs with tokens', measured: ratioOf('jobs'), bar, unit: 'times', wanted: 'at least' },
    { name: 'a large job with tokens', measured: ratioOf('lines'), bar, unit: 'times', wanted: 'at least' },
  ];
}

await runBench({ name: 'access', numbers, limitMinutes: 10, measure });
