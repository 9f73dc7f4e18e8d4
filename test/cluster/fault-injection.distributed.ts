/**
 * Every part that can break in a cluster is broken under load, for real: each job with the response 201 comes to its
 * right end. CLUSTER_SEED chooses the jobs and the victims; it is printed with each case. CLUSTER_KILLS is how often
 * applications are killed, CLUSTER_BROKER_KILLS how many of the three brokers. CLUSTER_TIME_FACTOR is how many times longer
 * than on a quiet machine recovery may take: 1 demands the times that we promise.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Application } from '../../deploy/local-stack/applications.ts';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { startWireProxy, type WireProxy } from '../store/mongo/wire-proxy.ts';
import { createRandom } from '../simulation/world.ts';
import { restart, startCluster, type Cluster } from './cluster.ts';
import { waitForSettledGroups } from './groups.ts';
import { countDeadLetters, sendPoison, startDuplicator, unreadableCount } from './messages.ts';
import { startProbes, type ProbeReport } from './probes.ts';
import { checkJobs, deleteJobs, startUsers, type Users } from './users.ts';

const seed = Number(process.env['CLUSTER_SEED'] ?? 1);
const kills = Number(process.env['CLUSTER_KILLS'] ?? 12);
const killsAtOnce = 6;
const brokerKills = Number(process.env['CLUSTER_BROKER_KILLS'] ?? 3);
const timeFactor = Number(process.env['CLUSTER_TIME_FACTOR'] ?? 3);
const takeoverMsMax = 15_000 * timeFactor;
const silenceMsMax = 15_000 * timeFactor;
const delayMsMax = 30_000 * timeFactor;
const answerMsMax = 10_000 * timeFactor;
const recoveryMsMax = 15_000 * timeFactor;
const random = createRandom(seed);

let cluster: Cluster;
/** Between the applications and the store. */
let proxy: WireProxy;
before(async () => {
  cluster = await startCluster({
    async mongodbUri(store) {
      proxy = await startWireProxy(store.port);
      return `mongodb://127.0.0.1:${proxy.port}/mathmill?directConnection=true`;
    },
  });
});
// A case is about its own trouble: servers that an earlier failed case left down are restarted.
beforeEach(async () => {
  for (const server of [...cluster.kafka.brokers, cluster.store]) await server.start();
  await cluster.applications.start();
});
after(async () => {
  await showErrors();
  await cluster.stop();
  await proxy.close();
});

/** Prints the errors that the applications themselves logged, which explain most failures here. */
async function showErrors(): Promise<void> {
  for (const application of [...cluster.applications.clients, ...cluster.applications.servers]) {
    const entries = readLog(await application.output());
    for (const entry of entries) if (Number(entry['level']) >= 50) console.error(application.name, entry);
  }
}

function pick<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  assert.ok(item !== undefined);
  return item;
}

/** Users at work while `trouble` goes on; then every job for which they got a 201 must be right. */
async function underLoad(trouble: (users: Users) => Promise<void>): Promise<Users> {
  const users = startUsers({ urls: cluster.urls, seed: Math.floor(random() * 2 ** 31) });
  try {
    await users.accept(5);
    await trouble(users);
    // Work goes on after the trouble.
    await users.accept(5);
  } finally {
    await users.stop();
  }
  await checkJobs(cluster.urls, users.accepted);
  await deleteJobs(cluster.urls, users.accepted);
  return users;
}

describe(`trouble (CLUSTER_SEED=${seed})`, () => {
  it(`kill -9 of any application, ${kills} times`, async (test) => {
    // In rounds, whose jobs are checked and deleted: the slower the machine, the longer the kills take and the more jobs
    // there are, and the stand-in for MongoDB does not respond any more when there are too many.
    for (let killed = 0; killed < kills; killed += killsAtOnce) {
      const users = await underLoad(() => killSome(Math.min(killsAtOnce, kills - killed)));
      test.diagnostic(`${users.accepted.length} jobs, ${users.breaks} broken connections, ${users.refusals} refusals`);
    }
  });

  async function killSome(count: number): Promise<void> {
    for (let kill = 0; kill < count; kill += 1) {
      const victim = pick([...cluster.applications.clients, ...cluster.applications.servers]);
      await victim.kill();
      // Some victims stay down for a while, so that others must take over; some are back immediately.
      await sleep(random() < 0.3 ? 3_000 : 200);
      await restart(victim);
    }
  }

  it('a client-application that does not come back: another one takes its jobs over within 15 s', async (test) => {
    const [victim, ...survivors] = cluster.applications.clients;
    assert.ok(victim !== undefined);
    // Costly lines, no two in a row the same, so that the job is under way for long after its owner is gone.
    const line = `${'sin(1e50)^7 + '.repeat(20)}1`;
    const response = await fetch(`${victim.url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: `${line}\n${line} + 1\n`.repeat(30_000),
    });
    assert.equal(response.status, 201);
    const { id } = (await response.json()) as { id: string };
    await sleep(1_000);
    await victim.kill();
    const killedAt = Date.now();
    try {
      const takeover = await waitForLog(
        survivors,
        (entry) => entry['jobId'] === id && entry['msg'] === 'took over a job',
      );
      const tookMs = Date.parse(String(takeover['time'])) - killedAt;
      test.diagnostic(`taken over ${tookMs} ms after the kill`);
      assert.ok(tookMs < takeoverMsMax, `${tookMs} ms`);
      const job = await waitForJob(survivors[0]?.url ?? '', id);
      assert.deepEqual([job.status, job.succeeded], ['Completed', 60_000]);
    } finally {
      await restart(victim);
    }
  });
});

describe(`trouble with brokers (CLUSTER_SEED=${seed})`, () => {
  /** The report of probes during trouble with the brokers, and for a while before and after. */
  async function probed(trouble: () => Promise<void>): Promise<ProbeReport> {
    // A report is about its own trouble, not about the aftermath of the case before.
    await waitForSettledGroups(cluster.kafka.bootstrap);
    const probes = startProbes(cluster.urls);
    await sleep(2_000);
    await trouble();
    await sleep(5_000);
    return probes.stop();
  }

  async function expectShortSilence(test: TestContext, trouble: () => Promise<void>): Promise<void> {
    await underLoad(async () => {
      const report = await probed(trouble);
      test.diagnostic(JSON.stringify(report));
      assert.ok(report.longestSilenceMs < silenceMsMax, `silence: ${report.longestSilenceMs} ms`);
      assert.ok(report.slowestMs < delayMsMax, `the slowest job: ${report.slowestMs} ms`);
    });
  }

  for (const index of [0, 1, 2].slice(0, brokerKills)) {
    it(`broker ${index + 1} is killed and comes back`, async (test) => {
      const broker = cluster.kafka.brokers[index];
      assert.ok(broker !== undefined);
      await expectShortSilence(test, async () => {
        await broker.kill();
        await sleep(20_000);
        await broker.start();
      });
    });
  }

  it('a broker hangs for 20 s', async (test) => {
    const broker = pick(cluster.kafka.brokers);
    await expectShortSilence(test, async () => {
      broker.pause();
      await sleep(20_000);
      broker.resume();
    });
  });

  it('a broker is killed while partitions change hands, as a client-application has come back', async (test) => {
    const [broker, client] = [pick(cluster.kafka.brokers), pick(cluster.applications.clients)];
    await expectShortSilence(test, async () => {
      await client.kill();
      // Longer than its session in the group lasts.
      await sleep(11_000);
      await restart(client);
      await sleep(2_000);
      await broker.kill();
      await sleep(20_000);
      await broker.start();
    });
  });

  it('two brokers are down: uploads are accepted or refused in time, and all completes after they return', async (test) => {
    const [first, second] = cluster.kafka.brokers;
    assert.ok(first !== undefined && second !== undefined);
    const users = await underLoad(async () => {
      await Promise.all([first.kill(), second.kill()]);
      await sleep(20_000);
      await Promise.all([first.start(), second.start()]);
    });
    test.diagnostic(
      `${users.accepted.length} jobs, ${users.refusals} refusals, slowest answer ${users.slowestMs} ms (${users.slowest})`,
    );
    assert.ok(users.slowestMs < answerMsMax, `an answer took ${users.slowestMs} ms (${users.slowest})`);
    assert.equal(users.breaks, 0);
  });

  it('both topics are emptied while jobs run', async () => {
    await underLoad(async (users) => {
      for (let round = 0; round < 5; round += 1) {
        await users.accept(3);
        await cluster.kafka.truncateTopics();
      }
    });
  });

  it('every message is delivered twice', async (test) => {
    const duplicator = await startDuplicator(cluster.kafka.bootstrap);
    try {
      await underLoad((users) => users.accept(30));
    } finally {
      const copies = await duplicator.stop();
      test.diagnostic(`${copies} messages were sent once more`);
      assert.ok(copies > 100, `only ${copies} messages were sent once more`);
    }
  });

  it('messages that nobody can read are set aside and counted, and hold nobody up', async (test) => {
    const before = await countDeadLetters(cluster.kafka.bootstrap);
    const users = await underLoad(async () => {
      const gone = await createGoneJob();
      await sendPoison(cluster.kafka.bootstrap, gone);
    });
    assert.equal(users.breaks + users.refusals, 0);
    let letters = 0;
    while (letters < unreadableCount) letters = (await countDeadLetters(cluster.kafka.bootstrap)) - before;
    test.diagnostic(`${letters} dead letters`);
    assert.equal(letters, unreadableCount);
  });

  /** A job that existed once. */
  async function createGoneJob(): Promise<string> {
    const { body } = await postJob(cluster.urls[0] ?? '', '1 + 1\n'.repeat(1_000));
    await waitForJob(cluster.urls[0] ?? '', body.id);
    await fetch(`${cluster.urls[0]}/api/jobs/${body.id}`, { method: 'DELETE' });
    return body.id;
  }
});

describe(`trouble with the store (CLUSTER_SEED=${seed})`, () => {
  async function readReadiness(url: string): Promise<{ readonly status: number; readonly failing: readonly string[] }> {
    const response = await fetch(`${url}/health/ready`);
    const { failing } = (await response.json()) as { failing: readonly string[] };
    return { status: response.status, failing };
  }

  it('it is killed and comes back: readiness says so, uploads are refused in time, work goes on within 15 s', async (test) => {
    const users = await underLoad(async (users) => {
      await cluster.store.kill();
      await sleep(4_000);
      for (const url of cluster.urls) assert.deepEqual(await readReadiness(url), { status: 503, failing: ['store'] });
      await cluster.store.start();
      const backAt = performance.now();
      await users.accept(1);
      while ((await Promise.all(cluster.urls.map(readReadiness))).some(({ status }) => status !== 200)) await sleep(50);
      const recoveryMs = Math.round(performance.now() - backAt);
      test.diagnostic(`ready and accepting ${recoveryMs} ms after the store was back`);
      assert.ok(recoveryMs < recoveryMsMax, `${recoveryMs} ms`);
    });
    test.diagnostic(`${users.refusals} refusals, slowest answer ${users.slowestMs} ms (${users.slowest})`);
    assert.ok(users.refusals > 0);
    assert.equal(users.breaks, 0);
  });
});

describe(`trouble with connections to the store (CLUSTER_SEED=${seed})`, () => {
  it('they are cut again and again, and fall silent for a while', async (test) => {
    const users = await underLoad(async (users) => {
      for (let round = 0; round < 10; round += 1) {
        await users.accept(2);
        proxy.resetAll();
      }
      proxy.hold();
      await sleep(3_000);
      proxy.release();
    });
    test.diagnostic(
      `${users.accepted.length} jobs, ${users.refusals} refusals, slowest answer ${users.slowestMs} ms (${users.slowest})`,
    );
    assert.equal(users.breaks, 0);
  });
});

describe('a rolling restart', () => {
  it('of all six applications loses nothing and fails no request', async (test) => {
    const users = await underLoad(async (users) => {
      for (const application of [...cluster.applications.clients, ...cluster.applications.servers]) {
        await application.stop();
        await restart(application);
        await users.accept(2);
      }
    });
    test.diagnostic(`${users.accepted.length} jobs, ${users.absences} absences, ${users.refusals} refusals`);
    assert.equal(users.breaks, 0);
  });
});

type LogEntry = Readonly<Record<string, unknown>>;

function readLog(output: string): LogEntry[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LogEntry);
}

/** Waits until one of the applications has logged such a line. */
async function waitForLog(
  applications: readonly Application[],
  isWanted: (entry: LogEntry) => boolean,
): Promise<LogEntry> {
  for (;;) {
    for (const application of applications) {
      const found = readLog(await application.output()).find(isWanted);
      if (found !== undefined) return found;
    }
    await sleep(50);
  }
}
