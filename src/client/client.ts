/**
 * A client of the HTTP API for programs: Node.js from 20 on, and browsers. It handles the cases that a program with plain
 * requests has to handle itself: uploads that are sent again do not create a second job, a wait survives a restart of the
 * server, and results end only when all of them have arrived.
 */
import { toUploadBody, type SubmitInput } from './bodies.ts';
import { ApiError, JobNotFoundError, MathmillError, UnreachableError } from './errors.ts';
import { readJobEvents } from './job-events.ts';
import { readLines } from './read-lines.ts';
import { Transport, type Query, type TransportOptions, type Tries } from './transport.ts';
import type { Evaluation, Job, JobPage, JobStatus, Operation, Submission } from './types.ts';

export interface CallOptions {
  /** Ends the call; it then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

export interface NumberOptions {
  /** Default: `decimal`. */
  readonly mode?: 'decimal' | 'rational' | 'bigint' | 'float64';
  /** Significant digits of the mode `decimal`. Default: 34. */
  readonly precision?: number;
}

export interface SubmitOptions extends CallOptions, NumberOptions {
  readonly name?: string;
  /** Format of the input. Default: `text`; with formulas, `csv`. */
  readonly format?: 'text' | 'ndjson' | 'csv' | 'tsv';
  /** Makes the input a table: `name = expression` for each column of results. */
  readonly formulas?: readonly string[];
  /** Further parameters of tables (docs/api.md, "Tables"). */
  readonly table?: Query;
  /** Of two uploads with one key, the second gives the job of the first. Default: a random one, for the tries of this call. */
  readonly idempotencyKey?: string;
}

export interface Correction {
  /** Id of an operation that failed. */
  readonly id: string;
  /** The new operation. */
  readonly request: string;
}

export interface ResultsOptions extends CallOptions {
  /** The first line. Default: 1. */
  readonly from?: number;
  /** Default: all. */
  readonly outcome?: 'succeeded' | 'failed' | undefined;
}

export interface ListOptions extends CallOptions {
  readonly status?: JobStatus;
  /** The `next` of an earlier page. */
  readonly after?: string;
  /** 1 to 100. Default: 30. */
  readonly size?: number;
}

const mediaTypes = {
  text: 'text/plain',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
} as const;
const endedEarly = new MathmillError('the response ended early');
/** The longest that the server lets a request wait. */
const waitSeconds = 60;

export class MathmillClient {
  readonly #transport: Transport;

  /** `url`: of the server, with the prefix of a proxy if there is one. */
  constructor(url: string | URL = 'http://127.0.0.1:8080', options: TransportOptions = {}) {
    this.#transport = new Transport(url, options);
  }

  /** Resolves when every line is stored: the job is then completed, whatever happens to the server. */
  async submit(input: SubmitInput, options: SubmitOptions = {}): Promise<Submission> {
    const { mode, precision, name, formulas, table, signal } = options;
    const { format = formulas === undefined ? 'text' : 'csv', idempotencyKey = crypto.randomUUID() } = options;
    const { make, isRepeatable, readFailure } = toUploadBody(input);
    return this.#readJson({
      method: 'POST',
      path: 'api/jobs',
      query: { mode, precision, name, formula: formulas, ...table },
      headers: { 'content-type': mediaTypes[format], 'idempotency-key': idempotencyKey },
      body: make,
      readBodyFailure: readFailure,
      isRepeatable,
      signal,
    });
  }

  async readJob(id: string, { signal }: CallOptions = {}): Promise<Job> {
    return this.#readJson({ method: 'GET', path: jobPath(id), signal });
  }

  /** Newest first. */
  async listJobs({ signal, ...query }: ListOptions = {}): Promise<JobPage> {
    return this.#readJson({ method: 'GET', path: 'api/jobs', query, signal });
  }

  /** Resolves when the job is `Completed` or `Cancelled`. */
  async wait(id: string, { signal }: CallOptions = {}): Promise<Job> {
    for (;;) {
      const job = await this.#readJson<Job>({ method: 'GET', path: jobPath(id), query: { wait: waitSeconds }, signal });
      if (isFinished(job)) return job;
    }
  }

  /**
   * The job now and after each change, at most ten times a second; its last state is finished. Throws `JobNotFoundError` when
   * it is deleted.
   */
  async *follow(id: string, { signal }: CallOptions = {}): AsyncGenerator<Job, void, void> {
    const tries = this.#transport.startTries(signal);
    for (;;) {
      const response = await this.#transport.send({ method: 'GET', path: `${jobPath(id)}/events`, signal }, tries);
      for await (const event of untilBroken(readJobEvents(bodyOf(response)), tries, signal)) {
        if (event.event === 'end') return this.#endFollowing(event.reason);
        yield event.job;
      }
      await tries.pause(endedEarly);
    }
  }

  #endFollowing(reason: 'finished' | 'deleted'): void {
    if (reason === 'deleted') throw new JobNotFoundError(404, { code: 'JOB_NOT_FOUND', detail: 'the job was deleted' });
  }

  /**
   * Every outcome in line order, also of a job in progress, whose next outcomes are waited for. A connection that breaks is
   * replaced, and no outcome is missing or doubled: the results end only when the server has no more.
   */
  async *results(
    id: string,
    { from = 1, outcome, signal }: ResultsOptions = {},
  ): AsyncGenerator<Operation, void, void> {
    const tries = this.#transport.startTries(signal);
    for (let next = from; ;) {
      const query = { format: 'ndjson', objects: 'operations', follow: true, from: next, outcome };
      const response = await this.#transport.send(
        { method: 'GET', path: `${jobPath(id)}/results`, query, signal },
        tries,
      );
      for await (const lines of untilBroken(readLines(bodyOf(response)), tries, signal)) {
        for (const line of lines) {
          const operation = JSON.parse(line) as Operation;
          yield operation;
          next = Number(operation.id) + 1;
        }
      }
      if ((await this.#countResults(id, { from: next, outcome, signal }, tries)) === 0) return;
      await tries.pause(endedEarly);
    }
  }

  /** Undefined while the job is in progress. */
  async #countResults(id: string, { signal, ...query }: ResultsOptions, tries: Tries): Promise<number | undefined> {
    const request = {
      method: 'HEAD',
      path: `${jobPath(id)}/results`,
      query: { format: 'ndjson', ...query },
      signal,
    } as const;
    const count = (await this.#transport.send(request, tries)).headers.get('mathmill-lines');
    return count === null ? undefined : Number(count);
  }

  /** Gives failed operations of a finished job other requests, in a new job that has all operations. */
  async repair(id: string, corrections: Iterable<Correction>, options: CallOptions & { readonly name?: string } = {}) {
    const body = Array.from(corrections, (correction) => `${JSON.stringify(correction)}\n`).join('');
    return this.#readJson<Submission>({
      method: 'POST',
      path: `${jobPath(id)}/repair`,
      query: { name: options.name },
      headers: { 'content-type': mediaTypes.ndjson, 'idempotency-key': crypto.randomUUID() },
      ...(body !== '' && { body: () => body }),
      signal: options.signal,
    });
  }

  /** Operations without an outcome get the error CANCELLED. A finished job stays as it is. */
  async cancel(id: string, { signal }: CallOptions = {}): Promise<Job> {
    return this.#readJson({ method: 'POST', path: `${jobPath(id)}/cancel`, signal });
  }

  /** Does nothing for a job that is deleted already. */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    try {
      await this.#transport.send({ method: 'DELETE', path: jobPath(id), signal });
    } catch (error) {
      if (!(error instanceof JobNotFoundError)) throw error;
    }
  }

  /** Up to 100 operations. Nothing is stored. */
  async evaluate(
    operations: readonly string[],
    options: CallOptions & NumberOptions = {},
  ): Promise<readonly Evaluation[]> {
    const { signal, ...numbers } = options;
    const { results } = await this.#readJson<{ readonly results: readonly Evaluation[] }>({
      method: 'POST',
      path: 'api/evaluate',
      headers: { 'content-type': 'application/json' },
      body: () => JSON.stringify({ operations, ...numbers }),
      signal,
    });
    return results;
  }

  /** When the connection breaks during the response, the request is sent again, if it may be. */
  async #readJson<Value>(request: Parameters<Transport['send']>[0]): Promise<Value> {
    const tries = this.#transport.startTries(request.signal);
    for (;;) {
      const response = await this.#transport.send(request, tries);
      const text = await response.text().catch((error: unknown) => {
        request.signal?.throwIfAborted();
        if (request.isRepeatable === false)
          throw new UnreachableError('the connection broke during the response', { cause: error });
        return tries.pause(error);
      });
      if (text !== undefined) return parse(text, response) as Value;
    }
  }
}

function jobPath(id: string): string {
  return `api/jobs/${encodeURIComponent(id)}`;
}

export function isFinished({ status }: Pick<Job, 'status'>): boolean {
  return status === 'Completed' || status === 'Cancelled';
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  if (body === null) throw new MathmillError('the response has no body');
  return body;
}

/** Yields the values until the connection breaks; then pauses, so that the caller can send the request again. */
async function* untilBroken<Value>(
  values: AsyncGenerator<Value, void, void>,
  tries: Tries,
  signal: AbortSignal | undefined,
): AsyncGenerator<Value, void, void> {
  try {
    for (;;) {
      const next = await values.next().catch((error: unknown) => {
        signal?.throwIfAborted();
        return tries.pause(error);
      });
      if (next === undefined || next.done === true) return;
      tries.noteProgress();
      yield next.value;
    }
  } finally {
    await values.return();
  }
}

function parse(text: string, response: Response): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `the response is not JSON, so ${new URL(response.url).host} may not be a Mathmill server`;
    throw new ApiError(response.status, { code: 'NOT_JSON', detail }, { cause: error });
  }
}
