import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Scenario } from './scenario.ts';

/**
 * SIMULATION_SEEDS: how many histories; SIMULATION_SEED: only this one, to look at a failure again.
 * The seeds are fixed, so a failure is a fault of the change that made it.
 */
const seeds = Number(process.env['SIMULATION_SEEDS'] ?? 1_000);
const onlySeed = process.env['SIMULATION_SEED'];

it('whatever dies, repeats, gets lost or jumps, every accepted line ends with exactly its outcome', async () => {
  let accepted = 0;
  let crashes = 0;
  let upgradedJobs = 0;
  const wanted = onlySeed === undefined ? Array.from({ length: seeds }, (_, index) => index + 1) : [Number(onlySeed)];
  for (const seed of wanted) {
    try {
      const summary = await new Scenario(seed).run();
      accepted += summary.accepted;
      crashes += summary.crashes;
      upgradedJobs += summary.upgradedJobs;
    } catch (error) {
      throw new Error(`the history of SIMULATION_SEED=${seed} went wrong`, { cause: error });
    }
  }
  assert.ok(accepted >= wanted.length, `the users got ${accepted} jobs accepted in ${wanted.length} histories`);
  if (onlySeed === undefined) assert.ok(upgradedJobs > 0, 'no job ran through an upgrade');
  if (onlySeed === undefined) assert.ok(crashes >= wanted.length, `only ${crashes} crashes: the world is too calm`);
});
