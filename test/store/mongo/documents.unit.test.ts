import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Binary, type Document } from 'mongodb';
import fc from 'fast-check';
import { StoreError } from '../../../src/engine/index.ts';
import { noTotals, readIdTime, tombstone, unknownEngine, type Chunk } from '../../../src/jobs/index.ts';
import { allKeysOf, jobIdOf, lineMax, lineOf, toKey, toKeyRange } from '../../../src/store/mongo/chunk-key.ts';
import {
  isSameOutcome,
  toChunk,
  toChunkCounts,
  toChunkDocument,
  toJob,
  toJobDocument,
  toKeyId,
  toOutcomeDocument,
  toOutcomes,
} from '../../../src/store/mongo/documents.ts';
import { toTotals } from '../../../src/store/mongo/count-fields.ts';
import { makeChunk, makeRecord, newJob, newJobId } from './samples.ts';

function isCorrupt(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'corrupt' && !error.retryable;
}

describe('the key of a chunk', () => {
  it('is the job and the first line in ten digits', () => {
    assert.equal(toKey('job', 1), 'job:0000000001');
    assert.equal(toKey('job', lineMax), 'job:9999999999');
    assert.deepEqual(toKeyRange('job', -3, 1e12), { $gte: 'job:0000000000', $lte: 'job:9999999999' });
    assert.deepEqual(toKeyRange('job', 1.5, 2), { $gte: 'job:0000000002', $lte: 'job:0000000002' });
  });

  it('sorts by line, and says job and line again', () => {
    const line = fc.integer({ min: 1, max: lineMax });
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), line, line, (jobId, left, right) => {
        assert.equal(lineOf(toKey(jobId, left)), left);
        assert.equal(jobIdOf(toKey(jobId, left)), jobId);
        assert.equal(toKey(jobId, left) < toKey(jobId, right), left < right);
      }),
    );
  });

  it("is in the range of its own job only, whatever another job's id is", () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), fc.string(), fc.integer({ min: 1, max: lineMax }), (jobId, other, line) => {
        const key = toKey(jobId, line);
        const isIn = ({ $gte, $lt }: { $gte: string; $lt: string }) => key >= $gte && key < $lt;
        assert.equal(isIn(allKeysOf(jobId)), true);
        for (const id of [other, `${jobId}:`, `${jobId};`, jobId.slice(0, -1), key]) {
          if (id !== jobId) assert.equal(isIn(allKeysOf(id)), false, id);
        }
      }),
    );
  });

  for (const key of ['', 'job', 'job:1', 'job:00000000x1', '0000000001', 'job;0000000001']) {
    it(`is damaged when it is "${key}"`, () => {
      assert.throws(() => lineOf(key), isCorrupt);
    });
  }
});

describe('the time in the id of a job', () => {
  it('is that of its creation', () => {
    assert.equal(readIdTime(newJobId(1_790_000_000_123)), 1_790_000_000_123);
    assert.equal(readIdTime('01900000-0000-7000-8000-000000000001'), 0x0190_0000_0000);
  });

  for (const id of ['', 'job', '01900000-0000-4000-8000-000000000001', '01900000-0000-7000-8000-000000000001x']) {
    it(`is not in "${id}"`, () => assert.equal(readIdTime(id), undefined));
  }
});

describe('the document of a chunk', () => {
  const plain = { noNullPrototype: true };
  const fields = {
    line: fc.nat(),
    code: fc.constantFrom('ENCODING', 'TOO_LONG', 'SYNTAX', 'EMPTY'),
    message: fc.string({ unit: 'binary' }),
    column: fc.nat(),
    endColumn: fc.nat(),
  } as const;
  const line = fc.record(fields, plain);
  const chunk: fc.Arbitrary<Chunk> = fc.record(
    {
      firstLine: fc.integer({ min: 1, max: lineMax }),
      count: fc.integer({ min: 1, max: 512 }),
      text: fc.uint8Array({ maxLength: 300 }),
      faults: fc.array(line, { maxLength: 5 }),
      customIds: fc.option(fc.array(fc.option(fc.string({ unit: 'binary' })), { maxLength: 5 }), { nil: undefined }),
    },
    plain,
  );

  it('holds all of the chunk', () => {
    fc.assert(fc.property(chunk, (each) => assert.deepEqual(toChunk(toChunkDocument('job', each)), each)));
  });

  const whole = toChunkDocument('job', { ...makeChunk(1), customIds: ['a', null], faults: [] }) as Document;
  const fault = { line: 1, code: 'SYNTAX', message: 'no', column: 1, endColumn: 2 };
  const damaged: Record<string, Document> = {
    'no text': { ...whole, text: undefined },
    'a text of another kind': { ...whole, text: 'text' },
    'half a count': { ...whole, count: 1.5 },
    'a count below zero': { ...whole, count: -1 },
    'no key': { ...whole, _id: 7 },
    'a list of ids that is no JSON': { ...whole, customIds: '[' },
    'a list of ids that is none': { ...whole, customIds: '{}' },
    'ids that are numbers': { ...whole, customIds: '[1]' },
    'a fault of an unknown code': { ...whole, faults: JSON.stringify([{ ...fault, code: 'BAD' }]) },
    'a fault without a line': { ...whole, faults: JSON.stringify([{ ...fault, line: undefined }]) },
    'a fault that is nothing': { ...whole, faults: '[null]' },
  };
  for (const [name, document] of Object.entries(damaged)) {
    it(`is damaged with ${name}`, () => {
      assert.throws(() => toChunk(document), isCorrupt);
    });
  }
});

describe('the document of outcomes', () => {
  const record = makeRecord('job', makeChunk(5));
  const document = toOutcomeDocument(record);

  it('holds all of the outcomes', () => {
    assert.deepEqual(toOutcomes(document), record.outcomes);
    const { text: _, ...counts } = record.outcomes;
    assert.deepEqual(toChunkCounts(document), { firstLine: 5, count: 4, ...counts });
    assert.deepEqual(toOutcomes(toOutcomeDocument({ ...record, outcomes: tombstone(4) })), tombstone(4));
  });

  it('of an older version has an engine that is not known, unless it is a tombstone', () => {
    const { engine: _, ...older } = document;
    assert.equal(toOutcomes(older).engine, unknownEngine);
    assert.equal(toChunkCounts(older).engine, unknownEngine);
    // The value that an index has for an absent field.
    assert.equal(toChunkCounts({ ...older, engine: null }).engine, unknownEngine);
    const cancelled = toOutcomeDocument({ ...record, outcomes: tombstone(4) });
    assert.ok(!('engine' in cancelled));
    assert.equal(toOutcomes(cancelled).engine, undefined);
    assert.equal(isSameOutcome(older, document), false);
  });

  it('adds up to totals, grouped by engine', () => {
    const group = { chunks: 1, succeeded: 1, failed: 0, cancelled: 0, cost: 2 };
    const tombstones = { ...group, succeeded: 0, cancelled: 4 };
    assert.deepEqual(toTotals([]), noTotals);
    assert.deepEqual(
      toTotals([
        { _id: { engine: '10', errors: '{"DIV0":2}' }, ...group, chunks: 3, failed: 6 },
        { _id: { engine: '9', errors: null }, ...group },
        { _id: {}, ...tombstones },
      ]),
      {
        succeeded: 2,
        failed: 6,
        cancelled: 4,
        cost: 6,
        errors: { DIV0: 6 },
        engines: ['9', '10'],
      },
    );
    assert.deepEqual(toTotals([{ _id: {}, ...group }]).engines, [unknownEngine]);
  });

  it('tells the same outcomes from others without their text', () => {
    const { text: _, ...stored } = document;
    const { outcomes } = record;
    const others = [
      { ...outcomes, succeeded: 3, failed: 1 },
      { ...outcomes, cost: 5 },
      { ...outcomes, engine: '4' },
      { ...outcomes, text: outcomes.text.slice(1) },
      tombstone(4),
    ];
    assert.equal(isSameOutcome(stored, document), true);
    for (const other of others) {
      assert.equal(isSameOutcome(stored, toOutcomeDocument({ ...record, outcomes: other })), false);
    }
  });

  for (const field of ['succeeded', 'failed', 'cancelled', 'cost', 'text']) {
    it(`is damaged without ${field}`, () => {
      assert.throws(() => toOutcomes({ ...document, [field]: null }), isCorrupt);
      assert.throws(() => toOutcomes({ ...document, [field]: '3' }), isCorrupt);
    });
  }
});

describe('the document of a job', () => {
  const document = toJobDocument(newJob({ id: 'a', idempotencyKey: 'the key', name: 'sums' }));

  it('keeps the idempotency key for its deletion, and shows it no more', () => {
    assert.equal(toJob(document).idempotencyKey, 'the key');
    assert.equal(toJob({ ...document, state: 'Deleting' }).idempotencyKey, undefined);
  });

  it('names its tenant only where it is not the default one, so that documents of older versions are the same', () => {
    assert.equal('tenant' in document, false);
    assert.equal(toJob(document).tenant, 'default');
    assert.equal(toJob({ ...document, tenant: null }).tenant, 'default');
    const other = toJobDocument(newJob({ tenant: 'other' }));
    assert.equal(other.tenant, 'other');
    assert.equal(toJob(other).tenant, 'other');
    assert.throws(() => toJob({ ...document, tenant: 7 }), isCorrupt);
  });

  it('has a hash of the key for a key, so that no message of the server quotes it', () => {
    assert.match(toKeyId('the key'), /^[0-9a-f]{64}$/);
    assert.notEqual(toKeyId('the key'), toKeyId('The key'));
  });

  it('of an older version has evaluated lines by an engine that is not known', () => {
    const { engines: _, ...fold } = document.fold;
    const enginesOf = (changes: object) => toJob({ ...document, fold: { ...fold, ...changes } }).fold.engines;
    assert.deepEqual(enginesOf({}), []);
    assert.deepEqual(enginesOf({ cancelled: 5 }), []);
    assert.deepEqual(enginesOf({ succeeded: 1 }), [unknownEngine]);
    assert.deepEqual(enginesOf({ failed: 1 }), [unknownEngine]);
    assert.deepEqual(enginesOf({ succeeded: 1, engines: ['3'] }), ['3']);
  });

  const damaged: Record<string, Document> = {
    'engines of another kind': { fold: { ...document.fold, engines: [3] } },
    'an unknown state': { state: 'Sleeping' },
    'no state': { state: null },
    'a time that is no number': { createdAt: new Date() },
    'a time beyond all numbers': { finishedAt: 2 ** 60 },
    'no lease': { lease: null },
    'a lease without an owner': { lease: { until: 1 } },
    'a list for a fold': { fold: [] },
    'a fold below zero': { fold: { ...document.fold, succeeded: -1 } },
    'no takeovers': { takeovers: undefined },
    'a name of another kind': { name: 5 },
    'bytes for a mode': { mode: new Binary(Buffer.from('decimal')) },
  };
  for (const [name, fields] of Object.entries(damaged)) {
    it(`is damaged with ${name}`, () => {
      assert.throws(() => toJob({ ...document, ...fields }), isCorrupt);
    });
  }

  it('shows no value in the message, which may be a text of a user', () => {
    assert.throws(
      () => toJob({ ...document, state: 'secret' }),
      (error) => error instanceof StoreError && !error.message.includes('secret'),
    );
  });
});
