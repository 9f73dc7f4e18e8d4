/**
 * kill -9 at a random moment under load (uploads, evaluation, results, cancellations, deletions), again and again on the
 * same data folder. After each restart everything that was answered with 201 is there and comes to its right end.
 *
 * CRASH_ROUNDS: how many kills. CRASH_SEED: the seed that chooses jobs and moments; it is printed on failure (the
 * moments are real time, so a seed repeats the load, not the exact history).
 */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createDataDirectory,
  postJob,
  readResults,
  startServer,
  waitForJob,
  type ServerProcess,
} from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 4);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const uploaders = 3;
const killedAfterMsMax = 1_500;

interface Accepted {
  readonly id: string;
  readonly lines: readonly Line[];
  isCancelAsked: boolean;
  isDeleteAsked: boolean;
}

interface Line {
  readonly request: string;
  readonly result: string;
}

const random = createRandom(seed);
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));

/** An operation and what it must give, worked out here and not by the engine under test. */
function createLine(): Line {
  const [a, b, c] = [between(0, 999), between(0, 99), between(1, 99)];
  if (random() < 0.02) return { request: `${a} / 0`, result: 'ERROR DIV0' };
  if (random() < 0.02) return { request: `${a} +`, result: 'ERROR SYNTAX' };
  return { request: `${a} + ${b} * ${c}`, result: String(a + b * c) };
}

/** One user: uploads, looks at results, cancels and deletes until the server dies. */
async function useServer(url: string, accepted: Accepted[]): Promise<void> {
  for (;;) {
    const lines = Array.from({ length: between(0, 3) === 0 ? between(2_000, 30_000) : between(1, 600) }, createLine);
    const answer = await postJob(url, lines.map(({ request }) => request).join('\n'));
    assert.equal(answer.status, 201);
    const job: Accepted = { id: answer.body.id, lines, isCancelAsked: false, isDeleteAsked: false };
    accepted.push(job);
    const choice = random();
    if (choice < 0.15) {
      job.isCancelAsked = true;
      await fetch(`${url}/api/jobs/${job.id}/cancel`, { method: 'POST' });
    } else if (choice < 0.3) {
      job.isDeleteAsked = true;
      await fetch(`${url}/api/jobs/${job.id}`, { method: 'DELETE' });
    } else if (choice < 0.6) {
      await readResults(url, job.id, '&follow=true');
    }
  }
}

async function loadAndKill(server: ServerProcess): Promise<readonly Accepted[]> {
  const accepted: Accepted[] = [];
  const users = Array.from({ length: uploaders }, () => useServer(server.url, accepted));
  const settled = Promise.allSettled(users);
  await sleep(between(20, killedAfterMsMax));
  await server.kill();
  for (const user of await settled) {
    // Connections break when the server dies; a wrong answer before that is a failure of its own.
    if (user.status === 'rejected' && user.reason instanceof assert.AssertionError) throw user.reason;
  }
  return accepted;
}

async function checkJob(url: string, job: Accepted): Promise<void> {
  const known = await fetch(`${url}/api/jobs/${job.id}`);
  await known.body?.cancel();
  if (job.isDeleteAsked && known.status === 404) return;
  assert.equal(known.status, 200, `the accepted job ${job.id} is there`);
  const view = await waitForJob(url, job.id);
  const outcomes = (await readResults(url, job.id)).trimEnd().split('\n');
  assert.equal(outcomes.length, job.lines.length);
  const counted = { succeeded: 0, failed: 0, cancelled: 0 };
  for (const [index, outcome] of outcomes.entries()) {
    const expected = job.lines[index]?.result ?? '';
    if (outcome.startsWith('ERROR CANCELLED')) {
      assert.ok(job.isCancelAsked, 'only a cancelled job has cancelled lines');
      counted.cancelled += 1;
    } else if (expected.startsWith('ERROR')) {
      assert.ok(outcome.startsWith(`${expected}:`), `line ${index + 1}: ${outcome}`);
      counted.failed += 1;
    } else {
      assert.equal(outcome, expected, `line ${index + 1}: ${job.lines[index]?.request}`);
      counted.succeeded += 1;
    }
  }
  const { succeeded, failed, cancelled, completed, operations } = view;
  assert.deepEqual({ succeeded, failed, cancelled }, counted, 'the counters equal a recount');
  assert.deepEqual({ completed, operations }, { completed: job.lines.length, operations: job.lines.length });
}

/** Opens the store as the dead server left it. */
function checkIntegrity(dataDirectory: string): void {
  const database = new DatabaseSync(join(dataDirectory, 'mathmill.db'));
  try {
    assert.deepEqual(database.prepare('PRAGMA integrity_check').all().map(Object.values), [['ok']]);
  } finally {
    database.close();
  }
}

/** Waits until the deleted jobs are gone from the disk, and with them everything that was theirs. */
async function waitUntilNothingIsLeft(dataDirectory: string): Promise<void> {
  const database = new DatabaseSync(join(dataDirectory, 'mathmill.db'), { readOnly: true });
  const count = (table: string) => Object.values(database.prepare(`SELECT count(*) FROM ${table}`).get() ?? {})[0];
  try {
    while (count('job') !== 0) await sleep(20);
    for (const table of ['chunk', 'chunk_text', 'outcome', 'outcome_text']) assert.equal(count(table), 0, table);
  } finally {
    database.close();
  }
}

async function deleteJobs(url: string): Promise<void> {
  for (;;) {
    const { items } = (await (await fetch(`${url}/api/jobs?size=100`)).json()) as { items: { id: string }[] };
    if (items.length === 0) return;
    for (const { id } of items) {
      const response = await fetch(`${url}/api/jobs/${id}`, { method: 'DELETE' });
      assert.equal(response.status, 204);
    }
  }
}

it(`survives ${rounds} kills at random moments under load (CRASH_SEED=${seed})`, async () => {
  const data = createDataDirectory();
  let accepted = 0;
  let server = await startServer(data.path);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const jobs = await loadAndKill(server);
      checkIntegrity(data.path);
      server = await startServer(data.path);
      for (const job of jobs) await checkJob(server.url, job);
      await deleteJobs(server.url);
      accepted += jobs.length;
    }
    assert.ok(accepted >= rounds, `only ${accepted} jobs were accepted in ${rounds} rounds`);
    await waitUntilNothingIsLeft(data.path);
    assert.equal(await server.stop(), 0);
    checkIntegrity(data.path);
    console.log(`${accepted} jobs accepted in ${rounds} rounds, all complete and right`);
  } finally {
    await server.kill();
    data.remove();
  }
});
