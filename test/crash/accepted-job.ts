/** Jobs whose answers the test knows beforehand, and the check of what became of them. */
import assert from 'node:assert/strict';
import { readResults, waitForJob } from '../e2e/server-process.ts';

/** An operation and what it must give, worked out here and not by the engine under test. */
interface Line {
  readonly request: string;
  readonly result: string;
}

/** A job that was answered with 201. */
export interface AcceptedJob {
  readonly id: string;
  readonly lines: readonly Line[];
  isCancelAsked: boolean;
  isDeleteAsked: boolean;
}

/** A small job as a rule, now and then one of some dozens of chunks. */
export function createLines(random: () => number): readonly Line[] {
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const createLine = (): Line => {
    const [a, b, c] = [between(0, 999), between(0, 99), between(1, 99)];
    if (random() < 0.02) return { request: `${a} / 0`, result: 'ERROR DIV0' };
    if (random() < 0.02) return { request: `${a} +`, result: 'ERROR SYNTAX' };
    return { request: `${a} + ${b} * ${c}`, result: String(a + b * c) };
  };
  return Array.from({ length: between(0, 3) === 0 ? between(2_000, 30_000) : between(1, 600) }, createLine);
}

/** Waits for the job and compares every outcome with what was worked out here; the counters must equal a recount. */
export async function checkJob(url: string, job: AcceptedJob): Promise<void> {
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
