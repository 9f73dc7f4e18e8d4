/**
 * kill -9 at random moments of repairs on the same data folder.
 *
 * CRASH_ROUNDS: how many kills. CRASH_SEED: the seed that chooses the moments. CRASH_REPAIR_LINES: lines of the job.
 */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { killRepairs, type RepairedSystem } from './repair-kills.ts';

const kills = Number(process.env['CRASH_ROUNDS'] ?? 4);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const lines = Number(process.env['CRASH_REPAIR_LINES'] ?? 1_000_000);

function query(dataDirectory: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new DatabaseSync(join(dataDirectory, 'mathmill.db'), { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

function countRows(dataDirectory: string, table: string): number {
  return Number(query(dataDirectory, `SELECT count(*) AS count FROM ${table}`)[0]?.['count']);
}

/** Waits until half copies are removed, with everything that was theirs. */
async function waitUntilNothingIsLeft(dataDirectory: string): Promise<void> {
  while (countRows(dataDirectory, 'job') !== 0) await sleep(50);
  for (const table of ['chunk', 'chunk_text', 'outcome', 'outcome_text'])
    assert.equal(countRows(dataDirectory, table), 0, table);
}

/** Operations that the process has evaluated. */
async function readEvaluated(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = Array.from(text.matchAll(/^mathmill_operations_evaluated_total\{.*\} (\d+)/gm), ([, value]) => value);
  return values.reduce((sum, value) => sum + Number(value), 0);
}

it(`repairs ${lines} lines whole or not at all through ${kills} kills (CRASH_SEED=${seed})`, async (context) => {
  const data = createDataDirectory();
  let server: ServerProcess = await startServer(data.path);
  let isKilled = false;
  const system: RepairedSystem = {
    victimUrl: () => server.url,
    async kill() {
      await server.kill();
      isKilled = true;
    },
    findHalfCopies: async () =>
      query(data.path, `SELECT id FROM job WHERE state = 'Receiving'`).map(({ id }) => String(id)),
    async readerUrl() {
      if (isKilled) server = await startServer(data.path);
      isKilled = false;
      return server.url;
    },
    restore: async () => {},
    countEvaluated: () => readEvaluated(server.url),
  };
  try {
    context.diagnostic(await killRepairs(system, { kills, lines, seed }));
    await waitUntilNothingIsLeft(data.path);
    assert.equal(await server.stop(), 0);
  } finally {
    await server.kill();
    data.remove();
  }
});
