import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runMathmill } from './mathmill.ts';

describe('mathmill eval', () => {
  it('takes signs for expressions and mistyped options for what they are', async () => {
    const signs = await runMathmill(['eval', '--pi', '-2', '--sqrt(4)', '---1']);
    assert.deepEqual([signs.code, signs.stdout], [0, '3.141592653589793238462643383279503\n-2\n2\n-1\n']);
    for (const option of ['--precison', '--precison=10', '--jsn']) {
      const ended = await runMathmill(['eval', option, '10', '1/3']);
      assert.deepEqual([ended.code, ended.stdout], [2, '']);
      assert.ok(ended.stderr.includes(`unknown option "${option}"`), ended.stderr);
    }
  });

  it('writes one result a line', async () => {
    const ended = await runMathmill(['eval', '0.1 + 0.2', '1/3']);
    assert.deepEqual(ended, {
      code: 0,
      signal: null,
      stdout: '0.3\n0.3333333333333333333333333333333333\n',
      stderr: '',
    });
  });

  it('takes an expression that begins with a sign', async () => {
    const ended = await runMathmill(['eval', '1 + 1', '-2 ^ 2', '--3', '-pi', '--mode', 'float64']);
    assert.equal(ended.stdout, '2\n-4\n3\n-3.141592653589793\n');
    assert.equal(ended.code, 0);
  });

  it('takes an expression that looks like an option after --', async () => {
    const ended = await runMathmill(['eval', '--', '-e']);
    assert.equal(ended.stdout, '-2.718281828459045235360287471352662\n');
  });

  it('knows modes and precision', async () => {
    assert.equal((await runMathmill(['eval', '1/3 + 1/6', '--mode', 'rational'])).stdout, '1/2\n');
    assert.equal((await runMathmill(['eval', '1/3', '--precision', '5'])).stdout, '0.33333\n');
  });

  it('puts carets under the place of an error and ends with 1', async () => {
    const ended = await runMathmill(['eval', '2 * 3', '1 + sqrt(-4) + 1']);
    assert.equal(ended.code, 1);
    assert.equal(ended.stdout, '6\n');
    const [line, carets, message] = ended.stderr.split('\n');
    assert.equal(line, '  1 + sqrt(-4) + 1');
    assert.match(carets ?? '', /^ {6}\^+$/);
    assert.match(message ?? '', /^DOMAIN: .* \(column 5\)$/);
  });

  it('refuses two lines as one operation', async () => {
    const ended = await runMathmill(['eval', '1 +\n2']);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /SYNTAX: .*more than one line \(column 4\)/);
  });

  it('writes one JSON document an expression', async () => {
    const ended = await runMathmill(['eval', '1 + 2', '1 / 0', '--json']);
    assert.equal(ended.code, 1);
    assert.equal(ended.stderr, '');
    const documents = ended.stdout
      .trimEnd()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { request: string; result?: string; error?: { code: string; column: number } },
      );
    assert.deepEqual(documents[0], { request: '1 + 2', result: '3' });
    assert.equal(documents[1]?.error?.code, 'DIV0');
    assert.equal(documents[1]?.error?.column, 3);
  });

  it('refuses wrong usage with 2', async () => {
    const usages: readonly (readonly [readonly string[], RegExp])[] = [
      [['eval'], /missing required argument 'expression'/],
      [['eval', '1', '--mode', 'complex'], /Allowed choices are decimal, float64, rational, bigint/],
      [['eval', '1', '--precision', '101'], /integer from 1 to 100/],
      [['eval', '1', '--precision', '1.5'], /integer from 1 to 100/],
    ];
    for (const [args, message] of usages) {
      const ended = await runMathmill(args);
      assert.equal(ended.code, 2, args.join(' '));
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, message);
    }
  });
});

describe('mathmill functions', () => {
  it('lists operators, functions and constants', async () => {
    const ended = await runMathmill(['functions']);
    assert.equal(ended.code, 0);
    const lines = ended.stdout.split('\n');
    for (const name of ['^ **', 'sqrt(x)', 'pi'])
      assert.ok(
        lines.some((line) => line.startsWith(`${name} `)),
        name,
      );
  });

  it('lists what a mode has', async () => {
    const ended = await runMathmill(['functions', '--mode', 'bigint']);
    assert.match(ended.stdout, /^abs\(x\) /m);
    assert.doesNotMatch(ended.stdout, /^(?:sin\(x\)|pi) /m);
  });

  it('tells all about one name', async () => {
    const ended = await runMathmill(['functions', 'round']);
    assert.match(ended.stdout, /^round\(x\[, n\]\)\n {2}x rounded to/);
    assert.match(ended.stdout, /round\(2\.5\) = 3/);
    const unknown = await runMathmill(['functions', 'frobnicate']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /there is no function or constant "frobnicate"/);
  });

  it('writes JSON', async () => {
    const { stdout } = await runMathmill(['functions', '--json']);
    const tables = JSON.parse(stdout) as Record<string, { length: number }>;
    assert.deepEqual(Object.keys(tables), ['engine_version', 'operators', 'functions', 'constants']);
    assert.ok((tables['functions']?.length ?? 0) > 40);
  });
});

describe('mathmill', () => {
  it('shows its version', async () => {
    const ended = await runMathmill(['--version']);
    assert.match(ended.stdout, /^\d+\.\d+\.\d+ \(engine \d+, Node\.js [\d.]+\)\n$/);
    assert.equal(ended.code, 0);
  });

  it('shows help with examples for each command', async () => {
    const help = await runMathmill(['--help']);
    assert.equal(help.code, 0);
    const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) .*(?:<|\[)/gm)].map(([, name = '']) => name);
    assert.deepEqual(
      commands.filter((name) => name !== 'help'),
      [
        'eval',
        'run',
        'functions',
        'table',
        'serve',
        'submit',
        'results',
        'repair',
        'status',
        'list',
        'cancel',
        'delete',
        'backup',
        'restore',
        'check',
        'migrate',
        'mcp',
      ],
    );
    for (const name of commands.filter((name) => name !== 'help')) {
      const ended = await runMathmill(['help', name]);
      assert.equal(ended.code, 0, name);
      assert.match(ended.stdout, new RegExp(`^Usage: mathmill ${name} `));
    }
  });

  it('refuses unknown commands and options with 2', async () => {
    for (const args of [[], ['frobnicate'], ['run', '--frobnicate', '-'], ['list', 'extra']]) {
      const ended = await runMathmill(args);
      assert.equal(ended.code, 2, args.join(' '));
      assert.equal(ended.stdout, '');
      assert.notEqual(ended.stderr, '');
    }
  });
});
