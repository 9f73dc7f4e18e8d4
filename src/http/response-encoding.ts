/**
 * Compresses responses. No response holds a secret of another origin next to text that a page could choose, so the size of a
 * compressed response gives nothing away (BREACH). Server-sent events are not compressed: they are few and short.
 */
import { pipeline, type Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, createZstdCompress, gzip, zstdCompress } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeEncoderMemory, type Budgets } from './budgets/index.ts';
import { negotiateEncoding, type ResponseEncoding } from './negotiation.ts';

/** Shorter bodies fit a network packet or two either way. */
const compressedBytesMin = 1024;
/** Memory that one encoder takes at the most, with the options below. */
const encoderBytes = 640 * 1024;
const outputBytes = 64 * 1024;

/** The fastest level: results are mostly digits, and higher levels make them a few percent smaller for twice the time. */
const gzipOptions = { level: 1, chunkSize: outputBytes };
const zstdOptions = {
  chunkSize: outputBytes,
  // A window of 128 KiB keeps a stream below 0.6 MiB of memory.
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 },
};

/**
 * The stream in a coding that the client accepts, with the header that names it; the stream itself if there is none, or if
 * the budget of encoders is used up. With `isLive` each block reaches the client immediately.
 */
export type CompressStream = (
  request: FastifyRequest,
  reply: FastifyReply,
  source: Readable,
  isLive: boolean,
) => Readable;

export function createStreamCompression(budgets: Budgets): CompressStream {
  return (request, reply, source, isLive) => {
    const encoding = chooseEncoding(budgets, request, reply);
    if (encoding === undefined) return source;
    const compressor = createCompressor(encoding, isLive);
    // Either stream ends the other: a client that leaves ends the reading, and a failing source ends the response.
    pipeline(source, compressor, () => {});
    return compressor;
  };
}

function createCompressor(encoding: ResponseEncoding, isLive: boolean): Transform {
  if (encoding === 'gzip') return createGzip({ ...gzipOptions, ...(isLive && { flush: constants.Z_SYNC_FLUSH }) });
  return createZstdCompress({ ...zstdOptions, ...(isLive && { flush: constants.ZSTD_e_flush }) });
}

const compressors = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };

/** An onSend hook for bodies that are complete. Streams decide for themselves. */
export function createBodyCompression(budgets: Budgets) {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) return payload;
    if (Buffer.byteLength(payload) < compressedBytesMin || reply.hasHeader('content-encoding')) return payload;
    const encoding = chooseEncoding(budgets, request, reply);
    if (encoding === undefined) return payload;
    return encoding === 'gzip' ? compressors.gzip(payload, gzipOptions) : compressors.zstd(payload, zstdOptions);
  };
}

/** Sets the headers, too. Undefined: the response is sent as it is. */
function chooseEncoding(budgets: Budgets, request: FastifyRequest, reply: FastifyReply): ResponseEncoding | undefined {
  addVary(reply, 'Accept-Encoding');
  const encoding = negotiateEncoding(request.headers['accept-encoding']);
  if (encoding === undefined || !takeEncoderMemory(budgets, encoderBytes, request, reply)) return undefined;
  reply.header('content-encoding', encoding);
  return encoding;
}

export function addVary(reply: FastifyReply, name: string): void {
  const names = String(reply.getHeader('vary') ?? '')
    .split(', ')
    .filter((known) => known !== '');
  reply.header('vary', [...new Set([...names, name])].join(', '));
}
