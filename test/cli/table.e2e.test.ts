/** `mathmill table` without a server: the file in, the file and its new columns out. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFolder, runMathmill, startMathmill, waitForOutput } from './mathmill.ts';

const rows = 'id,price,qty\n1,2.50,3\n2,,1\n3,0.10,7\n';
const total = ['-f', 'total = price * qty'];
const missing = '"total: MISSING `price` is missing in this row. Enter a number, or set missing to zero or empty."';

describe('mathmill table', () => {
  it('adds a column and leaves every byte as it is', async () => {
    const input = '\ufeffid,"price",qty\r\n1,"2.50",3\n2, 0.10 ,"7"\r\n3,1e1,1';
    const ended = await runMathmill(['table', '-', ...total], { input });
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, '\ufeffid,"price",qty,total,error\r\n1,"2.50",3,7.5,\n2, 0.10 ,"7",0.7,\r\n3,1e1,1,10,');
  });

  it('ends with 1 when a row failed, with counts and totals on standard error', async () => {
    const ended = await runMathmill(['table', '-', ...total, '--total', 'qty'], { input: rows });
    assert.equal(ended.code, 1);
    assert.equal(ended.stdout, `id,price,qty,total,error\n1,2.50,3,7.5,\n2,,1,,${missing}\n3,0.10,7,0.7,\n`);
    assert.deepEqual(
      ended.stderr.split('\n').map((line) => line.split(/ {2,}/)),
      [
        ['3 rows: 2 succeeded, 1 failed'],
        ['COLUMN', 'COUNT', 'SUM', 'MIN', 'MAX', 'MEAN'],
        ['total', '2', '8.2', '0.7', '7.5', '4.1'],
        ['qty', '3', '11', '1', '7', '3.666666666666666666666666666666667'],
        [''],
      ],
    );
  });

  it('writes nothing but errors to standard error with --quiet', async () => {
    const ended = await runMathmill(['table', '-', ...total, '--quiet', '--missing', 'zero'], { input: rows });
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
  });

  it('shows the place of what is wrong in a formula, and writes nothing', async (context) => {
    const folder = await createFolder(context);
    const path = join(folder, 'out.csv');
    const ended = await runMathmill(['table', '-', '-f', 'a = qty', '-f', 'b = 2 * prise', '-o', path], {
      input: rows,
    });
    assert.deepEqual([ended.code, ended.stdout], [2, '']);
    assert.match(ended.stderr, /^mathmill: -f: Formula `b`: `prise` is .*`price`.*\n {2}b = 2 \* prise\n {10}\^{5}\n$/);
    assert.deepEqual(await readdir(folder), []);
  });

  for (const [name, args, message] of [
    ['without a formula', [], /required option '-f, --formula <formula>' not specified/],
    ['a sign that is no delimiter', [...total, '--delimiter', ':'], /one of , ; \| and tab/],
    ['an unknown group sign', [...total, '--group', '_'], /one of/],
    ['equal marks', [...total, '--decimal', ',', '--group', ','], /--group|--decimal/],
    ['a column that exists', ['-f', 'price = qty'], /price.*--replace|replace/],
    ['an error column that exists', [...total, '--error-column', 'id'], /`id` already.*replace/],
    ['an unknown column to total', [...total, '--total', 'nothing'], /--total: .*`nothing`/],
    ['a format that this table has not', [...total, '--format', 'tsv'], /--format: .*csv, ndjson, text/],
    ['options of jobs without a server', [...total, '--name', 'x'], /add --server/],
    ['a cycle', ['-f', 'a = b', '-f', 'b = a'], /a.*b.*a/],
  ] as const) {
    it(`rejects ${name} with 2`, async () => {
      const ended = await runMathmill(['table', '-', ...args], { input: rows });
      assert.deepEqual([ended.code, ended.stdout], [2, '']);
      assert.match(ended.stderr, message);
    });
  }

  for (const [name, input, message] of [
    ['nothing', '', /standard input has no rows/],
    ['a header alone', 'id,price,qty\n', /standard input has no rows/],
    ['UTF-16', Buffer.from('\ufeffprice,qty\n1,2\n', 'utf16le'), /UTF-16; save it as UTF-8/],
    ['a header with a broken quote', 'price,"qty\n1,2\n', /quote that is not closed/],
  ] as const) {
    it(`rejects ${name} with 2`, async () => {
      const ended = await runMathmill(['table', '-', ...total], { input });
      assert.deepEqual([ended.code, ended.stdout], [2, '']);
      assert.match(ended.stderr, message);
    });
  }

  it('writes the rows that failed, to be repaired and run again over the old columns', async (context) => {
    const folder = await createFolder(context);
    const [input, repair] = [join(folder, 'rows.csv'), join(folder, 'repair.csv')];
    await writeFile(input, rows);
    const failed = await runMathmill(['table', input, ...total, '--outcome', 'failed', '-o', repair]);
    assert.equal(failed.code, 1);
    const broken = await readFile(repair, 'utf8');
    assert.equal(broken, `id,price,qty,total,error\n2,,1,,${missing}\n`);
    await writeFile(repair, broken.replace('2,,1', '2,1.25,1'));
    const again = await runMathmill(['table', repair, ...total, '--replace', '--quiet']);
    assert.deepEqual([again.code, again.stdout], [0, 'id,price,qty,total,error\n2,1.25,1,1.25,\n']);
  });

  it('replaces its own file only when it is told another name', async (context) => {
    const input = join(await createFolder(context), 'rows.csv');
    await writeFile(input, rows);
    const ended = await runMathmill(['table', input, ...total, '-o', input]);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /is the input itself/);
    assert.equal(await readFile(input, 'utf8'), rows);
  });

  it('reads TSV and NDJSON by the names of files, and by --input', async (context) => {
    const folder = await createFolder(context);
    const [tabs, objects] = [join(folder, 'rows.tsv'), join(folder, 'rows.jsonl')];
    await writeFile(tabs, 'price\tqty\n2.5\t3\n');
    await writeFile(objects, '{"price": 2.50, "qty": "3"}\n');
    const tsv = await runMathmill(['table', tabs, ...total, '--quiet', '--no-errors']);
    assert.equal(tsv.stdout, 'price\tqty\ttotal\n2.5\t3\t7.5\n');
    for (const args of [[objects], ['-', '--input', 'ndjson']]) {
      const input = await readFile(objects);
      const ndjson = await runMathmill(['table', ...args, ...total, '--quiet', '--bare-numbers'], { input });
      assert.equal(ndjson.stdout, '{"price": 2.50, "qty": "3","total":7.5}\n');
    }
  });

  it('writes other formats', async () => {
    const args = ['table', '-', ...total, '--quiet', '--format'];
    const text = await runMathmill([...args, 'text'], { input: rows });
    assert.match(text.stdout, /^7\.5\nERROR MISSING: .*\n0\.7\n$/);
    const ndjson = await runMathmill([...args, 'ndjson'], { input: 'price,qty\n2,3\n' });
    assert.deepEqual(JSON.parse(ndjson.stdout), { id: '1', request: '2,3', results: { total: '6' } });
  });

  it('answers a row before the next one comes', async () => {
    const { child, ended } = startMathmill(['table', '-', ...total, '--quiet']);
    const first = waitForOutput(child.stdout, /^1,2,3,6,\n/m);
    child.stdin.write('id,price,qty\n1,2,3\n2,5');
    await first;
    const second = waitForOutput(child.stdout, /^2,5,5,25,\n/m);
    child.stdin.write(',5\n');
    await second;
    child.stdin.end();
    assert.equal((await ended).code, 0);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const { child, ended } = startMathmill(['table', '-', ...total, '--quiet']);
    child.stdin.write(rows);
    await waitForOutput(child.stdout, /total/);
    child.stdout.destroy();
    const more = setInterval(() => child.stdin.write('4,1,1\n'.repeat(1_000)), 20);
    const { code, stderr } = await ended;
    clearInterval(more);
    assert.deepEqual([code, stderr], [0, '']);
  });
});
