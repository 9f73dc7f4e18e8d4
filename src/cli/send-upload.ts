/** Sends a file or standard input to the server as one job. */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ApiClient, ApiRequest } from './api-client.ts';
import type { InputSource } from './input-source.ts';
import type { Output } from './output.ts';
import { createProgress } from './progress.ts';

export interface UploadSettings {
  readonly contentType: string;
  /** Default: where jobs are submitted. */
  readonly path?: string;
  readonly query: NonNullable<ApiRequest['query']>;
  readonly idempotencyKey?: string | undefined;
  /** The upload is compressed. */
  readonly gzip?: boolean | undefined;
  readonly progress: boolean;
}

/** The response of a server that has accepted a job. */
export interface Acceptance {
  readonly id: string;
  readonly created_operations: number;
}

/** Sends all of the source, with a bar on a terminal. `size`: its bytes, undefined where it is known only at the end. */
export async function sendUpload(
  api: ApiClient,
  source: InputSource,
  size: number | undefined,
  settings: UploadSettings,
  messages: Output,
): Promise<Acceptance> {
  const progress = createProgress(messages, {
    label: 'Sending',
    unit: 'bytes',
    total: size,
    isWanted: settings.progress,
  });
  const bytes = countBytes(source.bytes, (bytesSent) => progress.update({ done: bytesSent }));
  try {
    return await api.ask(toRequest(bytes, settings), readAcceptance);
  } finally {
    progress.stop();
  }
}

function toRequest(
  bytes: AsyncIterable<Uint8Array>,
  { contentType, path, query, idempotencyKey, gzip = false }: UploadSettings,
): ApiRequest {
  return {
    method: 'POST',
    path: path ?? 'api/jobs',
    query,
    headers: {
      'Content-Type': contentType,
      ...(gzip ? { 'Content-Encoding': 'gzip' } : {}),
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
    body: gzip ? compress(bytes) : bytes,
    // A repair is answered when the whole job has been copied.
    hasNoTimeout: path !== undefined,
  };
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

/** An error in the source has to end the compressed stream too, or the upload would wait forever. */
function compress(blocks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const plain = Readable.from(blocks, { objectMode: false });
  const gzip = createGzip();
  plain.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => plain.destroy());
  return plain.pipe(gzip) as AsyncIterable<Uint8Array>;
}

function readAcceptance(value: unknown): Acceptance | undefined {
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const isAcceptance = typeof fields['id'] === 'string' && typeof fields['created_operations'] === 'number';
  return isAcceptance ? (value as Acceptance) : undefined;
}
