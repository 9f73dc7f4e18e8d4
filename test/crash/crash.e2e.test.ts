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
import { createDataDirectory, postJob, readResults, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { createRandom } from '../simulation/world.ts';
import { checkJob, createLines, type AcceptedJob } from './accepted-job.ts';
import { checkTable, createRows, tableQuery, toFile, type AcceptedTable } from './accepted-table.ts';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 4);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const uploaders = 3;
const killedAfterMsMax = 1_500;
/** Of the jobs. */
const tableShare = 0.4;

const random = createRandom(seed);

type Accepted = AcceptedJob | AcceptedTable;

async function submitLines(url: string): Promise<AcceptedJob> {
  const lines = createLines(random);
  const answer = await postJob(url, lines.map(({ request }) => request).join('\n'));
  assert.equal(answer.status, 201);
  return { id: answer.body.id, lines, isCancelAsked: false, isDeleteAsked: false };
}

async function submitTable(url: string): Promise<AcceptedTable> {
  const rows = createRows(random);
  const headers = { 'content-type': 'text/csv' };
  const response = await fetch(`${url}/api/jobs?${tableQuery}`, { method: 'POST', headers, body: toFile(rows) });
  assert.equal(response.status, 201);
  const { id } = (await response.json()) as { readonly id: string };
  return { id, rows, isCancelAsked: false, isDeleteAsked: false };
}

/** One user: uploads, looks at results, cancels and deletes until the server dies. */
async function useServer(url: string, accepted: Accepted[]): Promise<void> {
  for (;;) {
    const job = random() < tableShare ? await submitTable(url) : await submitLines(url);
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
  await sleep(20 + random() * killedAfterMsMax);
  await server.kill();
  for (const user of await settled) {
    // Connections break when the server dies; a wrong answer before that is a failure of its own.
    if (user.status === 'rejected' && user.reason instanceof assert.AssertionError) throw user.reason;
  }
  return accepted;
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
    const tables = ['chunk', 'chunk_text', 'outcome', 'outcome_text', 'outcome_totals', 'table_definition'];
    for (const table of tables) assert.equal(count(table), 0, table);
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
  let acceptedTables = 0;
  let server = await startServer(data.path);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const jobs = await loadAndKill(server);
      checkIntegrity(data.path);
      server = await startServer(data.path);
      for (const job of jobs) await ('rows' in job ? checkTable(server.url, job) : checkJob(server.url, job));
      await deleteJobs(server.url);
      accepted += jobs.length;
      acceptedTables += jobs.filter((job) => 'rows' in job).length;
    }
    assert.ok(accepted >= rounds, `only ${accepted} jobs were accepted in ${rounds} rounds`);
    await waitUntilNothingIsLeft(data.path);
    assert.equal(await server.stop(), 0);
    checkIntegrity(data.path);
    console.log(
      `${accepted} jobs accepted in ${rounds} rounds, ${acceptedTables} of them tables, all complete and right`,
    );
  } finally {
    await server.kill();
    data.remove();
  }
});
