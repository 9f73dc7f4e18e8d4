import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn, setInterval } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { EvaluatorStopped } from '../../src/engine/index.ts';
import { evaluateChunk } from '../../src/evaluator-pool/evaluate-chunk.ts';
import { createEvaluatorPool } from '../../src/evaluator-pool/index.ts';
import { createLineEvaluator } from '../../src/expression/index.ts';
import {
  condemnedIn,
  faultyEvaluator,
  kindsOf,
  outcomesOf,
  requestOf,
  shownOutcomes,
  withPool,
} from './pool-fixture.ts';

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('evaluation on threads', () => {
  it('gives each line its outcome in order, and counts them', async () => {
    await withPool({ threads: 2, evaluatorModule: undefined }, async ({ pool }) => {
      const outcomes = await pool.evaluate(requestOf(['1 + 2', '2 *', '0.1 + 0.2', '1 / 0', '']));
      assert.deepEqual(shownOutcomes(outcomes), ['3', '!SYNTAX', '0.3', '!DIV0', '!EMPTY']);
      assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cancelled], [2, 3, 0]);
    });
  });

  it('gives the very bytes of the plain loop, for many chunks of several jobs and modes at once', async () => {
    await withPool({ threads: 2, evaluatorModule: undefined }, async ({ pool }) => {
      const modes = ['decimal', 'float64'] as const;
      const requests = Array.from({ length: 200 }, (_, index) =>
        requestOf(
          Array.from({ length: 1 + (index % 7) * 60 }, (_, line) => `${index} * ${line} + 1 / ${line % 5}`),
          { jobId: `job ${index % 5}`, firstLine: 1 + index * 512, mode: modes[index % 2] ?? 'decimal' },
        ),
      );
      const outcomes = await Promise.all(requests.map((request) => outcomesOf(pool.evaluate(request))));
      for (const [index, request] of requests.entries()) {
        const mode = modes[index % 2] ?? 'decimal';
        assert.deepEqual(outcomes[index], evaluateChunk(request, createLineEvaluator({ mode, precision: 34 })));
      }
    });
  });

  it('passes mode and precision on', async () => {
    await withPool({}, async ({ pool }) => {
      const outcomes = await pool.evaluate(requestOf(['settings'], { mode: 'rational', precision: 7 }));
      assert.deepEqual(shownOutcomes(outcomes), ['rational 7']);
    });
  });

  it('leaves the text of the request whole, and answers in memory of its own', async () => {
    await withPool({}, async ({ pool }) => {
      const whole = requestOf(['x', 'a', 'b', 'y']).text;
      const request = requestOf(['a', 'b'], { text: whole.subarray(2, 6) });
      const outcomes = await pool.evaluate(request);
      assert.deepEqual(shownOutcomes(outcomes), ['[a]', '[b]']);
      assert.equal(Buffer.from(request.text).toString(), 'a\nb\n');
      assert.equal(outcomes.text.buffer.byteLength, outcomes.text.length);
    });
  });

  it('gives lines with a fault that fault, also when the chunk is taken in many slices', async () => {
    const faults = [
      { line: 1003, code: 'ENCODING', message: 'not UTF-8', column: 2, endColumn: 3 },
      { line: 1020, code: 'TOO_LONG', message: 'too long', column: 0, endColumn: 0 },
    ] as const;
    await withPool({ sliceMs: 1 }, async ({ pool }) => {
      const lines = numbered('spin ', 20);
      const shown = shownOutcomes(await pool.evaluate(requestOf(lines, { firstLine: 1001, faults })));
      const expected = lines.map((line) => `[${line}]`);
      expected[2] = '!ENCODING';
      expected[19] = '!TOO_LONG';
      assert.deepEqual(shown, expected);
    });
  });

  it('spends the budget of a chunk over all its slices', async () => {
    await withPool({ sliceMs: 1 }, async ({ pool }) => {
      const outcomes = await pool.evaluate(requestOf(numbered('spin ', 30), { costMax: 20 }));
      const codes = shownOutcomes(outcomes);
      assert.deepEqual(codes.slice(20), Array(10).fill('!BUDGET'));
      assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cost], [20, 10, 20]);
    });
  });

  it('gives the same bytes in slices as at a stretch', async () => {
    const lines = numbered('spin ', 40).map((line, index) => (index % 9 === 4 ? 'bad' : line));
    const texts: string[] = [];
    for (const sliceMs of [1, 60_000]) {
      await withPool({ sliceMs }, async ({ pool }) => {
        const outcomes = await pool.evaluate(requestOf(lines));
        texts.push(Buffer.from(outcomes.text).toString());
        assert.deepEqual([outcomes.succeeded, outcomes.failed, outcomes.cost], [36, 4, 40]);
      });
    }
    assert.equal(texts[0], texts[1]);
  });

  it('refuses an empty chunk, a text without its last line end and a mode that does not exist', async () => {
    await withPool({}, async ({ pool }) => {
      await assert.rejects(pool.evaluate(requestOf([])), /a chunk has lines/);
      await assert.rejects(pool.evaluate(requestOf(['a'], { text: Buffer.from('a') })), /ends with LF/);
      await assert.rejects(pool.evaluate(requestOf(['a'], { mode: 'octal' })), /number mode/);
      await assert.rejects(pool.evaluate(requestOf(['a'], { precision: 0 })), /precision/);
    });
  });
});

describe('fairness', () => {
  it('completes a small chunk while large costly ones of another job are under way', async () => {
    await withPool({}, async ({ pool }) => {
      const completed: string[] = [];
      const costly = [0, 1].map((index) =>
        pool
          .evaluate(requestOf(numbered('spin ', 512), { jobId: 'costly', firstLine: 1 + index * 512 }))
          .then(() => completed.push('costly')),
      );
      // The rest of the costly chunks, several seconds of work, is not waited for.
      const stopped = costly.map((evaluation) => assert.rejects(evaluation, EvaluatorStopped));
      for (const round of [1, 2, 3]) {
        await pool.evaluate(requestOf(numbered('', 10), { jobId: `small ${round}` }));
        completed.push('small');
      }
      assert.deepEqual(completed, ['small', 'small', 'small']);
      await Promise.all([...stopped, pool.stop()]);
    });
  });
});

describe('order within a job', () => {
  it('is that of the lines: a chunk that takes many slices is finished before the next is begun', async () => {
    await withPool({ sliceMs: 5 }, async ({ pool }) => {
      const completed: number[] = [];
      await Promise.all(
        [40, 1, 10].map((count, index) =>
          pool
            .evaluate(requestOf(numbered('spin ', count), { firstLine: 1 + index * 512 }))
            .then(() => completed.push(index)),
        ),
      );
      assert.deepEqual(completed, [0, 1, 2]);
    });
  });
});

describe('lines that stop their thread', () => {
  it('gives a line that hangs TIMEOUT and its neighbours their results, none evaluated more than twice', async () => {
    await withPool({ threads: 2 }, async ({ pool, events, directory, fileSizes }) => {
      const lines = numbered(`count ${join(directory, 'line-')}`, 40);
      const expected = numbered('[count line-', 40).map((text) => `${text}]`);
      for (const index of [0, 17, 18, 39]) {
        lines[index] = 'hang';
        expected[index] = '!TIMEOUT';
      }
      const [hostile, neighbour] = await Promise.all([
        pool.evaluate(requestOf(lines)),
        pool.evaluate(requestOf(numbered('', 100), { jobId: 'other' })),
      ]);
      assert.deepEqual(shownOutcomes(hostile), expected);
      assert.deepEqual([hostile.succeeded, hostile.failed], [36, 4]);
      assert.equal(neighbour.succeeded, 100);
      assert.deepEqual(
        condemnedIn(events).map(({ code, line }) => [code, line]),
        [1, 18, 19, 40].map((line) => ['TIMEOUT', line]),
      );
      const sizes = await fileSizes();
      assert.equal(sizes.size, 36);
      assert.ok([...sizes.values()].every((size) => size === 1 || size === 2));
    });
  });

  it('evaluates no line of the chunks on the same thread more than twice', async () => {
    await withPool({}, async ({ pool, directory, fileSizes }) => {
      const chunks = ['a', 'b', 'c'].flatMap((name) => [numbered(`count ${join(directory, name)}`, 20), ['hang']]);
      const outcomes = await Promise.all(
        chunks.map((lines, index) => pool.evaluate(requestOf(lines, { firstLine: 1 + index * 512 }))),
      );
      assert.deepEqual(
        outcomes.map(({ succeeded }) => succeeded),
        [20, 0, 20, 0, 20, 0],
      );
      const sizes = await fileSizes();
      assert.equal(sizes.size, 60);
      assert.ok([...sizes.values()].every((size) => size === 1 || size === 2));
    });
  });

  it('finds a line that is stuck without using CPU by wall clock', async () => {
    await withPool({ lineWallMsMax: 200 }, async ({ pool }) => {
      assert.deepEqual(shownOutcomes(await pool.evaluate(requestOf(['a', 'block', 'b']))), ['[a]', '!TIMEOUT', '[b]']);
    });
  });

  for (const action of ['exit', 'throw', 'heap']) {
    // Using up the heap takes CPU time, most of it in the garbage collection.
    const lineCpuMsMax = action === 'heap' ? 60_000 : 100;
    it(`gives a line that ends its thread by "${action}" twice CRASH, and its neighbours their results`, async () => {
      await withPool({ lineCpuMsMax }, async ({ pool, events, directory, fileSizes }) => {
        const counted = `count ${join(directory, 'a')}`;
        const [hostile, neighbour] = await Promise.all([
          pool.evaluate(requestOf([counted, action, 'b', action], { firstLine: 513 })),
          pool.evaluate(requestOf(['c'], { jobId: 'other' })),
        ]);
        assert.deepEqual(shownOutcomes(hostile), ['[count a]', '!CRASH', '[b]', '!CRASH']);
        assert.deepEqual(shownOutcomes(neighbour), ['[c]']);
        assert.deepEqual(
          condemnedIn(events).map(({ code, line }) => [code, line]),
          [
            ['CRASH', 514],
            ['CRASH', 516],
          ],
        );
        assert.equal(kindsOf(events).filter((kind) => kind === 'threadLost').length, 4);
        assert.deepEqual([...(await fileSizes())], [['a', 2]]);
      });
    });
  }

  it('gives a line its result when only its first evaluation ended the thread', async () => {
    await withPool({}, async ({ pool, events, directory }) => {
      const outcomes = await pool.evaluate(requestOf(['a', `once ${join(directory, 'mark')}`, 'b']));
      assert.deepEqual(shownOutcomes(outcomes), ['[a]', '[once mark]', '[b]']);
      assert.deepEqual(kindsOf(events), ['threadLost']);
    });
  });

  it('tells what a thread died of', async () => {
    await withPool({}, async ({ pool, events }) => {
      await pool.evaluate(requestOf(['throw'], { firstLine: 7 }));
      const [event] = events;
      assert.ok(event?.kind === 'threadLost');
      assert.deepEqual(event.place, { jobId: 'job', line: 7 });
      assert.match(event.cause.error?.message ?? '', /a fault of the engine/);
    });
  });
});

describe('replacements that do not start', () => {
  /** An evaluator that can be taken away. */
  async function withRemovable(
    action: (module: {
      readonly url: URL;
      readonly hide: () => Promise<void>;
      readonly show: () => Promise<void>;
    }) => Promise<void>,
  ): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'mathmill-module-'));
    const path = join(directory, 'evaluator.mts');
    await copyFile(faultyEvaluator, path);
    try {
      await action({
        url: pathToFileURL(path),
        hide: () => rename(path, `${path}.hidden`),
        show: () => rename(`${path}.hidden`, path),
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  it('are tried again until a thread starts', async () => {
    await withRemovable(async ({ url, hide, show }) => {
      await withPool({ evaluatorModule: url }, async ({ pool, events, nextEvent, directory }) => {
        await hide();
        const failure = nextEvent('startFailed');
        const evaluation = pool.evaluate(requestOf([`once ${join(directory, 'mark')}`, 'a']));
        await failure;
        await show();
        assert.deepEqual(shownOutcomes(await evaluation), ['[once mark]', '[a]']);
        assert.deepEqual(kindsOf(events).slice(0, 2), ['threadLost', 'startFailed']);
      });
    });
  });

  it('are tried again until a process starts', async () => {
    await withRemovable(async ({ url, hide, show }) => {
      await withPool({ evaluatorModule: url }, async ({ pool, events, nextEvent }) => {
        await hide();
        const failure = nextEvent('startFailed');
        const evaluation = pool.evaluate(requestOf(['a'], { attempt: 4 }));
        await failure;
        await show();
        assert.deepEqual(shownOutcomes(await evaluation), ['[a]']);
        assert.deepEqual(new Set(kindsOf(events)), new Set(['startFailed']));
      });
    });
  });

  it('do not hold up a stop', async () => {
    await withRemovable(async ({ url, hide }) => {
      await withPool({ evaluatorModule: url }, async ({ pool, nextEvent }) => {
        await hide();
        const failures = nextEvent('startFailed');
        const open = [['exit'], ['a']].map((lines, index) =>
          assert.rejects(pool.evaluate(requestOf(lines, { attempt: 1 + index * 3 })), EvaluatorStopped),
        );
        await failures;
        await Promise.all([pool.stop(), ...open]);
      });
    });
  });
});

describe('a chunk on a late attempt, in a process apart', () => {
  it('finds the lines that end the whole process, hang or exhaust the heap', async () => {
    await withPool({ lineCpuMsMax: 2_000 }, async ({ pool, events, directory, fileSizes }) => {
      const lines = [`count ${join(directory, 'a')}`, 'abort', 'bad', 'kill', 'hang', 'heap', 'b'];
      const faults = [{ line: 107, code: 'EMPTY', message: 'empty', column: 0, endColumn: 0 }] as const;
      const request = requestOf(lines, { firstLine: 101, attempt: 4, faults });
      const outcomes = await pool.evaluate(request);
      assert.deepEqual(shownOutcomes(outcomes), [
        '[count a]',
        '!CRASH',
        '!SYNTAX',
        '!CRASH',
        '!TIMEOUT',
        '!CRASH',
        '!EMPTY',
      ]);
      assert.deepEqual([outcomes.succeeded, outcomes.failed], [1, 6]);
      assert.deepEqual(
        condemnedIn(events).map(({ code, line }) => [code, line]),
        [
          ['CRASH', 102],
          ['CRASH', 104],
          ['TIMEOUT', 105],
          ['CRASH', 106],
        ],
      );
      assert.deepEqual([...(await fileSizes())], [['a', 1]]);
    });
  });

  it('gives the bytes and the budget of the plain loop', async () => {
    await withPool({ evaluatorModule: undefined, sliceMs: 1 }, async ({ pool }) => {
      const lines = ['1 + 2', '3 *', '2 ^ 10', '1 / 3', '4', '5', '6'];
      const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });
      const half = evaluateChunk(requestOf(lines), evaluator).cost / 2;
      const request = requestOf(lines, { attempt: 5, costMax: half });
      assert.deepEqual(await outcomesOf(pool.evaluate(request)), evaluateChunk(request, evaluator));
    });
  });

  it('lets several jobs take turns, beside the threads', async () => {
    await withPool({}, async ({ pool }) => {
      const requests = Array.from({ length: 6 }, (_, index) =>
        requestOf(numbered(`${index} `, 20), { jobId: `job ${index % 3}`, firstLine: 1 + index * 20, attempt: 4 }),
      );
      const outcomes = await Promise.all([...requests, requestOf(['a'])].map((request) => pool.evaluate(request)));
      assert.deepEqual(
        outcomes.map(({ succeeded }) => succeeded),
        [20, 20, 20, 20, 20, 20, 1],
      );
    });
  });

  it('ends its process when this one is killed', { timeout: 60_000 }, async () => {
    await withPool({}, async ({ directory }) => {
      const parent = fork(new URL('./doomed-parent.ts', import.meta.url), [directory], { stdio: 'inherit' });
      const [pid] = (await once(parent, 'message')) as [number];
      assert.ok(isAlive(pid));
      parent.kill('SIGKILL');
      // No event reports the end of a grandchild, so its state has to be polled.
      for await (const _ of setInterval(10)) if (!isAlive(pid)) break;
    });
  });

  it('does not show the process the environment of this one', async () => {
    process.env['MATHMILL_TEST_SECRET'] = 'secret';
    const evaluatorModule = new URL('./environment-evaluator.ts', import.meta.url);
    await withPool({ evaluatorModule }, async ({ pool }) => {
      const outcomes = await pool.evaluate(requestOf(['MATHMILL_TEST_SECRET'], { attempt: 4 }));
      assert.deepEqual(shownOutcomes(outcomes), ['undefined']);
    });
  });
});

describe('life cycle', () => {
  /** The resources that keep this process alive, except the test runner itself. */
  async function handles(): Promise<string[]> {
    // A handle whose end has been reported is closed within two turns.
    await turn();
    await turn();
    const kinds = ['MessagePort', 'Worker', 'ProcessWrap', 'Pipe', 'Timeout'];
    return process.getActiveResourcesInfo().filter((resource) => kinds.some((kind) => resource.includes(kind)));
  }

  it('rejects what is open when it is stopped, and leaves no handle', async () => {
    const before = await handles();
    const pool = createEvaluatorPool({}, { threads: 2, lineCpuMsMax: 60_000, evaluatorModule: faultyEvaluator });
    await pool.start();
    assert.notDeepEqual(await handles(), before);
    await pool.evaluate(requestOf(['a'], { attempt: 4 }));
    const open = [
      pool.evaluate(requestOf(['hang'])),
      pool.evaluate(requestOf(['hang'], { attempt: 4 })),
      ...numbered('job ', 20).map((jobId) => pool.evaluate(requestOf(numbered('spin ', 512), { jobId }))),
    ].map((evaluation) => assert.rejects(evaluation, EvaluatorStopped));
    await pool.evaluate(requestOf(['a'], { jobId: 'first' }));
    await Promise.all([...open, pool.stop()]);
    assert.deepEqual(await handles(), before);
    await assert.rejects(pool.evaluate(requestOf(['a'])), EvaluatorStopped);
  });

  it('leaves no handle after threads were replaced', async () => {
    const before = await handles();
    await withPool({ threads: 2 }, async ({ pool }) => {
      await pool.evaluate(requestOf(['exit', 'hang', 'a']));
    });
    assert.deepEqual(await handles(), before);
  });

  it('may be stopped before it is started, while it starts, and twice', async () => {
    const before = await handles();
    await createEvaluatorPool({}, { threads: 1 }).stop();
    const pool = createEvaluatorPool({}, { threads: 1 });
    const start = assert.rejects(pool.start(), EvaluatorStopped);
    await Promise.all([pool.stop(), pool.stop(), start]);
    assert.deepEqual(await handles(), before);
  });

  it('does not start when its threads cannot', async () => {
    const before = await handles();
    const evaluatorModule = new URL('./no-such-module.ts', import.meta.url);
    const pool = createEvaluatorPool({}, { threads: 2, evaluatorModule });
    await assert.rejects(pool.start(), /ended before it was ready/);
    assert.deepEqual(await handles(), before);
  });
});
