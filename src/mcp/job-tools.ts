/** Tools for jobs on a server: submit, follow, read results and errors in slices, cancel. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { isFinished, type Job, type MathmillClient, type Operation, type SubmitInput } from '../client/index.ts';
import { numberOptions } from './evaluation-tools.ts';
import { answer, ToolFailure } from './tool-result.ts';

const jobId = z.string().describe('The id of a job');
/** Lines of one answer: an assistant reads them all. */
const sliceMax = 200;
const waitSecondsMax = 50;
const readOnly = { readOnlyHint: true } as const;

export function addJobTools(server: McpServer, client: MathmillClient, folder: string): void {
  server.registerTool(
    'submit_job',
    {
      title: 'Submit a job',
      description:
        'Submits operations, one per line, or a file, as a job. With "formulas" the file is a table (CSV, TSV or NDJSON), and each formula, such as "total = price * qty", becomes a column.',
      inputSchema: z.object({
        operations: z.array(z.string()).min(1).max(10_000).optional(),
        file: z.string().optional().describe(`Path of a file, in ${folder} or a folder below it`),
        format: z.enum(['text', 'ndjson', 'csv', 'tsv']).optional().describe('Default: text; with formulas, csv'),
        formulas: z.array(z.string()).max(32).optional(),
        name: z.string().max(200).optional(),
        ...numberOptions,
      }),
    },
    async ({ operations, file, ...options }, { mcpReq }) =>
      answer(async () => {
        const input = await openInput(folder, operations, file);
        return { ...(await client.submit(input, { ...withoutUndefined(options), signal: mcpReq.signal })) };
      }),
  );

  server.registerTool(
    'get_job',
    {
      title: 'Read or await a job',
      description:
        'Reads the status and the counters of a job. With "wait_seconds", waits until it is finished, at most that long.',
      inputSchema: z.object({
        job_id: jobId,
        wait_seconds: z.number().min(0).max(waitSecondsMax).default(0),
      }),
      annotations: readOnly,
    },
    async ({ job_id: id, wait_seconds: seconds }, { mcpReq }) =>
      answer(async () => ({ ...(await readOrAwait(client, id, seconds * 1_000, mcpReq.signal)) })),
  );

  server.registerTool(
    'list_jobs',
    {
      title: 'List jobs',
      description: 'Lists jobs, newest first, in pages: pass "next" of a page as "after" for the one that follows.',
      inputSchema: z.object({
        status: z.enum(['InProgress', 'Cancelling', 'Completed', 'Cancelled']).optional(),
        after: z.string().optional(),
        size: z.number().int().min(1).max(100).default(30),
      }),
      annotations: readOnly,
    },
    async (query, { mcpReq }) =>
      answer(async () => ({ ...(await client.listJobs({ ...withoutUndefined(query), signal: mcpReq.signal })) })),
  );

  server.registerTool(
    'read_results',
    {
      title: 'Read results',
      description: `Reads up to ${sliceMax} outcomes of a finished job in line order, all of them or only those that failed or succeeded. "next" is the line to continue with.`,
      inputSchema: z.object({
        job_id: jobId,
        from: z.number().int().min(1).default(1).describe('The first line'),
        limit: z.number().int().min(1).max(sliceMax).default(50),
        outcome: z.enum(['all', 'succeeded', 'failed']).default('all'),
      }),
      annotations: readOnly,
    },
    async ({ job_id: id, from, limit, outcome }, { mcpReq }) =>
      answer(async () => {
        await requireFinished(client, id, mcpReq.signal);
        const filter = outcome === 'all' ? undefined : outcome;
        return toSlice(client.results(id, { from, outcome: filter, signal: mcpReq.signal }), limit);
      }),
  );

  server.registerTool(
    'cancel_job',
    {
      title: 'Cancel a job',
      description: 'Cancels a job: operations without an outcome get the error CANCELLED. Results so far stay.',
      inputSchema: z.object({ job_id: jobId }),
      annotations: { destructiveHint: true, idempotentHint: true },
    },
    async ({ job_id: id }, { mcpReq }) =>
      answer(async () => ({ ...(await client.cancel(id, { signal: mcpReq.signal })) })),
  );
}

async function openInput(
  folder: string,
  operations: readonly string[] | undefined,
  file: string | undefined,
): Promise<SubmitInput> {
  if ((operations === undefined) === (file === undefined)) {
    throw new ToolFailure('Give either "operations" or "file".');
  }
  if (operations !== undefined) return operations;
  const path = await findFile(folder, file ?? '');
  return () => createReadStream(path);
}

/** A file outside of the folder is none of the assistant's business, whatever links lead to it. */
async function findFile(folder: string, file: string): Promise<string> {
  try {
    const path = await realpath(resolve(folder, file));
    const place = relative(await realpath(folder), path);
    if (!place.startsWith('..') && !isAbsolute(place) && (await stat(path)).isFile()) return path;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  throw new ToolFailure(`There is no such file in ${folder} or below it: ${file}`);
}

async function readOrAwait(client: MathmillClient, id: string, waitMs: number, signal: AbortSignal): Promise<Job> {
  const limit = AbortSignal.timeout(waitMs);
  try {
    if (waitMs > 0) return await client.wait(id, { signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
  }
  return client.readJob(id, { signal });
}

async function requireFinished(client: MathmillClient, id: string, signal: AbortSignal): Promise<void> {
  const job = await client.readJob(id, { signal });
  if (isFinished(job)) return;
  throw new ToolFailure(
    `The job is ${job.status} with ${job.completed} of ${job.operations} operations done: await it with get_job first.`,
  );
}

async function toSlice(results: AsyncIterable<Operation>, limit: number): Promise<Record<string, unknown>> {
  const operations: Operation[] = [];
  for await (const operation of results) {
    if (operations.length === limit) return { operations, next: Number(operation.id) };
    operations.push(operation);
  }
  return { operations };
}

function withoutUndefined<Options extends object>(
  options: Options,
): { [Key in keyof Options]: Exclude<Options[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
