import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import type { EvaluationSettings } from '../../expression/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { followJob } from '../follow-job.ts';
import { guessInputFormat, openInput, type InputFormat, type InputSource } from '../input-source.ts';
import { createProgress } from '../progress.ts';
import { formatCount } from '../text.ts';
import { showFinishedJob } from './status.ts';

export interface SubmitOptions extends EvaluationSettings {
  readonly input?: InputFormat;
  readonly name?: string;
  readonly idempotencyKey?: string;
  readonly gzip?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly progress: boolean;
}

const mediaTypes = { text: 'text/plain; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/** `mathmill submit`: sends a file or standard input to the server as a job. */
export async function submitCommand(
  context: CommandContext,
  api: ApiClient,
  path: string,
  options: SubmitOptions,
): Promise<ExitCode> {
  const { output, messages } = context;
  const source = await openInput(path, context);
  const progress = createProgress(messages, {
    label: 'Sending',
    unit: 'bytes',
    total: source.size,
    isWanted: options.progress,
  });
  let answer: unknown;
  try {
    answer = await upload(api, source, options, (bytesSent) => progress.update({ done: bytesSent }));
  } finally {
    progress.stop();
    source.close();
  }
  const { id, operations } = readAcceptance(answer);
  const isJson = options.json === true;
  if (options.follow !== true) {
    await output.line(isJson ? JSON.stringify(answer) : id);
    if (messages.isTerminal && !isJson) await messages.line(hint(id, operations));
    return exitCodes.ok;
  }
  if (!isJson) await output.line(id);
  return showFinishedJob({ output }, await followJob(api, id, messages), isJson);
}

async function upload(
  api: ApiClient,
  source: InputSource,
  options: SubmitOptions,
  onSent: (bytesSent: number) => void,
): Promise<unknown> {
  const counted = countBytes(source.bytes, onSent);
  const { idempotencyKey } = options;
  return api.ask({
    method: 'POST',
    path: 'api/jobs',
    query: { mode: options.mode, precision: options.precision, name: options.name },
    headers: {
      'Content-Type': mediaTypes[options.input ?? guessInputFormat(source.path)],
      ...(options.gzip === true ? { 'Content-Encoding': 'gzip' } : {}),
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
    body: options.gzip === true ? compress(counted) : counted,
  });
}

async function* countBytes(
  blocks: AsyncIterable<Uint8Array>,
  onSent: (bytesSent: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  let bytesSent = 0;
  for await (const block of blocks) {
    yield block;
    bytesSent += block.length;
    onSent(bytesSent);
  }
}

/** An error in the source has to end the compressed stream too, or the upload would wait for ever. */
function compress(blocks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const plain = Readable.from(blocks, { objectMode: false });
  const gzip = createGzip();
  plain.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => plain.destroy());
  return plain.pipe(gzip) as AsyncIterable<Uint8Array>;
}

function readAcceptance(answer: unknown): { readonly id: string; readonly operations: number } {
  const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  const { id, created_operations: operations } = fields;
  if (typeof id === 'string' && typeof operations === 'number') return { id, operations };
  throw new CommandFailure('the server does not answer like a Mathmill server');
}

function hint(id: string, operations: number): string {
  return `Accepted ${formatCount(operations)} operations. Get the results with: mathmill results --follow ${id}`;
}
