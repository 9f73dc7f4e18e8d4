/**
 * Recovery from the loss of a whole part of a cluster, as docs/disaster-recovery.md describes it: Kafka is replaced by a new
 * cluster under running applications, and the store by the content of its backup. CLUSTER_SEED chooses the jobs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Document } from 'mongodb';
import { withAdmin } from '../../deploy/local-stack/kafka-topics.ts';
import { runMathmill } from '../cli/mathmill.ts';
import type { AcceptedJob } from '../crash/accepted-job.ts';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { withDb } from '../store/mongo/harness.ts';
import { restart, startCluster, type Cluster } from './cluster.ts';
import { checkJobsPatiently, startUsers } from './users.ts';

const seed = Number(process.env['CLUSTER_SEED'] ?? 1);

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ clients: 2, servers: 2 });
});
after(async () => {
  await cluster.stop();
});

/** Costly lines, no two in a row the same: such a job is in progress for as long as a disaster takes. */
const costlyLine = `${'sin(1e50)^7 + '.repeat(20)}1`;
const longJobLines = 20_000;
const longJob = `${costlyLine}\n${costlyLine} + 1\n`.repeat(longJobLines / 2);

/** Retries after a 503, as users do. */
async function submitLongJob(url: string): Promise<string> {
  for (;;) {
    const { status, body } = await postJob(url, longJob);
    if (status === 201) return body.id;
    assert.equal(status, 503);
    await sleep(1_000);
  }
}

/** Retries, as init-topics.sh does, while the new brokers have too much to do. */
async function createTopics(): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await cluster.kafka.createTopics();
    } catch (error) {
      if (attempt === topicAttemptsMax) throw error;
    }
  }
}

const topicAttemptsMax = 5;
/** Few: a dump is read whole, and the jobs of users wait while Kafka is lost. */
const usersAtWork = 2;

async function readCompleted(url: string, id: string): Promise<number> {
  const response = await fetch(`${url}/api/jobs/${id}`);
  return ((await response.json()) as { completed: number }).completed;
}

async function readClusterId(): Promise<string | undefined> {
  return withAdmin({ bootstrapBrokers: cluster.kafka.bootstrap.split(',') }, async (admin) => {
    const { id } = await admin.metadata({ topics: [], forceUpdate: true });
    return id;
  });
}

describe(`the loss of the whole Kafka cluster (CLUSTER_SEED=${seed})`, () => {
  it('costs no job: a new cluster, and the topics in it, are all that the running applications need', async (test) => {
    const [url = ''] = cluster.urls;
    const users = startUsers({ urls: cluster.urls, seed, count: usersAtWork });
    let longId = '';
    try {
      longId = await submitLongJob(url);
      await users.accept(5);
      const former = await readClusterId();
      const completed = await readCompleted(url, longId);
      assert.ok(completed < longJobLines, 'nothing was in progress when Kafka was lost');

      await cluster.kafka.loseEverything();
      // Jobs are accepted meanwhile: the store has them.
      await users.accept(5);
      const lostAt = performance.now();
      await cluster.kafka.start();
      // As an operator who makes the topics only when the brokers are there.
      await sleep(5_000);
      await createTopics();
      const backAt = performance.now();
      assert.notEqual(await readClusterId(), former);

      while ((await readCompleted(url, longId)) <= completed) await sleep(100);
      test.diagnostic(`brokers and topics were back after ${Math.round(backAt - lostAt)} ms`);
      test.diagnostic(`the job in progress continued ${Math.round(performance.now() - backAt)} ms later`);
      await users.accept(5);
    } finally {
      await users.stop();
    }
    await checkJobsPatiently(cluster.urls, users.accepted);
    const job = await waitForJob(url, longId);
    assert.deepEqual([job.status, job.succeeded], ['Completed', longJobLines]);
    test.diagnostic(
      `${users.accepted.length + 1} jobs, ${users.refusals} refusals, ${users.breaks} broken connections`,
    );
    await expectAllComplete();
  });
});

/** The content of a backup of the database. */
type Dump = ReadonlyMap<string, readonly Document[]>;

/**
 * Reads the collections while applications write them, in an order that makes a dump of one moment, as `mongodump --oplog` does:
 * the record of a job comes first, because all that it counts was there before it. A job that was deleted since may lack
 * chunks by then, so it is left out, as the oplog would.
 */
async function dump(uri: string): Promise<Dump> {
  return withDb(uri, async (db) => {
    const read = (name: string): Promise<Document[]> => db.collection(name).find().toArray();
    const jobs = await read('jobs');
    const collections = new Map<string, readonly Document[]>();
    for (const name of ['metadata', 'keys', 'chunks', 'outcomes']) collections.set(name, await read(name));
    const later = await db
      .collection('jobs')
      .find({ state: { $ne: 'Deleting' } }, { projection: { _id: 1 } })
      .toArray();
    const kept = new Set(later.map(({ _id }) => String(_id)));
    return collections.set(
      'jobs',
      jobs.filter(({ _id }) => kept.has(String(_id))),
    );
  });
}

/** Replaces the database, whatever its content, by a dump. */
async function restore(uri: string, collections: Dump): Promise<void> {
  await withDb(uri, async (db) => {
    await db.dropDatabase();
    for (const [name, documents] of collections) {
      for (let from = 0; from < documents.length; from += 32) {
        await db.collection(name).insertMany(documents.slice(from, from + 32));
      }
    }
  });
}

interface CheckReport {
  readonly complete: number;
  readonly unfinished: number;
  readonly incomplete: number;
}

async function checkStore(): Promise<CheckReport> {
  const ended = await runMathmill(['check', '--json'], { environment: { MONGODB_URI: cluster.store.uri } });
  assert.ok(ended.code === 0, `${ended.stdout}\n${ended.stderr}`);
  return JSON.parse(ended.stdout) as CheckReport;
}

async function expectAllComplete(): Promise<void> {
  const { unfinished, incomplete } = await checkStore();
  assert.deepEqual({ unfinished, incomplete }, { unfinished: 0, incomplete: 0 });
}

describe(`the loss of the store (CLUSTER_SEED=${seed})`, () => {
  it('costs what came after the backup: each job of a dump under load is complete or continues', async (test) => {
    const [url = ''] = cluster.urls;
    const users = startUsers({ urls: cluster.urls, seed: seed + 1, count: usersAtWork });
    let longId = '';
    let saved: Dump = new Map();
    try {
      longId = await submitLongJob(url);
      await users.accept(10);
      saved = await dump(cluster.store.uri);
      await users.accept(5);
    } finally {
      await users.stop();
    }

    for (const client of cluster.applications.clients) await client.stop();
    const lostAt = performance.now();
    await restore(cluster.store.uri, saved);
    const { complete, unfinished } = await checkStore();
    test.diagnostic(`restored: ${complete} jobs complete, ${unfinished} in progress`);
    assert.ok(unfinished >= 1, 'no job was in progress in the dump');
    for (const client of cluster.applications.clients) await restart(client);
    test.diagnostic(`restored, checked and started after ${Math.round(performance.now() - lostAt)} ms`);

    const restored = new Set(saved.get('jobs')?.map(({ _id }) => String(_id)));
    const isSaved = ({ id }: AcceptedJob): boolean => restored.has(id);
    // A job that a user deleted after the dump is there again: its deletion is not required here.
    await checkJobsPatiently(cluster.urls, users.accepted.filter(isSaved));
    const lost = users.accepted.filter((job) => !isSaved(job) && !job.isDeleteAsked);
    assert.ok(lost.length > 0);
    for (const { id } of lost) assert.equal((await fetch(`${url}/api/jobs/${id}`)).status, 404);
    const job = await waitForJob(url, longId);
    assert.deepEqual([job.status, job.succeeded], ['Completed', longJobLines]);
    await expectAllComplete();
  });
});
