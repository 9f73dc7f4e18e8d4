import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { bin, createFolder, runMathmill, startMathmill, waitForOutput } from './mathmill.ts';

/** Runs a shell line in which "$0" is Node and "$1" the command. */
async function runShell(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn('/bin/bash', ['-c', `set -o pipefail; ${line}`, process.execPath, bin]);
  const pieces: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece: Buffer) => (pieces.stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (pieces.stderr += piece.toString()));
  const [code] = await once(child, 'close');
  return { code: code as number, ...pieces };
}

describe('mathmill run', () => {
  it('writes results in the order of the lines and ends with 1 when one failed', async () => {
    const ended = await runMathmill(['run', '-'], { input: '1 + 2\n\nsqrt(2)\n1 / 0\n2 *\n' });
    assert.equal(ended.code, 1);
    assert.equal(ended.stderr, '');
    const lines = ended.stdout.split('\n');
    assert.equal(lines[0], '3');
    assert.match(lines[1] ?? '', /^ERROR EMPTY: /);
    assert.equal(lines[2], '1.414213562373095048801688724209698');
    assert.match(lines[3] ?? '', /^ERROR DIV0: .* \(column 3\)$/);
    assert.match(lines[4] ?? '', /^ERROR SYNTAX: /);
    assert.equal(lines.length, 6);
  });

  const inputs: readonly (readonly [name: string, input: string | Uint8Array, stdout: string])[] = [
    ['no end of the last line', '1 + 1\n2 + 2', '2\n4\n'],
    ['CRLF', '1 + 1\r\n2 + 2\r\n', '2\n4\n'],
    ['a byte order mark', '\ufeff1 + 1\n2 + 2\n', '2\n4\n'],
    ['a line of 65,536 bytes', `1${'+1'.repeat(10_000)}${' '.repeat(65_536 - 20_001)}\n5`, '10001\n5\n'],
  ];
  for (const [name, input, stdout] of inputs) {
    it(`takes ${name}`, async () => {
      assert.deepEqual(await runMathmill(['run', '-'], { input }), { code: 0, signal: null, stdout, stderr: '' });
    });
  }

  it('rejects UTF-16 as a whole, and names a carriage return within a line', async () => {
    const utf16 = await runMathmill(['run', '-'], { input: Buffer.from('\ufeff1 + 2\r\n', 'utf16le') });
    assert.deepEqual([utf16.code, utf16.stdout], [2, '']);
    assert.match(utf16.stderr, /the input is UTF-16; save it as UTF-8/);
    const oneLine = await runMathmill(['run', '-'], { input: '10\r-4\r-3\r+1\r' });
    assert.equal(oneLine.code, 1);
    assert.match(oneLine.stdout, /^ERROR SYNTAX: .*carriage return.*\n$/);
  });

  it('gives each line of rubbish its own error and its neighbours their results', async () => {
    const rubbish = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + (index >> 5)) % 256));
    const lines = rubbish.filter((byte) => byte === 0x0a).length;
    const input = Buffer.concat([Buffer.from('1 + 1\n'), rubbish, Buffer.from('\n2 + 2\n')]);
    const ended = await runMathmill(['run', '-'], { input });
    assert.equal(ended.code, 1);
    const answers = ended.stdout.split('\n');
    assert.equal(answers.length, lines + 4);
    assert.equal(answers[0], '2');
    assert.equal(answers.at(-2), '4');
    for (const answer of answers.slice(1, -2)) assert.match(answer, /^(?:ERROR [A-Z0-9_]+: |[-\d.truefals]+$)/);
    assert.match(ended.stdout, /ERROR ENCODING/);
  });

  it('refuses a line of 1 MB and goes on', async () => {
    const ended = await runMathmill(['run', '-'], { input: `${'1+'.repeat(500_000)}1\n2 + 2\n` });
    assert.match(ended.stdout, /^ERROR TOO_LONG: [^\n]*\n4\n$/);
  });

  it('writes CSV and NDJSON', async () => {
    const input = '1 + 2\n1 / 0\n';
    const csv = await runMathmill(['run', '-', '--format', 'csv'], { input });
    assert.equal(
      csv.stdout,
      'id,custom_id,request,result,error_code,error_message,error_column\n1,,1 + 2,3,,,\n2,,1 / 0,,DIV0,Division by zero.,3\n',
    );
    const ndjson = await runMathmill(['run', '-', '--format', 'ndjson'], { input });
    const [first, second] = ndjson.stdout
      .split('\n')
      .map((line): unknown => (line === '' ? undefined : JSON.parse(line)));
    assert.deepEqual(first, { id: '1', request: '1 + 2', result: '3' });
    assert.deepEqual(second, {
      id: '2',
      request: '1 / 0',
      error: { code: 'DIV0', message: 'Division by zero.', column: 3, end_column: 4 },
    });
  });

  it('reads NDJSON with ids of the caller, told by the name of the file or by --input', async (context) => {
    const path = join(await createFolder(context), 'operations.jsonl');
    const text = '{"custom_id":"a","request":"1 + 2"}\n{"request":"3"}\n';
    await writeFile(path, text);
    const expected = '1,a,1 + 2,3,,,\n2,,3,3,,,\n';
    const named = await runMathmill(['run', path, '--format', 'csv']);
    assert.ok(named.stdout.endsWith(expected), named.stdout);
    const told = await runMathmill(['run', '-', '--input', 'ndjson', '--format', 'csv'], { input: text });
    assert.ok(told.stdout.endsWith(expected), told.stdout);
  });

  it('computes in the mode it is told', async () => {
    const ended = await runMathmill(['run', '-', '--mode', 'rational', '--threads', '1'], { input: '1/3 + 1/6\n' });
    assert.equal(ended.stdout, '1/2\n');
  });

  it('answers a line before the next one comes', async () => {
    const { child, ended } = startMathmill(['run', '-', '--format', 'csv']);
    const first = waitForOutput(child.stdout, /^1,,1 \+ 2,3,,,\n/m);
    child.stdin.write('1 + 2\n');
    await first;
    const others = waitForOutput(child.stdout, /^2,,\ufeff7,7,,,\n3,,,,EMPTY,[^\n]*\n/m);
    // A byte order mark here is not at the start of the input, so it is a part of its line.
    child.stdin.write('\ufeff7\n\n');
    await others;
    child.stdin.end('4 + 4');
    const { stdout } = await ended;
    assert.match(stdout, /\n4,,4 \+ 4,8,,,\n$/);
  });

  it('says why it cannot read', async (context) => {
    const folder = await createFolder(context);
    await mkdir(join(folder, 'sub'));
    const cases: readonly (readonly [path: string, message: RegExp])[] = [
      [join(folder, 'missing'), /cannot read ".*missing": there is no such file/],
      [join(folder, 'sub'), /cannot read ".*sub": it is a directory/],
      ['', /cannot read "": there is no such file/],
    ];
    for (const [path, message] of cases) {
      const ended = await runMathmill(['run', path]);
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, message);
    }
    const asInput = await runShell(`"$0" "$1" run - < ${folder}`);
    assert.deepEqual(asInput, {
      code: 2,
      stdout: '',
      stderr: 'mathmill: cannot read standard input: it is a directory\n',
    });
  });

  it('fails when there is nothing to evaluate, as submit does', async (context) => {
    const path = join(await createFolder(context), 'empty.txt');
    await writeFile(path, '\ufeff');
    const stderr = 'mathmill: standard input holds no operations: it is empty\n';
    for (const format of ['text', 'csv', 'ndjson']) {
      const ended = await runMathmill(['run', '-', '--format', format], { input: '' });
      assert.deepEqual(ended, { code: 2, signal: null, stdout: '', stderr });
    }
    assert.deepEqual(await runShell('"$0" "$1" run - <&-'), { code: 2, stdout: '', stderr });
    const ended = await runMathmill(['run', path]);
    assert.deepEqual([ended.code, ended.stderr], [2, `mathmill: "${path}" holds no operations: it is empty\n`]);
  });

  it('evaluates many files in their order, each with lines of its own, and names it where there is a place', async (context) => {
    const folder = await createFolder(context);
    const [first, second, third] = ['a, b.txt', 'c.ndjson', 'd.txt'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(first, '1 + 1\n1 / 0');
    await writeFile(second, '{"custom_id":"x","request":"2 + 2"}\n');
    await writeFile(third, '\ufeff3 + 3\n'.concat('9\n'.repeat(2_000)));
    const text = await runMathmill(['run', first, second, '-', third], { input: '5 + 5' });
    const nines = '9\n'.repeat(2_000);
    assert.equal(text.stdout, `2\nERROR DIV0: Division by zero. (column 3)\n4\n10\n6\n${nines}`);
    assert.equal(text.code, 1);
    const csv = await runMathmill(['run', first, second, '--format', 'csv']);
    assert.equal(
      csv.stdout,
      'file,id,custom_id,request,result,error_code,error_message,error_column\n' +
        `"${first}",1,,1 + 1,2,,,\n"${first}",2,,1 / 0,,DIV0,Division by zero.,3\n${second},1,x,2 + 2,4,,,\n`,
    );
    const ndjson = await runMathmill(['run', second, first, '--format', 'ndjson']);
    const documents = ndjson.stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    assert.deepEqual(documents.slice(0, 2), [
      { file: second, id: '1', custom_id: 'x', request: '2 + 2', result: '4' },
      { file: first, id: '1', request: '1 + 1', result: '2' },
    ]);
  });

  it('evaluates nothing when one of the files cannot be read', async (context) => {
    const folder = await createFolder(context);
    const path = join(folder, 'a.txt');
    await writeFile(path, '1\n');
    for (const other of [join(folder, 'missing'), folder]) {
      const ended = await runMathmill(['run', path, other]);
      assert.deepEqual([ended.code, ended.stdout], [2, '']);
      assert.ok(ended.stderr.startsWith(`mathmill: cannot read "${other}": `), ended.stderr);
    }
    const twice = await runMathmill(['run', '-', path, '-'], { input: '1\n' });
    assert.deepEqual([twice.code, twice.stdout], [2, '']);
    assert.match(twice.stderr, /standard input \(-\) can be read once only/);
  });

  it(
    'reads more files than a process may have open, in one process',
    { skip: process.platform === 'win32' },
    async (context) => {
      const folder = await createFolder(context);
      const files = Array.from({ length: 1_000 }, (_, index) => join(folder, `${index}.txt`));
      for (const [index, file] of files.entries()) await writeFile(file, `${index} + 1\n`);
      const ended = await runShell(`ulimit -n 256; "$0" "$1" run ${folder}/{0..999}.txt`);
      assert.deepEqual(ended, { code: 0, stdout: files.map((_, index) => `${index + 1}\n`).join(''), stderr: '' });
    },
  );

  it('reads a pipe that can be opened once only', { skip: process.platform === 'win32' }, async () => {
    const ended = await runShell('"$0" "$1" run <(echo 1 + 1) <(echo 2 + 2)');
    assert.deepEqual(ended, { code: 0, stdout: '2\n4\n', stderr: '' });
  });

  it('says when the output cannot be written', { skip: process.platform !== 'linux' }, async () => {
    const ended = await runShell('echo 1 + 1 | "$0" "$1" run - > /dev/full');
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /cannot write to standard output: no space is left on the device/);
  });

  it('ends quietly when nobody reads any more, even while input goes on', async () => {
    const ended = await runShell('yes "1 + 2" | { "$0" "$1" run -; echo "code $?" >&2; } | head -n 2');
    assert.equal(ended.stdout, '3\n3\n');
    assert.equal(ended.stderr, 'code 0\n');
  });

  it(
    'shows progress on a terminal only',
    { skip: process.platform !== 'linux' && 'needs the script of util-linux' },
    async (context) => {
      const folder = await createFolder(context);
      const path = join(folder, 'operations.txt');
      await writeFile(path, '1 + 2\n'.repeat(50_000));
      const results = join(folder, 'results.txt');
      const log = join(folder, 'terminal.log');
      const line = (options: string): string =>
        `script -qec "$0 $1 run ${path} ${options} > ${results}" ${log} < /dev/null > /dev/null`;
      await runShell(line(''));
      const shown = await readFile(log, 'utf8');
      assert.match(shown, /Evaluating {2}\[[=-]+\] \d+ % {2}[\d,]+ operations {2}[\d,]+\/s/);
      assert.equal((await readFile(results, 'utf8')).length, 2 * 50_000);
      // Modes of the terminal that were changed would stay so after Ctrl-C.
      assert.ok(!shown.includes('\u001b[?7l') && !shown.includes('\u001b[?25l'));
      await runShell(line('--no-progress'));
      assert.doesNotMatch(await readFile(log, 'utf8'), /Evaluating/);
    },
  );
});

/** Runs a shell line on a terminal of that many columns; returns its output. */
async function runOnTerminal(context: TestContext, columns: number, line: string): Promise<string> {
  const folder = await createFolder(context);
  const log = join(folder, 'terminal.log');
  const script = join(folder, 'script.sh');
  await writeFile(script, `stty columns ${columns}\n${line}\n`);
  await runShell(`script -qec "bash ${script}" ${log} < /dev/null > /dev/null`);
  return (await readFile(log, 'utf8')).replaceAll(/^Script (?:started|done).*\n/gm, '');
}

describe('mathmill on a terminal', { skip: process.platform !== 'linux' && 'needs the script of util-linux' }, () => {
  const node = process.execPath;

  it('shows no control character of others, in no format, and exact bytes elsewhere', async (context) => {
    const folder = await createFolder(context);
    const path = join(folder, 'operations.ndjson');
    const nasty = '\u001b]0;gone\u0007\u009b2J\u202e\u2066\r';
    await writeFile(path, JSON.stringify({ custom_id: nasty, request: `1 $ "${nasty}"` }) + '\n');
    for (const format of ['text', 'csv', 'ndjson']) {
      const shown = await runOnTerminal(context, 80, `${node} ${bin} run ${path} --format ${format}`);
      assert.match(shown, /SYNTAX/);
      assert.doesNotMatch(shown.replaceAll('\r\n', '\n'), /(?!\n)[\p{Cc}\p{Bidi_Control}]/u, format);
      if (format === 'csv') assert.match(shown, /\\u001b\]0;gone\\u0007\\u009b2J\\u202e\\u2066\\u000d/);
    }
    const exact = await runMathmill(['run', path, '--format', 'csv']);
    assert.ok(exact.stdout.includes(`"${nasty}"`));
    const command = await runOnTerminal(context, 80, `${node} ${bin} $'no\\e[2Jsuch'`);
    assert.match(command, /unknown command 'no\\u001b\[2Jsuch'/);
  });

  for (const columns of [80, 40, 20]) {
    it(`keeps the numbers of progress within ${columns} columns`, async (context) => {
      const folder = await createFolder(context);
      const path = join(folder, 'operations.txt');
      await writeFile(path, '1 + 2\n'.repeat(50_000));
      const shown = await runOnTerminal(context, columns, `${node} ${bin} run ${path} > ${folder}/results`);
      // oxlint-disable-next-line no-control-regex -- the bar is drawn with them
      const lines = shown.split(/\u001b\[[0-9]*[A-Z]|[\r\n]/).filter((line) => line !== '');
      assert.ok(lines.length > 0);
      for (const line of lines) assert.ok(line.length < columns, line);
      assert.match(lines.join('\n'), /\d+ % {2}[\d,]+/);
    });
  }
});

describe('mathmill run with 1,000,000 lines', () => {
  it('keeps their order, whole and with errors in their places', async (context) => {
    const folder = await createFolder(context);
    const path = join(folder, 'operations.txt');
    const results = join(folder, 'results.txt');
    const lines = 1_000_000;
    const file = await open(path, 'w');
    const expected = createHash('sha256');
    for (let first = 1; first <= lines; first += 10_000) {
      const numbers = Array.from({ length: 10_000 }, (_, index) => first + index);
      await file.write(
        numbers.map((number) => (number % 1000 === 0 ? '1 / 0\n' : `${number} + 4 + 6 - 5 * 2\n`)).join(''),
      );
      expected.update(
        numbers
          .map((number) => (number % 1000 === 0 ? 'ERROR DIV0: Division by zero. (column 3)\n' : `${number}\n`))
          .join(''),
      );
    }
    await file.close();
    const ended = await runShell(`"$0" "$1" run ${path} > ${results}`);
    assert.deepEqual(ended, { code: 1, stdout: '', stderr: '' });
    const actual = createHash('sha256');
    for await (const piece of createReadStream(results) as AsyncIterable<Buffer>) actual.update(piece);
    assert.equal(actual.digest('hex'), expected.digest('hex'));
  });

  it(
    'needs no more memory for ten times the lines',
    { skip: process.platform !== 'linux' && 'reads /proc' },
    async () => {
      const peakOf = async (lines: number): Promise<number> => {
        const { child, ended } = startMathmill(['run', '-', '--threads', '2']);
        const block = Buffer.from('1 + 2\n'.repeat(10_000));
        let peak = 0;
        for (let sent = 0; sent < lines; sent += 10_000) {
          if (!child.stdin.write(block)) await once(child.stdin, 'drain');
          if (sent % 100_000 === 0) peak = Math.max(peak, await residentBytes(child.pid ?? 0));
        }
        child.stdin.end();
        assert.equal((await ended).stdout.length, 2 * lines);
        return peak;
      };
      const small = await peakOf(200_000);
      const large = await peakOf(2_000_000);
      assert.ok(large < small + 150e6, `${large} bytes against ${small}`);
    },
  );
});

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
