/**
 * An upload in JSON, `{"operations": ["1 + 2", …]}`: the only one that is held in memory as a whole, because JSON can be
 * checked only when all of it is there. So its size is bounded, and the total size of those that are held.
 */
import type { FastifyRequest } from 'fastify';
import type { GrowingReservation } from './budgets/index.ts';
import { validationProblem } from './error-problems.ts';
import { Problem } from './problems.ts';
import { jobUploadSchema, type JobUploadBody } from './schemas/index.ts';
import { parseStrictJson } from './strict-json.ts';

/** Bytes of one JSON upload after decompression. Parsed, it takes up to ten times as much memory. */
export const jsonUploadBytesMax = 10_000_000;
/** Characters per call of the intake. */
const blockLength = 64 * 1024;

/** All bytes of `source`. Throws TOO_MANY_BYTES past `bytesMax`, and the problem of `reservation` when it cannot hold them. */
export async function readWhole(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
  reservation: GrowingReservation,
): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  let length = 0;
  for await (const block of source) {
    length += block.length;
    if (length > bytesMax) throw tooManyJsonBytes(bytesMax);
    reservation.growTo(length);
    blocks.push(block);
  }
  return Buffer.concat(blocks, length);
}

export function tooManyJsonBytes(bytesMax: number): Problem {
  const detail = `A JSON upload may have ${bytesMax} bytes after decompression. Send larger ones as text/plain or application/x-ndjson.`;
  return new Problem('TOO_MANY_BYTES', detail);
}

/** Throws a problem that names the field at fault. */
export function parseJobUpload(request: FastifyRequest, bytes: Uint8Array): JobUploadBody {
  const value = parseStrictJson(bytes);
  const validate =
    request.getValidationFunction(jobUploadSchema) ?? request.compileValidationSchema(jobUploadSchema, 'body');
  if (validate(value)) return value as JobUploadBody;
  const [error] = validate.errors ?? [];
  // The only pattern of the schema; what it means says more than how it is written.
  if (error?.keyword !== 'pattern') throw validationProblem(validate.errors ?? [], 'body');
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const detail = `The body field "${field}" contains a line break. Send one operation per item.`;
  throw new Problem('INVALID_PARAMETER', detail);
}

/** The operations as the intake reads them: one JSON string per line. */
export async function* writeStrings(operations: readonly string[]): AsyncGenerator<Uint8Array, void, void> {
  let block = '';
  for (const operation of operations) {
    block += `${JSON.stringify(operation)}\n`;
    if (block.length < blockLength) continue;
    yield Buffer.from(block);
    block = '';
  }
  if (block !== '') yield Buffer.from(block);
}
