import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JobDeleted } from '../../src/engine/index.ts';
import { createJobTables } from '../../src/engine/job-tables.ts';
import type { Table } from '../../src/jobs/index.ts';

const table: Table = {
  program: {
    dialect: {
      format: 'csv',
      delimiter: ',',
      decimal: '.',
      group: undefined,
      numbers: 'strict',
      missing: 'error',
      missingValues: [],
    },
    cells: 1,
    columns: [],
    formulas: [{ name: 'a', text: '1' }],
    totals: [],
    added: [],
  },
  head: new Uint8Array(256 * 1024),
  lineEnd: '\n',
  hasHeader: true,
  columns: [],
  replaces: false,
  errorColumn: undefined,
};

/** Tables over a store that counts what is read of it. */
function open(...given: readonly [(Table | undefined)?]) {
  const stored = given.length === 0 ? table : given[0];
  const read: string[] = [];
  const tables = createJobTables({
    async readTable(jobId) {
      read.push(jobId);
      return stored;
    },
  });
  return { tables, read, find: (id: string) => tables.find({ id, isTable: true }) };
}

describe('the tables of jobs', () => {
  it('are read once each, and not at all when they are at hand', async () => {
    const { tables, read, find } = open();
    tables.keep('at hand', table);
    for (let round = 0; round < 3; round += 1) {
      for (const id of ['a', 'b', 'at hand']) assert.equal(await find(id), table);
    }
    assert.deepEqual(read, ['a', 'b']);
  });

  it('are not asked for where the operations are lines', async () => {
    const { tables, read } = open();
    assert.equal(await tables.find({ id: 'a', isTable: false }), undefined);
    assert.deepEqual(read, []);
  });

  it('that are large do not fill the memory: those used last stay', async () => {
    const { read, find } = open();
    for (let job = 0; job < 100; job += 1) {
      await find(`job ${job}`);
      await find('in use');
    }
    assert.equal(read.filter((id) => id === 'in use').length, 1);
    const before = read.length;
    await find('job 99');
    assert.equal(read.length, before);
    await find('job 0');
    assert.equal(read.length, before + 1);
  });

  it('of a job that is gone are none', async () => {
    const { tables, find } = open(undefined);
    assert.equal(await find('a'), undefined);
    await assert.rejects(tables.findProgram('a'), (error) => error instanceof JobDeleted);
    assert.equal((await open().tables.findProgram('a')).cells, 1);
  });
});
