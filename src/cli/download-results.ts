/**
 * Downloads results and checks that all of them have come. Over HTTP/1.0, which proxies like nginx speak to servers, a
 * connection that is lost looks like a complete response.
 */
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { resultMediaTypes, type TableResultFormat } from '../formats/index.ts';
import { createTableSplitter } from '../jobs/index.ts';
import type { ApiClient } from './api-client.ts';
import { createLineCounter, lineFeed, type OutcomeCounter } from './count-outcomes.ts';
import { describeMissing, isUnfinished, openResults, passOn, readCount, type ResultsPart } from './results-response.ts';
import { CommandFailure } from './exit-codes.ts';
import { mediaTypeOf } from './foreign-response.ts';
import { jobPath, readJobDocument } from './job-document.ts';
import type { ResultSink } from './output-file.ts';

/** Bytes of the end of a response that are kept, to compare them with the last row: a row has 1 MiB, its results less. */
const tailBytesMin = 3 * 1024 * 1024;
const quote = 0x22;

/** Where results go, and what is known of those that went there. */
interface Download extends ResultSink {
  readonly counter: OutcomeCounter;
  /** Of CSV, where the count alone does not show it. */
  readonly tail: Tail | undefined;
}

/**
 * Writes the results of a job, and returns the response that they came in. Throws a `CommandFailure` when outcomes are
 * missing: they are counted and compared with what the server announced, for a job that is followed after its end.
 */
export async function downloadResults(
  api: ApiClient,
  jobId: string,
  part: ResultsPart,
  sink: ResultSink,
): Promise<IncomingMessage> {
  const answer = await openPart(api, jobId, part);
  const download = createDownload(answer, sink);
  await passOn(api, answer, download.counter, download, part);
  download.counter.end();
  const announced = readCount(answer) ?? (part.follow === true ? await askForCount(api, jobId, part) : undefined);
  if (announced === undefined || (await isWhole(api, jobId, part, download, announced))) return answer;
  const reason = `${api.address} ended the response too early`;
  throw new CommandFailure(describeMissing(download.counter.count, announced, reason, part));
}

function createDownload(answer: IncomingMessage, sink: ResultSink): Download {
  const format = formatOf(mediaTypeOf(answer.headers));
  const tail = format === 'csv' || format === 'tsv' ? createTail() : undefined;
  return {
    counter: createCounter(answer, format),
    tail,
    async write(data) {
      if (typeof data !== 'string') tail?.add(data);
      await sink.write(data);
    },
  };
}

/**
 * Rows of CSV are counted as an upload of them would be. That miscounts where a row of a table has a broken quote, since what
 * is added to such a row stands within its quotes: then the end of the response must be the last row, which is requested
 * alone.
 */
async function isWhole(
  api: ApiClient,
  jobId: string,
  part: ResultsPart,
  { counter, tail }: Download,
  announced: number,
): Promise<boolean> {
  if (counter.count === announced || tail === undefined) return counter.count === announced;
  try {
    return tail.endsWith(await readLastRow(api, jobId, part, announced));
  } catch (error) {
    // The message says what is missing, not that it cannot be determined any more.
    if (error instanceof CommandFailure) return false;
    throw error;
  }
}

/** The last row of the part as bytes of the same format, without a header. */
async function readLastRow(api: ApiClient, jobId: string, part: ResultsPart, count: number): Promise<Buffer> {
  const job = await api.ask({ method: 'GET', path: jobPath(jobId) }, readJobDocument);
  const from = await findLastLine(api, jobId, part, count);
  const { follow: _follow, ...rest } = part;
  const row = await readPart(api, jobId, { ...rest, from, limit: 1 });
  const header = await readPart(api, jobId, { ...rest, from: job.operations + 1, limit: 1 });
  return row.subarray(header.length);
}

/**
 * How many outcomes a response had that began before the end of the job: the same request, made again after it, announces
 * them.
 */
async function askForCount(
  api: ApiClient,
  jobId: string,
  { follow: _follow, ...rest }: ResultsPart,
): Promise<number | undefined> {
  const answer = await openPart(api, jobId, rest);
  answer.destroy();
  if (isUnfinished(answer)) {
    throw new CommandFailure(`${api.address} ended the response before the job was finished: results are missing`);
  }
  return readCount(answer);
}

function openPart(api: ApiClient, jobId: string, part: ResultsPart): Promise<IncomingMessage> {
  return openResults(api, jobId, part, Object.values(resultMediaTypes));
}

function createCounter({ headers }: IncomingMessage, format: TableResultFormat): OutcomeCounter {
  if (format === 'text' || format === 'ndjson') return createLineCounter();
  const splitter = createTableSplitter({
    format: 'csv',
    delimiter: format === 'tsv' ? '\t' : undefined,
    hasHeader: !/header=absent/i.test(headers['content-type'] ?? ''),
    isUtf8: () => true,
  });
  let lastByte: number | undefined;
  return {
    get count() {
      return splitter.rows;
    },
    add(bytes) {
      splitter.push(bytes);
      lastByte = bytes.at(-1) ?? lastByte;
    },
    end() {
      // A row without a line end may be the last one of the file, or a part of another.
      if (lastByte === lineFeed) splitter.end();
    },
  };
}

function formatOf(mediaType: string | undefined): TableResultFormat {
  const formats = Object.keys(resultMediaTypes) as TableResultFormat[];
  return formats.find((format) => resultMediaTypes[format] === mediaType) ?? 'text';
}

/** The number of the last row among `count` ones. */
async function findLastLine(
  api: ApiClient,
  jobId: string,
  { outcome, from = 1 }: ResultsPart,
  count: number,
): Promise<number> {
  if (outcome === 'all') return from + count - 1;
  if (from > 1) throw new CommandFailure('a filter and a beginning together leave no way to find the last row');
  const query = { page: count, size: 1, outcome };
  return api.ask({ method: 'GET', path: jobPath(jobId, 'operations'), query }, readOnlyLine);
}

/** The number of the row that stands alone on a page of operations. */
function readOnlyLine(value: unknown): number | undefined {
  const { items } = value as { readonly items?: readonly { readonly id?: unknown }[] };
  const id = Array.isArray(items) ? items[0]?.id : undefined;
  return typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : undefined;
}

async function readPart(api: ApiClient, jobId: string, part: ResultsPart): Promise<Buffer> {
  return buffer(await openPart(api, jobId, part));
}

interface Tail {
  add(bytes: Uint8Array): void;
  endsWith(bytes: Uint8Array): boolean;
}

/** Keeps the last blocks of a stream: at least as many bytes as the longest row with its results. */
function createTail(): Tail {
  const blocks: Uint8Array[] = [];
  let length = 0;
  let hasQuotes = false;
  return {
    add(bytes) {
      hasQuotes ||= bytes.includes(quote);
      blocks.push(bytes);
      length += bytes.length;
      while (length - (blocks[0]?.length ?? 0) >= tailBytesMin) length -= blocks.shift()?.length ?? 0;
    },
    endsWith(bytes) {
      // Without quotes the count was right, and a row may well be the same as the last one.
      if (!hasQuotes || bytes.length === 0) return false;
      const kept = Buffer.concat(blocks);
      return kept.length >= bytes.length && kept.subarray(kept.length - bytes.length).equals(bytes);
    },
  };
}
