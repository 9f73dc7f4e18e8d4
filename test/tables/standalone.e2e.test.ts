/** A big table through a real server and through the command: right in every row, the same bytes, in little memory. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runMathmill } from '../cli/mathmill.ts';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { assertSameBytes, testTableJob } from './main-job.ts';
import { createPriceTable, priceFormulas } from './price-rows.ts';

const rows = 1_000_000;
const formulas = priceFormulas.flatMap((formula) => ['-f', formula]);
/** The limits of the benchmark of 10,000,000 rows; a program that held the file would need more than each of them. */
const serverMbMax = 400;
const commandMbMax = 300;
/** Writes the highest resident memory of the process, in MB, when it ends. */
const notePeak = `
  import { writeFileSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () =>
    writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS * 1024 / 1e6)));`;

describe('a table of 1,000,000 rows', () => {
  const table = createPriceTable(rows, 20_261_130);
  const data = createDataDirectory();
  const [input, output] = [join(data.path, 'rows.csv'), join(data.path, 'output.csv')];
  let server: ServerProcess;
  before(async () => {
    writeFileSync(input, table.input);
    server = await startServer(join(data.path, 'data'));
  });
  after(async () => {
    await server.stop();
    data.remove();
  });

  testTableJob('standalone', () => server.url, rows, table);

  it('has been served in bounded memory', { skip: process.platform !== 'linux' && 'memory is read from /proc' }, () => {
    const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
    const peakMb = (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
    assert.ok(peakMb < serverMbMax, `${peakMb} MB`);
  });

  it('gives the same bytes from the command, in bounded memory', async () => {
    const peakFile = join(data.path, 'peak');
    const ended = await runMathmill(['table', input, ...formulas, '-o', output], {
      environment: { PEAK_FILE: peakFile },
      nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(notePeak)}`],
    });
    assert.equal(ended.code, 0, ended.stderr);
    assertSameBytes(readFileSync(output), table.output);
    for (const sum of Object.values(table.sums)) assert.ok(ended.stderr.includes(` ${sum} `), ended.stderr);
    const peakMb = Number(readFileSync(peakFile, 'utf8'));
    assert.ok(peakMb > 0 && peakMb < commandMbMax, `${peakMb} MB`);
  });

  it('gives the same bytes from the command with a server', async () => {
    const ended = await runMathmill(['table', input, ...formulas, '--server', server.url, '-o', output]);
    assert.equal(ended.code, 0, ended.stderr);
    assertSameBytes(readFileSync(output), table.output);
    for (const sum of Object.values(table.sums)) assert.ok(ended.stderr.includes(` ${sum} `), ended.stderr);
  });
});
