/** The commands of the README and of the API page do what the pages say, one after another as a reader would run them. */
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

/** Runs all commands of a page in one shell, so that what one sets the next can use; stops at the first that fails. */
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
