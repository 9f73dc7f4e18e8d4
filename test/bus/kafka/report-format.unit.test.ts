import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readReport, writeReport } from '../../../src/bus/kafka/report-format.ts';
import { readResponse, writeResponse } from '../../../src/bus/kafka/wire-format.ts';
import { instanceRoles, type InstanceReport } from '../../../src/engine/index.ts';

const text = fc.string({ minLength: 1, maxLength: 256, unit: 'grapheme' }).filter(({ length }) => length <= 256);
const count = fc.nat();
const rate = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const reports: fc.Arbitrary<InstanceReport> = fc.record(
  {
    id: text,
    role: fc.constantFrom(...instanceRoles),
    version: text,
    startedAt: count,
    seenAt: count,
    jobs: count,
    chunksInFlight: count,
    operationsPerSecond: rate,
    lags: fc.array(fc.record({ topic: text, messages: count }, { noNullPrototype: true }), { maxLength: 16 }),
  },
  { noNullPrototype: true },
);

const sample: InstanceReport = {
  id: 'server-1',
  role: 'server-application',
  version: '0.1.0',
  startedAt: 1,
  seenAt: 2,
  jobs: 0,
  chunksInFlight: 3,
  operationsPerSecond: 4.5,
  lags: [{ topic: 'requests', messages: 6 }],
};

describe('the report of an instance on the response topic', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(reports, (report) => assert.deepEqual(readReport(writeReport(report)), report)));
  });

  it('is to those who know no reports the tombstone of a job that never existed', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const read = readResponse(writeReport(report));
        assert.equal(read.kind, 'read');
        assert.equal(read.message.jobId, '00000000-0000-0000-0000-000000000000');
        assert.equal(read.message.outcomes.cancelled, read.message.count);
      }),
    );
  });

  it('is not read from any other message, whatever its bytes', () => {
    const outcomes = { succeeded: 1, failed: 0, cancelled: 0, cost: 3, engine: '3', text: Buffer.from('1\n') };
    const response = writeResponse({ jobId: 'job-1', firstLine: 1, count: 1, outcomes });
    for (const value of [undefined, null, Buffer.alloc(0), response]) assert.equal(readReport(value), undefined);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(readReport(bytes), undefined)));
    const written = writeReport(sample);
    fc.assert(
      fc.property(fc.nat(written.length - 2), fc.nat(255), (place, byte) => {
        const changed = Buffer.from(written);
        changed[place] = byte;
        readReport(changed);
        assert.equal(readReport(written.subarray(0, place)), undefined);
      }),
    );
    assert.equal(readReport(Buffer.concat([written, Buffer.alloc(100_000, 0x20)])), undefined);
  });

  it('is refused where a member cannot be', () => {
    const wrong: readonly object[] = [
      { id: '' },
      { id: 'x'.repeat(257) },
      { id: '\ud800' },
      { role: 'janitor' },
      { version: 3 },
      { startedAt: 8.64e15 + 1 },
      { seenAt: -1 },
      { jobs: 0.5 },
      { chunksInFlight: '3' },
      { operationsPerSecond: null },
      { lags: {} },
      { lags: [{ topic: 'requests', messages: -1 }] },
      { lags: Array.from({ length: 17 }, () => ({ topic: 'requests', messages: 1 })) },
    ];
    for (const change of wrong) {
      assert.equal(readReport(writeReport({ ...sample, ...change })), undefined, JSON.stringify(change));
    }
    assert.deepEqual(readReport(writeReport(Object.assign({ later: 'member' }, sample))), sample);
  });
});
