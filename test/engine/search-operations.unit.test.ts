import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Engine, OperationView, SearchQuery } from '../../src/engine/index.ts';
import { chunkLinesMax } from '../../src/jobs/index.ts';
import { numbers, openEngine, submit, waitFor, type OpenEngine } from './open-engine.ts';
import { tableOptions } from './simple-tables.ts';

const everything: SearchQuery = { text: undefined, errorCode: undefined, filter: undefined, fromLine: 1, limit: 100 };
const lines = 3 * chunkLinesMax;

async function withEngine(use: (open: OpenEngine) => Promise<void>): Promise<void> {
  const open = await openEngine();
  try {
    await use(open);
  } finally {
    await open.close();
  }
}

interface Found {
  readonly operations: readonly OperationView[];
  readonly turns: number;
}

/** Follows a search to the end of the job. */
async function searchAll(engine: Engine, id: string, query: Partial<SearchQuery>): Promise<Found> {
  const operations: OperationView[] = [];
  let turns = 0;
  let fromLine: number | undefined = query.fromLine ?? 1;
  while (fromLine !== undefined) {
    const wanted: SearchQuery = { ...everything, ...query, fromLine };
    const found = await engine.searchOperations(id, wanted, async () => void (turns += 1));
    assert.ok(found);
    assert.ok(found.operations.length <= wanted.limit);
    for (const { line } of found.operations) assert.ok(line >= fromLine && line <= found.searchedThrough);
    if (found.next !== undefined) assert.equal(found.next, found.searchedThrough + 1);
    operations.push(...found.operations);
    fromLine = found.next;
  }
  return { operations, turns };
}

async function linesOf(engine: Engine, id: string, query: Partial<SearchQuery>): Promise<number[]> {
  return (await searchAll(engine, id, query)).operations.map(({ line }) => line);
}

function linesWhere(isWanted: (line: number) => boolean, count = lines): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter(isWanted);
}

describe('a search', () => {
  it('finds every line that holds the text, in order, in parts of any size', () =>
    withEngine(async ({ engine }) => {
      const id = await submit(engine, numbers(lines));
      await waitFor(engine, id);
      for (const limit of [1, 7, 100]) {
        assert.deepEqual(
          await linesOf(engine, id, { text: '99', limit }),
          linesWhere((line) => String(line).includes('99')),
        );
      }
      assert.deepEqual(
        await linesOf(engine, id, { text: '=14', fromLine: 141 }),
        linesWhere((line) => line > 140 && line % 7 !== 0 && String(line).startsWith('14')),
      );
      assert.deepEqual(await linesOf(engine, id, { text: '=14', fromLine: lines + 1 }), []);
    }));

  it('looks at requests, results, codes and ids, and at no message', () =>
    withEngine(async ({ engine }) => {
      const body = '{"custom_id":"first","request":"1"}\n{"request":"7"}\n{"custom_id":"ü","request":"3"}\n';
      const id = await submit(engine, body, { format: 'ndjson' });
      await waitFor(engine, id);
      const cases: Record<string, number[]> = {
        '7': [2],
        '=3': [3],
        DIV0: [2],
        IV: [2],
        first: [1],
        ü: [3],
        seventh: [],
      };
      for (const [text, expected] of Object.entries(cases)) {
        assert.deepEqual(await linesOf(engine, id, { text }), expected, text);
      }
      for (const text of ['FIRST', '.*', '%', '=3\n', '\n', '!', '[0-9]']) {
        assert.deepEqual(await linesOf(engine, id, { text }), [], JSON.stringify(text));
      }
    }));

  it('finds errors by their code, and reads no chunk without such an error', () =>
    withEngine(async ({ engine, store }) => {
      const ones = '1\n'.repeat(lines);
      const id = await submit(engine, `${ones}7\n${ones}7\n`);
      await waitFor(engine, id);
      let slices = 0;
      const readSlices = store.readSlices.bind(store);
      store.readSlices = async (...given) => {
        const read = await readSlices(...given);
        slices += read.length;
        return read;
      };
      assert.deepEqual(await linesOf(engine, id, { errorCode: 'DIV0' }), [lines + 1, 2 * lines + 2]);
      assert.equal(slices, 2);
      assert.deepEqual(await linesOf(engine, id, { errorCode: 'DOMAIN' }), []);
      assert.deepEqual(await linesOf(engine, id, { errorCode: 'DIV0', text: '1' }), []);
      assert.equal(slices, 4);
    }));

  it('reads outcomes whose errors nobody has counted', () =>
    withEngine(async ({ engine, store }) => {
      const id = await submit(engine, numbers(20));
      await waitFor(engine, id);
      const readCounts = store.readCounts.bind(store);
      store.readCounts = async (...given) => {
        const read = await readCounts(...given);
        return read.map((counts) => ({ ...counts, errors: undefined }));
      };
      assert.deepEqual(await linesOf(engine, id, { errorCode: 'DIV0' }), [7, 14]);
    }));

  it('keeps to the wanted outcomes, also while the job is in progress', () =>
    withEngine(async ({ engine, gate }) => {
      gate.close();
      gate.allow(1);
      gate.allow(2 * chunkLinesMax + 1);
      const id = await submit(engine, numbers(lines));
      await waitFor(engine, id, 2 * chunkLinesMax);
      const isOpen = (line: number) => line > chunkLinesMax && line <= 2 * chunkLinesMax;
      const holds = (line: number) => String(line).includes('5');
      const isFailed = (line: number) => line % 7 === 0;
      const text = '5';
      assert.deepEqual(await linesOf(engine, id, { text }), linesWhere(holds));
      assert.deepEqual(
        await linesOf(engine, id, { text, filter: 'pending' }),
        linesWhere((line) => holds(line) && isOpen(line)),
      );
      assert.deepEqual(
        await linesOf(engine, id, { text, filter: 'failed' }),
        linesWhere((line) => holds(line) && !isOpen(line) && isFailed(line)),
      );
      assert.deepEqual(
        await linesOf(engine, id, { text, filter: 'succeeded', fromLine: 100 }),
        linesWhere((line) => line >= 100 && holds(line) && !isOpen(line) && !isFailed(line)),
      );
      assert.deepEqual(
        await linesOf(engine, id, { errorCode: 'DIV0' }),
        linesWhere((line) => !isOpen(line) && isFailed(line)),
      );
    }));

  it('finds cancelled lines under their code', () =>
    withEngine(async ({ engine, gate }) => {
      gate.close();
      gate.allow(1);
      const id = await submit(engine, numbers(chunkLinesMax + 10));
      await waitFor(engine, id, chunkLinesMax);
      await engine.cancelJob(id);
      const view = await waitFor(engine, id);
      assert.equal(view.errors['CANCELLED'], undefined);
      const cancelled = linesWhere((line) => line > chunkLinesMax, chunkLinesMax + 10);
      assert.deepEqual(await linesOf(engine, id, { errorCode: 'CANCELLED' }), cancelled);
      assert.deepEqual(await linesOf(engine, id, { text: 'CANCEL' }), cancelled);
      assert.deepEqual(await linesOf(engine, id, { errorCode: 'CANCELLED', filter: 'failed' }), []);
    }));

  it('ends after a bounded amount of work, and lets others in between', () =>
    withEngine(async ({ engine }) => {
      // Lines of 1 KB: each chunk is large, and none holds the text.
      const id = await submit(engine, `${'1'.repeat(1_000)}\n`.repeat(60_000));
      await waitFor(engine, id);
      let turns = 0;
      const query = { ...everything, text: 'missing' };
      const found = await engine.searchOperations(id, query, async () => void (turns += 1));
      assert.ok(found?.next !== undefined && found.next > 1_000 && found.operations.length === 0);
      assert.ok(turns > 5, `${turns} turns`);
      assert.deepEqual(await linesOf(engine, id, { text: 'missing' }), []);
    }));

  it('finds rows by any of their results, and counts them under their first error', () =>
    withEngine(async ({ engine }) => {
      const options = tableOptions(['p = a', 'q = b']);
      const id = await submit(engine, 'a,b,c\n1,2,x\n3,7,y\n7,7,z\n"5",6,"x\ny"\n', { format: 'csv', table: options });
      const view = await waitFor(engine, id);
      const codes = Object.keys(view.errors);
      assert.equal(
        Object.values(view.errors).reduce((sum, count) => sum + count, 0),
        view.failed,
      );
      const found = await Promise.all(codes.map((errorCode) => linesOf(engine, id, { errorCode })));
      assert.deepEqual(
        found.flat().toSorted((left, right) => left - right),
        [2, 3],
      );
      assert.deepEqual(await linesOf(engine, id, { text: 'x' }), [1, 4]);
      assert.deepEqual(await linesOf(engine, id, { text: 'x\ny' }), [4]);
      assert.deepEqual(await linesOf(engine, id, { text: ',7,', filter: 'failed' }), [2, 3]);
    }));

  it('of no job finds none', () =>
    withEngine(async ({ engine }) => {
      assert.equal(await engine.searchOperations('nobody', { ...everything, text: '1' }, async () => {}), undefined);
    }));
});

describe('the page near a line', () => {
  it('is that which holds the line, or the first wanted one after it, or the last', () =>
    withEngine(async ({ engine, gate }) => {
      gate.close();
      gate.allow(1);
      gate.allow(2 * chunkLinesMax + 1);
      const id = await submit(engine, numbers(lines));
      await waitFor(engine, id, 2 * chunkLinesMax);
      for (const filter of [undefined, 'failed', 'succeeded', 'pending'] as const) {
        const all = await listAll(engine, id, filter);
        for (const limit of [1, 10, 99]) {
          for (const nearLine of [1, 2, 7, 8, 511, 512, 513, 800, 1024, 1025, 1030, 1535, 1536, 1e15]) {
            const list = await engine.listOperations(id, { start: { nearLine }, limit, filter });
            assert.ok(list);
            const index = all.findIndex((line) => line >= nearLine);
            const offset = Math.floor((index < 0 ? all.length - 1 : index) / limit) * limit;
            assert.equal(list.offset, offset, `${filter} ${nearLine} ${limit}`);
            assert.deepEqual(
              list.operations.map(({ line }) => line),
              all.slice(offset, offset + limit),
            );
          }
        }
      }
    }));

  it('is the first, and empty, when there are no such lines', () =>
    withEngine(async ({ engine }) => {
      const id = await submit(engine, '1\n2\n');
      await waitFor(engine, id);
      const list = await engine.listOperations(id, { start: { nearLine: 2 }, limit: 10, filter: 'failed' });
      assert.deepEqual(list, { total: 0, offset: 0, operations: [], next: undefined });
    }));
});

async function listAll(engine: Engine, id: string, filter: SearchQuery['filter']): Promise<number[]> {
  const list = await engine.listOperations(id, { start: { offset: 0 }, limit: lines, filter });
  return list?.operations.map(({ line }) => line) ?? [];
}
