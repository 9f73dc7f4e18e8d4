/** The commands of the README, of the tutorial, and of the pages about the API, commands, tables and backups do what the pages say, one after another as a reader would run them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';

const root = resolve(import.meta.dirname, '../..');
const data = createDataDirectory();
let server: ServerProcess;

before(async () => {
  server = await startServer(join(data.path, 'data'));
  mkdirSync(join(data.path, 'bin'));
  symlinkSync(join(root, 'bin/mathmill.mjs'), join(data.path, 'bin/mathmill'));
});
after(async () => {
  await server.stop();
  data.remove();
});

interface Snippet {
  readonly page: string;
  readonly text: string;
}

function snippets(page: string): Snippet[] {
  const text = readFileSync(join(root, page), 'utf8');
  return Array.from(text.matchAll(/```sh\n([\s\S]*?)```/g), (match) => ({ page, text: match[1] ?? '' }));
}

interface Step {
  readonly commands: string;
  /** The output of the commands, both streams together; undefined where the page does not show it. */
  readonly output: string | undefined;
}

/** The separator of the outputs of two steps. */
const stepEnd = '<end of step>';

/** The blocks of commands of a page, each with the block that follows it before the next one. */
function stepsOf(page: string): Step[] {
  const blocks = Array.from(
    readFileSync(join(root, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
    ([, kind = '', text = '']) => ({ kind, text }),
  );
  return blocks.flatMap(({ kind, text }, index) => {
    const next = blocks[index + 1];
    return kind === 'sh' ? [{ commands: text, output: next?.kind === 'sh' ? undefined : next?.text }] : [];
  });
}

/** Runs all commands of a page in one shell, so that each can use variables of earlier ones; stops at the first that fails. */
function run(commands: string): ReturnType<typeof spawnSync> {
  return spawnSync('bash', ['-euo', 'pipefail', '-c', commands.replaceAll('http://127.0.0.1:8080', server.url)], {
    cwd: data.path,
    encoding: 'utf8',
    env: {
      PATH: `${join(data.path, 'bin')}:${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      MATHMILL_URL: server.url,
      HOME: data.path,
    },
  });
}

describe('the commands of the pages', () => {
  it('README.md', () => {
    const commands = snippets('README.md')
      .map(({ text }) => text)
      .filter((text) => !text.startsWith('make '))
      .join('\n')
      .replace('mathmill submit operations.txt --follow', '! mathmill submit operations.txt --follow');
    const result = run(commands);
    assert.equal(result.status, 0, `${String(result.stdout)}\n${String(result.stderr)}`);
    const output = String(result.stdout);
    assert.match(output, /"created_operations":4/);
    for (const line of [
      '7',
      '0.3',
      '1.414213562373095048801688724209698',
      'ERROR DIV0: Division by zero. (column 3)',
      '1/2',
    ]) {
      assert.ok(output.includes(`\n${line}\n`), `${line} is missing in ${output}`);
    }
    const results = readFileSync(join(data.path, 'results.txt'), 'utf8').split('\n');
    assert.deepEqual([results.length, results[0], results[999]], [1_001, '1.1', '1100']);
  });

  it('docs/api.md', () => {
    const result = run(
      `cp ${join(data.path, 'operations.txt')} operations.txt 2>/dev/null || true\n${snippets('docs/api.md')
        .map(({ text }) => text)
        .join('\n')}`,
    );
    assert.equal(result.status, 0, String(result.stderr));
    assert.match(String(result.stdout), /"status":"InProgress"/);
  });

  it('docs/commands.md', () => {
    const result = run(
      snippets('docs/commands.md')
        .map(({ text }) => text)
        .join('\n'),
    );
    assert.equal(result.status, 0, String(result.stderr));
    assert.match(readFileSync(join(data.path, 'both.csv'), 'utf8'), /^file,id,.*\nfirst\.txt,1,/);
    const results = readFileSync(join(data.path, 'results.ndjson'), 'utf8').trimEnd().split('\n');
    assert.equal(results.length, 2);
  });

  for (const [page, streams, outputsMin] of [
    ['docs/tables.md', '2>&1', 8],
    // Progress and counts are on standard error, and the page shows results only.
    ['docs/getting-started.md', '', 5],
  ] as const) {
    it(`${page}, with the output that follows each block of commands`, () => {
      const steps = stepsOf(page);
      const result = run(steps.map(({ commands }) => `{ ${commands}\n} ${streams}; printf '${stepEnd}'`).join('\n'));
      assert.equal(result.status, 0, `${String(result.stdout)}\n${String(result.stderr)}`);
      const outputs = String(result.stdout).split(stepEnd);
      assert.ok(steps.filter(({ output }) => output !== undefined).length >= outputsMin);
      for (const [index, { commands, output }] of steps.entries()) {
        if (output !== undefined) assert.equal(outputs[index], output, commands);
      }
    });
  }

  it('docs/backup.md, of the running server', () => {
    const commands = snippets('docs/backup.md').map(({ text }) => text);
    // The page backs up to a file of today and restores one of a day that it names.
    const result = run(commands.join('\n').replaceAll(/mathmill-\d{4}-\d{2}-\d{2}/g, 'mathmill-$(date +%F)'));
    assert.equal(result.status, 0, String(result.stderr));
    assert.ok(commands.join('').includes('mathmill restore --check') && commands.join('').includes('mathmill check'));
  });

  it('docs/troubleshooting.md', () => {
    const result = run(
      snippets('docs/troubleshooting.md')
        .map(({ text }) => text)
        .join('\n'),
    );
    assert.equal(result.status, 0, String(result.stderr));
    assert.match(String(result.stdout), /^\{"status":"UP"\}/);
  });

  it('start with make targets that exist', () => {
    const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
    const targets = Array.from(
      readFileSync(join(root, 'README.md'), 'utf8').matchAll(/(?:^|`)make ([a-z-]+)/gm),
      (match) => match[1],
    );
    assert.ok(targets.includes('start') && targets.includes('test'));
    for (const target of targets) assert.match(makefile, new RegExp(`^${target}:`, 'm'));
  });
});
