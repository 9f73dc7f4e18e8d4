/**
 * Kills the process that takes repairs at random moments, again and again, whatever the store. After each kill a repaired
 * job is there whole and comes to its right end, or is not there at all, and the first job is what it was. Only chunks with
 * corrections are evaluated.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';
import {
  countCorrected,
  createCorrections,
  createUpload,
  deleteJob,
  digestOfExpected,
  digestOfResults,
  listRepaired,
  repair,
} from './repairable-job.ts';

export interface RepairedSystem {
  /** Where repairs are sent: the process that is killed. */
  victimUrl(): string;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Ids of the jobs in the store that are neither whole nor removed. */
  findHalfCopies(): Promise<readonly string[]>;
  /** Address of the instance that serves the jobs after a kill: another one, or the same one, restarted. */
  readerUrl(): Promise<string>;
  /** Makes the victim ready for the next repair. */
  restore(): Promise<void>;
  /** Operations that were evaluated since the last start of the evaluating process; waits until `expected` of them are. */
  countEvaluated(expected: number): Promise<number>;
}

export interface KillOptions {
  readonly kills: number;
  readonly lines: number;
  /** Chooses the moments. */
  readonly seed: number;
}

/** Kills by the phase hit. */
interface Hits {
  /** Before the new job was in the store. */
  before: number;
  /** While facts were being copied. */
  copying: number;
  /** When the job was whole, and perhaps finished. */
  whole: number;
}

interface Trial extends KillOptions {
  readonly system: RepairedSystem;
  readonly jobId: string;
  readonly corrections: string;
  /** Of the results of the first job, and of a repaired one. */
  readonly digests: { readonly first: string; readonly repaired: string };
}

/** A kill comes at up to this multiple of the time of a repair: after its response, too. */
const killSpan = 1.2;

/** Returns the phases that the kills hit, as text. */
export async function killRepairs(system: RepairedSystem, options: KillOptions): Promise<string> {
  const trial = await begin(system, options);
  const repairMs = await repairUnharmed(trial);
  const random = createRandom(options.seed);
  const hits: Hits = { before: 0, copying: 0, whole: 0 };
  for (let kill = 1; kill <= options.kills; kill += 1) {
    hits[await repairAndKill(trial, `kill ${kill}`, random() * killSpan * repairMs)] += 1;
    await system.restore();
  }
  await deleteJob(await system.readerUrl(), trial.jobId);
  return `of ${options.kills} kills, ${hits.before} hit before the copy, ${hits.copying} during it, ${hits.whole} after it; a repair takes ${Math.round(repairMs)} ms`;
}

async function begin(system: RepairedSystem, options: KillOptions): Promise<Trial> {
  const { lines } = options;
  const url = await system.readerUrl();
  const { body } = await postJob(url, createUpload(lines));
  await waitForJob(url, body.id);
  const digests = { first: await digestOfResults(url, body.id), repaired: digestOfExpected(lines) };
  return { ...options, system, jobId: body.id, corrections: createCorrections(lines), digests };
}

/** Returns the milliseconds until the response. */
async function repairUnharmed(trial: Trial): Promise<number> {
  const { system, jobId, corrections, lines } = trial;
  const before = await system.countEvaluated(lines);
  const began = performance.now();
  const id = await repair(system.victimUrl(), jobId, corrections, 'unharmed');
  const repairMs = performance.now() - began;
  await checkRepaired(trial, await system.readerUrl(), id);
  const expected = before + countCorrected(lines);
  assert.equal(await system.countEvaluated(expected), expected, 'operations of corrected chunks are evaluated');
  return repairMs;
}

async function repairAndKill(trial: Trial, key: string, killMs: number): Promise<keyof Hits> {
  const { system, jobId, corrections, digests } = trial;
  const repairing = repair(system.victimUrl(), jobId, corrections, key).catch((error: unknown) => {
    // The connection breaks when the server dies; a wrong answer before that is a failure of its own.
    if (error instanceof assert.AssertionError) throw error;
  });
  const settled = Promise.allSettled([repairing]);
  await sleep(killMs);
  await system.kill();
  await settled;
  const halfAtKill = await system.findHalfCopies();
  const answered = await repairing;
  const url = await system.readerUrl();
  const before = await system.countEvaluated(0);
  const repaired = await listRepaired(url);
  // Asked for again: a store may still carry out the last command of the killed process, which makes the job whole.
  const half = await system.findHalfCopies();
  assert.ok(answered === undefined || repaired.includes(answered), `${key}: a job that was answered with 201 is there`);
  assert.ok(!repaired.some((id) => half.includes(id)), `${key}: a half copy is not shown`);
  for (const id of repaired) await checkRepaired(trial, url, id);
  // Chunks that were at an evaluator may be evaluated again; those without corrections never are.
  const evaluatedMax = 2 * countCorrected(trial.lines);
  assert.ok((await system.countEvaluated(0)) - before <= evaluatedMax, `${key}: only corrected chunks are evaluated`);
  assert.equal(await digestOfResults(url, jobId), digests.first, `${key}: the first job is as it was`);
  if (repaired.length > 0) return 'whole';
  return halfAtKill.length > 0 ? 'copying' : 'before';
}

async function checkRepaired({ lines, digests }: Trial, url: string, id: string): Promise<void> {
  const job = await waitForJob(url, id);
  assert.deepEqual([job.operations, job.succeeded, job.failed], [lines, lines, 0]);
  assert.equal(await digestOfResults(url, id), digests.repaired, 'the repaired job is right');
  await deleteJob(url, id);
}
