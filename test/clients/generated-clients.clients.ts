/**
 * Clients that well-known generators make from docs/openapi.json, each compiled or imported as its users would, and each
 * taking a job through its life on a real server by its plain default calls: submit a list and a file, follow, page, read
 * results, cancel, delete.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runProgram } from '../../deploy/local-stack/programs.ts';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { copyGo, copyTypeScript, runOpenApiGenerator, runPython } from './tools.ts';

const document = resolve(import.meta.dirname, '../../docs/openapi.json');

suite('generated clients', () => {
  const data = createDataDirectory();
  let server: ServerProcess;
  let work: string;
  let file: string;

  before(async () => {
    server = await startServer(data.path);
    work = await mkdtemp(join(tmpdir(), 'mathmill-clients-'));
    file = join(work, 'operations.txt');
    await writeFile(file, Array.from({ length: 250 }, (_, index) => `${index + 1} + 1\n`).join(''));
  });
  after(async () => {
    await server.stop();
    data.remove();
    await rm(work, { recursive: true, force: true });
  });

  test('openapi-typescript with openapi-fetch', async () => {
    const directory = join(work, 'typescript');
    await copyTypeScript(directory);
    const bin = join(directory, 'node_modules', '.bin');
    await runProgram(join(bin, 'openapi-typescript'), [document, '--output', join(directory, 'schema.d.ts')], {});
    await runProgram(join(bin, 'tsc'), ['--project', directory], {});
    const output = await runProgram(process.execPath, ['client.ts', server.url, file], { directory });
    assert.match(output, /^passed$/m);
  });

  test('openapi-python-client', async () => {
    const directory = join(work, 'openapi-python-client');
    await mkdir(directory);
    const generated = join(directory, 'mathmill_api');
    const how = ['generate', '--path', document, '--output-path', generated, '--meta', 'none'];
    await runPython(['-m', 'openapi_python_client', ...how]);
    const program = join(import.meta.dirname, 'python', 'use_openapi_python_client.py');
    const output = await runPython([program, server.url, file], { environment: { PYTHONPATH: directory } });
    assert.match(output, /^passed$/m);
  });

  test('openapi-generator for Python', async () => {
    const directory = join(work, 'openapi-generator');
    const how = ['-i', document, '-g', 'python', '-o', directory, '--package-name', 'mathmill_api'];
    await runOpenApiGenerator(['generate', ...how]);
    const program = join(import.meta.dirname, 'python', 'use_openapi_generator.py');
    const output = await runPython([program, server.url, file], { environment: { PYTHONPATH: directory } });
    assert.match(output, /^passed$/m);
  });

  test('oapi-codegen for Go', async () => {
    const directory = join(work, 'go');
    await copyGo(directory);
    await mkdir(join(directory, 'api'));
    await cp(document, join(directory, 'openapi.json'));
    await runProgram('go', ['tool', 'oapi-codegen', '-config', 'oapi-codegen.yaml', 'openapi.json'], { directory });
    const output = await runProgram('go', ['run', '.', server.url, file], { directory });
    assert.match(output, /^passed$/m);
  });
});
