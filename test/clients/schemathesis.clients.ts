/**
 * Schemathesis makes requests from docs/openapi.json, valid ones and invalid ones, singly and in sequences, and holds each
 * response against the document. `schemathesis/schemathesis.toml` lists with its reason each check that is left out.
 */
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createDataDirectory, startServer, type ServerProcess } from '../e2e/server-process.ts';
import { runPython } from './tools.ts';

const document = resolve(import.meta.dirname, '../../docs/openapi.json');
const examplesPerOperation = 200;

suite('the OpenAPI document, held against a server', () => {
  const data = createDataDirectory();
  let server: ServerProcess;

  before(async () => {
    server = await startServer(data.path);
  });
  after(async () => {
    await server.stop();
    data.remove();
  });

  test('all checks of Schemathesis', async () => {
    const settings = join(import.meta.dirname, 'schemathesis');
    const options = ['--max-examples', String(examplesPerOperation), '--seed', '1'];
    // A failure shows in the exit code, and its report in the error.
    await runPython(
      [
        '-m',
        'schemathesis.cli',
        '--config-file',
        join(settings, 'schemathesis.toml'),
        'run',
        document,
        '--url',
        server.url,
        ...options,
      ],
      // It keeps what it found in the folder that it is started in.
      { directory: data.path, environment: { PYTHONPATH: settings } },
    );
  });
});
