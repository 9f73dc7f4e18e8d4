/** A client that costs the machine little: it shares the cores with the server that it measures. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const readBytes = 256 * 1024;
const lineFeed = 0x0a;

/** The fields of a job that benchmarks read. */
export interface JobProgress {
  readonly id: string;
  readonly status: string;
  readonly operations: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface Answer {
  readonly lines: number;
  readonly bytes: number;
  readonly digest: string;
}

export interface BenchClient {
  /** Uploads a file as one job and returns its id. */
  uploadFile(path: string): Promise<string>;
  uploadText(text: string): Promise<string>;
  readJob(id: string): Promise<JobProgress>;
  /** Polls until the job is Completed; throws if it ends in any other way or lines failed. */
  waitUntilCompleted(id: string, intervalMs: number): Promise<JobProgress>;
  /** The same with one request for at most a minute: the server answers when the job is finished. */
  awaitCompleted(id: string): Promise<JobProgress>;
  /** Reads all results to their end. */
  downloadResults(id: string, format: string): Promise<Answer>;
  deleteJob(id: string): Promise<void>;
  /** Deletes all jobs. */
  deleteJobs(): Promise<void>;
  close(): void;
}

export function createBenchClient(url: string, token?: string): BenchClient {
  const agent = new Agent({ keepAlive: true });
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };

  async function send(method: string, path: string, headers: Record<string, string | number>, body?: Readable) {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request(new URL(path, url), { method, agent, headers: { ...headers, ...authorization } });
    sent.once('response', resolve);
    sent.once('error', reject);
    const sending = body === undefined ? sent.end() : pipeline(body, sent);
    // An answer may come before the body is through; the error that then follows is of no interest.
    const response = await Promise.race([promise, Promise.resolve(sending).then(() => promise)]);
    if (![200, 201, 204].includes(response.statusCode ?? 0)) {
      throw new Error(`${method} ${path} returned ${response.statusCode}: ${await readText(response)}`);
    }
    return response;
  }

  async function upload(bytes: number, body: Readable): Promise<string> {
    const headers = { 'content-type': 'text/plain', 'content-length': bytes };
    const response = await send('POST', '/api/jobs', headers, body);
    return (JSON.parse(await readText(response)) as { readonly id: string }).id;
  }

  async function readJob(id: string, waitSeconds = 0): Promise<JobProgress> {
    return JSON.parse(await readText(await send('GET', `/api/jobs/${id}?wait=${waitSeconds}`, {}))) as JobProgress;
  }

  async function deleteJob(id: string): Promise<void> {
    (await send('DELETE', `/api/jobs/${id}`, {})).resume();
  }

  return {
    uploadFile: async (path) => upload(statSync(path).size, createReadStream(path, { highWaterMark: readBytes })),
    uploadText: async (text) => upload(Buffer.byteLength(text), Readable.from([text])),
    readJob,
    waitUntilCompleted: async (id, intervalMs) => {
      for (;;) {
        const job = await readJob(id);
        if (isCompleted(job)) return job;
        await sleep(intervalMs);
      }
    },
    awaitCompleted: async (id) => {
      const job = await readJob(id, 60);
      if (!isCompleted(job)) throw new Error(`The job took more than a minute: ${JSON.stringify(job)}`);
      return job;
    },
    downloadResults: async (id, format) =>
      readAnswer(await send('GET', `/api/jobs/${id}/results?format=${format}`, {})),
    deleteJob,
    deleteJobs: async () => {
      for (;;) {
        const page = JSON.parse(await readText(await send('GET', '/api/jobs?size=100', {}))) as {
          readonly items: readonly { readonly id: string }[];
        };
        if (page.items.length === 0) return;
        for (const { id } of page.items) await deleteJob(id);
      }
    },
    close: () => agent.destroy(),
  };
}

/** Throws if the job ended in any other way, or lines failed. */
function isCompleted(job: JobProgress): boolean {
  if (job.status === 'Completed' && job.succeeded === job.operations) return true;
  if (job.status !== 'InProgress') throw new Error(`The job ended badly: ${JSON.stringify(job)}`);
  return false;
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) text += String(part);
  return text;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const hash = createHash('sha256');
  let lines = 0;
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    hash.update(part);
    bytes += part.length;
    lines += countLineFeeds(part);
  }
  return { lines, bytes, digest: hash.digest('hex') };
}

/** The lines are short: looking at each byte here is faster than a call for each line. */
function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === lineFeed) count += 1;
  return count;
}
