/** The programs on the page about the client run as they stand there, and print what it says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/javascript.md'), 'utf8');
const client = pathToFileURL(join(root, 'src/client/index.ts')).href;
const programs = Array.from(
  page.matchAll(/```js\n(?<program>.*?)```\n\n```text\n(?<output>.*?)```/gs),
  ({ groups = {} }) => ({ program: groups['program'] ?? '', output: groups['output'] ?? '' }),
);

describe('docs/javascript.md', () => {
  const data = createDataDirectory();
  let server: ServerProcess;
  before(async () => {
    server = await startServer(join(data.path, 'data'));
  });
  after(async () => {
    await server.stop();
    data.remove();
  });

  it('has an output for each program', () => {
    assert.equal(programs.length, page.match(/```js\n/g)?.length);
    assert.ok(programs.length >= 2);
  });

  for (const [index, { program, output }] of programs.entries()) {
    it(`program ${index + 1}`, async () => {
      const file = join(data.path, `program-${index}.mjs`);
      writeFileSync(file, program.replaceAll("'mathmill/client'", `'${client}'`));
      const { stdout } = await promisify(execFile)(process.execPath, [file], {
        env: { ...process.env, MATHMILL_URL: server.url },
      });
      assert.equal(stdout, output);
    });
  }
});
