/** Sends a table to a server and gets its results, with as little work as possible on the cores that both share. */
import { createReadStream, statSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

const uploadBlockBytes = 256 * 1024;

/** Uploads a CSV file as a job with one formula and without a column of errors; gives its id. */
export async function uploadTable(url: string, input: string, formula: string): Promise<string> {
  const target = new URL('/api/jobs', url);
  target.searchParams.set('formula', formula);
  target.searchParams.set('errors', 'none');
  const headers = { 'content-type': 'text/csv', 'content-length': statSync(input).size };
  const body = createReadStream(input, { highWaterMark: uploadBlockBytes });
  const answer = await open(target, 'POST', headers, body);
  return (JSON.parse(await text(answer)) as { readonly id: string }).id;
}

/** The results from the first row on, as they are finished, until the last. */
export async function openTableResults(url: string, id: string, format: string): Promise<IncomingMessage> {
  return open(new URL(`/api/jobs/${id}/results?format=${format}&follow=true`, url), 'GET');
}

async function open(
  url: URL,
  method: string,
  headers: Record<string, string | number> = {},
  body?: NodeJS.ReadableStream,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(url, { method, headers });
  sent.once('response', resolve);
  sent.once('error', reject);
  if (body === undefined) sent.end();
  else pipeline(body, sent).catch(reject);
  const answer = await promise;
  if ((answer.statusCode ?? 0) < 300) return answer;
  throw new Error(`${method} ${url.pathname} returned ${answer.statusCode}: ${await text(answer)}`);
}
