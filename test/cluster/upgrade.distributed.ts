/**
 * The release before this one and this one on the same brokers and store: instances are replaced one at a time under load, as
 * docs/upgrading.md says, and back, and in the order that it advises against. Each line of each job has exactly one right
 * outcome. CLUSTER_SEED chooses the jobs.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Application } from '../../deploy/local-stack/applications.ts';
import { root } from '../repository/files.ts';
import { restart, startCluster, type Cluster } from './cluster.ts';
import { previousCommit, installPreviousRelease, whyNoPreviousRelease } from './previous-release.ts';
import { checkJobsPatiently, deleteJobs, startUsers } from './users.ts';

const seed = Number(process.env['CLUSTER_SEED'] ?? 1);
/** Jobs that are accepted between two replacements, and while all is mixed. */
const jobsBetween = 2;

const skip = whyNoPreviousRelease() ?? false;

let cluster: Cluster;
let previous: string;
const checkouts = new Map<string, string>();
before(async () => {
  if (skip !== false) return;
  previous = await installPreviousRelease();
  cluster = await startCluster({ checkoutOf: (name) => checkouts.get(name) ?? previous });
});
after(async () => {
  if (skip === false) await cluster.stop();
});

type Side = 'clients' | 'servers';

interface Step {
  readonly to: 'previous' | 'present';
  /** In this order. */
  readonly sides: readonly Side[];
}

async function replace(application: Application, checkout: string): Promise<void> {
  checkouts.set(application.name, checkout);
  await application.stop();
  await restart(application);
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(application.pid)], { encoding: 'utf8' });
  assert.ok(stdout.includes(join(checkout, 'src')), `${application.name} runs ${stdout}`);
}

/** Replaces all applications of some sides, one at a time, while users are at work; then all that they were promised is right. */
async function underLoad(steps: readonly Step[]): Promise<{ readonly jobs: number; readonly refusals: number }> {
  const users = startUsers({ urls: cluster.urls, seed });
  try {
    await users.accept(5);
    for (const { to, sides } of steps) {
      for (const application of sides.flatMap((side) => cluster.applications[side])) {
        await replace(application, to === 'previous' ? previous : root);
        await users.accept(jobsBetween);
      }
    }
    await users.accept(5);
  } finally {
    await users.stop();
  }
  await checkJobsPatiently(cluster.urls, users.accepted);
  await deleteJobs(cluster.urls, users.accepted);
  assert.equal(users.breaks, 0, `a connection broke: ${users.lastBreak}`);
  return { jobs: users.accepted.length, refusals: users.refusals };
}

describe(`the release before this one (${previousCommit.slice(0, 7)}, CLUSTER_SEED=${seed})`, { skip }, () => {
  it('is replaced one at a time, workers first, and comes back, API nodes first', async (test) => {
    const report = await underLoad([
      { to: 'present', sides: ['servers', 'clients'] },
      { to: 'previous', sides: ['clients', 'servers'] },
    ]);
    test.diagnostic(JSON.stringify(report));
  });

  it('may even be replaced in the other order: API nodes of this release with workers of the one before', async (test) => {
    const report = await underLoad([
      { to: 'present', sides: ['clients'] },
      { to: 'previous', sides: ['clients'] },
    ]);
    test.diagnostic(JSON.stringify(report));
  });
});
