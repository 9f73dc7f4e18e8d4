/** A response of the server that holds results: how it is requested and passed on, and what it announces. */
import type { IncomingMessage } from 'node:http';
import type { ApiClient } from './api-client.ts';
import type { OutcomeCounter } from './count-outcomes.ts';
import { CommandFailure, describeError } from './exit-codes.ts';
import { mediaTypeOf, toForeignResponse } from './foreign-response.ts';
import { jobPath } from './job-document.ts';
import { BrokenPipe } from './output.ts';
import type { ResultSink } from './output-file.ts';
import { formatCount } from './text.ts';

/** A part of a job's results, as the parameters of the API name it. */
export interface ResultsPart {
  /** Undefined: as the job itself is written. */
  readonly format?: string | undefined;
  readonly outcome: 'all' | 'succeeded' | 'failed';
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  readonly follow?: boolean | undefined;
  /** Further parameters. */
  readonly [name: string]: string | number | boolean | undefined;
}

/** Sends the request; `mediaTypes` are the ones that Mathmill responds with. */
export async function openResults(
  api: ApiClient,
  jobId: string,
  part: ResultsPart,
  mediaTypes: readonly string[],
): Promise<IncomingMessage> {
  const answer = await api.open({
    method: 'GET',
    path: jobPath(jobId, 'results'),
    query: part,
    headers: { Accept: '*/*' },
    hasNoTimeout: true,
  });
  const known = mediaTypes.map((type) => mediaTypeOf({ 'content-type': type }));
  if (known.includes(mediaTypeOf(answer.headers))) return answer;
  answer.destroy();
  throw toForeignResponse(api.address, answer);
}

/**
 * Writes the body of a response. Throws a `CommandFailure` that says how many outcomes have come when the connection
 * breaks, and what the sink throws.
 */
export async function passOn(
  api: ApiClient,
  answer: IncomingMessage,
  counter: OutcomeCounter,
  sink: ResultSink,
  part: ResultsPart,
): Promise<void> {
  try {
    for await (const bytes of answer as AsyncIterable<Uint8Array>) {
      counter.add(bytes);
      await sink.write(bytes);
    }
  } catch (error) {
    if (error instanceof CommandFailure || error instanceof BrokenPipe) throw error;
    const reason = `${api.address} disconnected: ${describeError(error)}`;
    throw new CommandFailure(describeMissing(counter.count, readCount(answer), reason, part), { cause: error });
  }
}

/** How many outcomes the response has. Undefined: the job is not finished, or the server is of an older version. */
export function readCount({ headers }: IncomingMessage): number | undefined {
  const text = headers['mathmill-lines'];
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function isUnfinished({ headers }: IncomingMessage): boolean {
  const status = headers['mathmill-job-status'];
  return status === 'InProgress' || status === 'Cancelling';
}

/** The message for results that are not whole. */
export function describeMissing(
  received: number,
  expected: number | undefined,
  reason: string,
  { outcome, from = 1 }: ResultsPart,
): string {
  const total = expected === undefined ? '' : ` of ${formatCount(expected)}`;
  const advice = outcome === 'all' ? `; continue with --from ${from + received}` : '';
  return `results are missing: ${formatCount(received)}${total} arrived (${reason})${advice}`;
}
