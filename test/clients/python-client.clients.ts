/**
 * The Python client of `clients/python`: its form, types and tests, with a real server that the tests start themselves, and its
 * package, built and installed into an empty environment. The tools have the versions of its requirements.txt.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runProgram } from '../../deploy/local-stack/programs.ts';
import { createDataDirectory, startServer } from '../e2e/server-process.ts';
import { installPythonTools, pythonOf } from './tools.ts';

const directory = resolve(import.meta.dirname, '../../clients/python');

/** What a user of the package does first; the environment has nothing but the package and what it brings along. */
const firstUse = `
import sys
from importlib.metadata import version
from mathmill import Client

with Client(sys.argv[1]) as client:
    job = client.submit(["0.1 + 0.2", "1 / 0"])
    print([outcome.text or outcome.error.code for outcome in client.results(job)], version("mathmill"))
`;

suite('the Python client', () => {
  let tools: string;
  let work: string;

  before(async () => {
    tools = await installPythonTools(join(directory, 'requirements.txt'));
    work = await mkdtemp(join(tmpdir(), 'mathmill-python-client-'));
  });
  after(() => rm(work, { recursive: true, force: true }));

  /** Runs a module with the tools; its caches stay out of the checkout. */
  async function run(...args: readonly string[]): Promise<string> {
    const environment = {
      MYPY_CACHE_DIR: join(work, 'mypy'),
      PYTHONDONTWRITEBYTECODE: '1',
      RUFF_CACHE_DIR: join(work, 'ruff'),
    };
    return runProgram(pythonOf(tools), ['-m', ...args], { directory, environment });
  }

  test('has the form that ruff demands', async () => {
    await run('ruff', 'check', '.');
    await run('ruff', 'format', '--check', '.');
  });

  test('has types that mypy can prove', async () => {
    assert.match(await run('mypy'), /^Success: /m);
  });

  test('passes its tests', async (context) => {
    const output = await run('pytest', '--quiet', '-p', 'no:cacheprovider');
    const last = output.trimEnd().split('\n').at(-1) ?? '';
    context.diagnostic(last);
    assert.match(last, /^\d+ passed in /);
  });

  test('is a package that works in an empty environment', async (context) => {
    // A build leaves files in its folder.
    const source = join(work, 'source');
    await cp(directory, source, { recursive: true });
    const wheels = join(work, 'wheels');
    const how = ['--no-build-isolation', '--no-deps', '--no-index', '--quiet', '--wheel-dir', wheels];
    await run('pip', 'wheel', ...how, source);
    const [wheel = ''] = await readdir(wheels);
    assert.match(wheel, /^mathmill-.*-py3-none-any\.whl$/);

    const environment = join(work, 'environment');
    await runProgram('python3', ['-m', 'venv', environment], {});
    const from = ['--no-index', '--quiet', '--find-links', join(tools, 'wheels')];
    await runProgram(pythonOf(environment), ['-m', 'pip', 'install', ...from, join(wheels, wheel)], {});

    const data = createDataDirectory();
    const server = await startServer(data.path);
    context.after(async () => {
      await server.stop();
      data.remove();
    });
    const program = join(work, 'first_use.py');
    await writeFile(program, firstUse);
    const output = await runProgram(pythonOf(environment), ['-W', 'error', program, server.url], { directory: work });
    assert.match(output, /^\['0\.3', 'DIV0'\] \d+\.\d+\.\d+\S*\n$/);
  });
});
