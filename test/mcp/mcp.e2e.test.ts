/** `mathmill mcp`, as an assistant uses it: through the client of the protocol's own SDK. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { bin, createFolder, runMathmill, startServer } from '../cli/mathmill.ts';

type Answer = Readonly<Record<string, unknown>>;

async function connect(context: TestContext, args: readonly string[] = [], environment: Record<string, string> = {}) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'mcp', ...args],
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...environment },
    stderr: 'inherit',
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  context.after(() => client.close());

  async function call(name: string, input: Record<string, unknown>): Promise<{ answer: Answer; failure: string }> {
    const { content, structuredContent = {}, isError } = await client.callTool({ name, arguments: input });
    const [first] = content;
    const text = first?.type === 'text' ? first.text : '';
    if (isError !== true) assert.deepEqual(JSON.parse(text), structuredContent);
    return { answer: structuredContent as Answer, failure: isError === true ? text : '' };
  }
  return { client, call };
}

const local = ['evaluate', 'list_functions'];

describe('mathmill mcp without a server', () => {
  it('evaluates, each expression with its own result or error', async (context) => {
    const { client, call } = await connect(context);
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name).sort(), local);
    const { answer } = await call('evaluate', { expressions: ['0.1 + 0.2', '1 / 0', '2 +', '1/3'], precision: 10 });
    const results = answer['results'] as { result?: string; error?: { code: string; column?: number } }[];
    assert.deepEqual(
      results.map(({ result, error }) => result ?? error?.code),
      ['0.3', 'DIV0', 'SYNTAX', '0.3333333333'],
    );
    const rational = await call('evaluate', { expressions: ['1/3 + 1/6'], mode: 'rational' });
    assert.equal((rational.answer['results'] as { result: string }[])[0]?.result, '1/2');
  });

  it('describes the language, all of it or what is looked for', async (context) => {
    const { call } = await connect(context);
    const { answer } = await call('list_functions', { search: 'square root' });
    assert.ok((answer['functions'] as { name: string }[]).some(({ name }) => name === 'sqrt'));
    assert.ok((answer['functions'] as unknown[]).length < 5);
    const all = await call('list_functions', {});
    assert.ok((all.answer['functions'] as unknown[]).length > 30);
  });

  it('rejects what a tool does not take', async (context) => {
    const { call } = await connect(context);
    for (const input of [
      {},
      { expressions: [] },
      { expressions: ['1'], mode: 'roman' },
      { expressions: ['1'], precision: 0 },
    ]) {
      const failure = await call('evaluate', input).then(
        (answer) => answer.failure,
        (error: unknown) => String(error),
      );
      assert.notEqual(failure, '', JSON.stringify(input));
    }
  });

  it('ends when its input does', async () => {
    const ended = await runMathmill(['mcp'], { input: '' });
    assert.deepEqual([ended.code, ended.stdout], [0, '']);
  });
});

describe('mathmill mcp with a server', () => {
  it('submits operations, follows the job, and reads results and errors in slices', async (context) => {
    const server = await startServer(context);
    const { client, call } = await connect(context, ['--url', server.url]);
    assert.ok((await client.listTools()).tools.length > local.length);
    const evaluated = await call('evaluate', { expressions: ['0.1 + 0.2', '1 / 0'] });
    const [sum, failure] = evaluated.answer['results'] as { result?: string; error?: { code: string } }[];
    assert.deepEqual([sum?.result, failure?.error?.code], ['0.3', 'DIV0']);
    const operations = Array.from({ length: 120 }, (_, index) => (index % 60 === 5 ? '1 / 0' : `${index} + 1`));
    const submitted = await call('submit_job', { operations, name: 'slices' });
    const id = String(submitted.answer['id']);
    const job = await call('get_job', { job_id: id, wait_seconds: 30 });
    assert.deepEqual([job.answer['status'], job.answer['failed']], ['Completed', 2]);
    const first = await call('read_results', { job_id: id, limit: 100 });
    assert.equal((first.answer['operations'] as unknown[]).length, 100);
    assert.equal(first.answer['next'], 101);
    const rest = await call('read_results', { job_id: id, from: 101, limit: 100 });
    assert.equal((rest.answer['operations'] as unknown[]).length, 20);
    assert.equal('next' in rest.answer, false);
    const failed = await call('read_results', { job_id: id, outcome: 'failed' });
    assert.deepEqual(
      (failed.answer['operations'] as { id: string }[]).map(({ id: line }) => line),
      ['6', '66'],
    );
    const list = await call('list_jobs', { status: 'Completed' });
    assert.equal(list.answer['total'], 1);
  });

  it('submits files of its folder as jobs and tables, and no others', async (context) => {
    const server = await startServer(context);
    const folder = await createFolder(context);
    mkdirSync(join(folder, 'inside'));
    writeFileSync(join(folder, 'inside', 'rows.csv'), 'price,qty\n2.5,4\n1,3\n');
    writeFileSync(join(folder, 'secret.txt'), 'outside\n');
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'inside', 'link.txt'));
    const { call } = await connect(context, ['--url', server.url, '--folder', join(folder, 'inside')]);
    const table = await call('submit_job', { file: 'rows.csv', formulas: ['total = price * qty'] });
    const id = String(table.answer['id']);
    await call('get_job', { job_id: id, wait_seconds: 30 });
    const { answer } = await call('read_results', { job_id: id });
    const rows = answer['operations'] as { results: { total: string } }[];
    assert.deepEqual(
      rows.map(({ results }) => results.total),
      ['10', '3'],
    );
    for (const file of ['../secret.txt', join(folder, 'secret.txt'), 'link.txt', 'nothing.txt', '.', '/etc/passwd']) {
      assert.match((await call('submit_job', { file })).failure, /There is no such file/, file);
    }
    assert.match((await call('submit_job', {})).failure, /either "operations" or "file"/);
  });

  it('says what is wrong in words, and takes a token from the environment', async (context) => {
    const server = await startServer(context, { environment: { AUTHENTICATION: 'tokens' } });
    const created = await runMathmill(
      ['token', 'create', '--role', 'reader', '--name', 'assistant', '--data-dir', server.dataDirectory],
      {},
    );
    const token = created.stdout.trim();
    const anonymous = await connect(context, ['--url', server.url]);
    assert.match((await anonymous.call('list_jobs', {})).failure, /token/i);
    const reader = await connect(context, ['--url', server.url], { MATHMILL_TOKEN: token });
    assert.equal((await reader.call('list_jobs', {})).answer['total'], 0);
    assert.match((await reader.call('submit_job', { operations: ['1'] })).failure, /role/);
    const unknown = '01900000-0000-7000-8000-000000000000';
    assert.match((await reader.call('get_job', { job_id: unknown })).failure, /job/i);
    server.child.kill('SIGKILL');
    await server.ended;
    assert.match((await reader.call('list_jobs', {})).failure, /cannot be reached/);
  });
});
