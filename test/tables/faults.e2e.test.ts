/** Each fault of a row or a cell: its own error, its neighbors right, and the same bytes wherever it was computed. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { numberModes } from '../../src/expression/index.ts';
import { runMathmill } from '../cli/mathmill.ts';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { checkFaultOutput, faultCount, faultFormulas, faultInput, faultRows } from './every-fault.ts';
import { assertSameBytes } from './main-job.ts';

const formulas = faultFormulas.flatMap((formula) => ['-f', formula]);

describe('a file with every fault', () => {
  const data = createDataDirectory();
  const input = join(data.path, 'rows.csv');
  let server: ServerProcess;
  before(async () => {
    writeFileSync(input, faultInput);
    server = await startServer(join(data.path, 'data'));
  });
  after(async () => {
    await server.stop();
    data.remove();
  });

  async function run(name: string, args: readonly string[]) {
    const output = join(data.path, name);
    const ended = await runMathmill(['table', input, ...formulas, '-o', output, ...args]);
    assert.equal(ended.code, 1, ended.stderr);
    return { output: readFileSync(output), report: ended.stderr };
  }

  it('gives each row its own error, and its neighbors their results', async () => {
    const { output, report } = await run('here.csv', []);
    assert.deepEqual(checkFaultOutput(output), []);
    const succeeded = faultRows.length - faultCount;
    assert.ok(report.startsWith(`${faultRows.length} rows: ${succeeded} succeeded, ${faultCount} failed\n`), report);
  });

  for (const mode of numberModes) {
    for (const args of [
      [],
      ['--format', 'ndjson'],
      ['--format', 'text'],
      ['--outcome', 'failed'],
      ['--spreadsheet-safe'],
    ]) {
      it(`gives the same bytes here and from a server in ${mode} mode ${args.join(' ')}`, async () => {
        const [here, there] = [
          await run('here', ['--mode', mode, ...args]),
          await run('there', ['--mode', mode, ...args, '--server', server.url]),
        ];
        assertSameBytes(there.output, here.output);
        assert.equal(there.report, here.report);
      });
    }
  }

  it('shows the first rows in a dry run as the real run has them, here and on a server', async () => {
    const args = ['table', input, ...formulas, '--check', '--json'];
    const here = await runMathmill(args);
    const there = await runMathmill([...args, '--server', server.url]);
    assert.deepEqual([here.code, there.code], [1, 1]);
    assert.deepEqual(JSON.parse(there.stdout), JSON.parse(here.stdout));
    const { rows } = JSON.parse(here.stdout) as { readonly rows: readonly { readonly id: string }[] };
    const { output } = await run('rows.ndjson', ['--format', 'ndjson']);
    const lines = output.toString().split('\n');
    assert.equal(rows.length, 20);
    for (const [index, row] of rows.entries()) assert.deepEqual(row, JSON.parse(lines[index] ?? ''));
  });
});
