/**
 * Uploads in JSON, one value per line. In NDJSON each line is `{"custom_id": "the caller's own", "request": "1 + 2"}`,
 * where `custom_id` may be missing, and further members are ignored. A line that is not such an object is kept as it stands, as an operation with an
 * error of its own, so the line numbers always match the caller's file. The operations of a JSON array come as one JSON
 * string per line.
 */
import type { Chunk, LineFault } from './chunk.ts';
import { operationBytesMax } from './chunk-splitter.ts';
import { findRepeatedName } from './json-text.ts';
import { decodeLines } from './outcome-encoding.ts';

/** Bytes of one NDJSON line: room for an operation in which every character is escaped, and its id. */
export const recordBytesMax = 512 * 1024;
/** UTF-16 units of a caller's own id. */
export const customIdLengthMax = 256;

/** The layout of most programs: no member appears twice, which this pattern shows in a sixth of the time of the search. */
const usualRecord = /^\{(?:"custom_id": ?"[^"\\]*", ?)?"request": ?"[^"\\]*"\}$/;

const encoder = new TextEncoder();

interface Record {
  readonly request: string;
  readonly customId: string | null;
  readonly fault: Omit<LineFault, 'line'> | undefined;
}

/** Makes the chunk of operations from a chunk of NDJSON lines. */
export function readRecordChunk(raw: Chunk): Chunk {
  return readChunk(raw, readRecord);
}

/** Makes the chunk of operations from a chunk of JSON strings. */
export function readStringChunk(raw: Chunk): Chunk {
  return readChunk(raw, readString);
}

function readChunk(raw: Chunk, read: (line: string) => Record): Chunk {
  const refused = new Map(raw.faults.map((fault) => [fault.line, fault]));
  const requests: string[] = [];
  const customIds: (string | null)[] = [];
  const faults: LineFault[] = [];
  for (const [index, line] of decodeLines(raw.text).entries()) {
    const number = raw.firstLine + index;
    const known = refused.get(number);
    const record = known === undefined ? read(line) : { request: line, customId: null, fault: known };
    requests.push(record.request);
    customIds.push(record.customId);
    if (record.fault !== undefined) faults.push({ ...record.fault, line: number });
  }
  return {
    firstLine: raw.firstLine,
    count: raw.count,
    text: encoder.encode(`${requests.join('\n')}\n`),
    faults,
    customIds: customIds.some((id) => id !== null) ? customIds : undefined,
  };
}

function readRecord(line: string): Record {
  if (line.trim() === '') return refuse(line, null, 'EMPTY', 'The line is empty.');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refuse(line, null, 'SYNTAX', 'The line is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(line, null, 'SYNTAX', 'The line is not a JSON object with a "request".');
  }
  const { request, custom_id: customId = null } = value as { request?: unknown; custom_id?: unknown };
  if (customId !== null && typeof customId !== 'string') {
    return refuse(line, null, 'SYNTAX', 'The "custom_id" is not a string.');
  }
  if (customId !== null && customId.length > customIdLengthMax) {
    return refuse(shorten(line), null, 'SYNTAX', `The "custom_id" is longer than ${customIdLengthMax} characters.`);
  }
  const repeated = usualRecord.test(line) ? undefined : findRepeatedName(line);
  if (repeated !== undefined) return refuseRepetition(line, customId, repeated);
  if (typeof request !== 'string') return refuse(line, customId, 'SYNTAX', 'The "request" is missing or not a string.');
  return checkRequest(line, request, customId);
}

/** The id is not kept when there are two of them: it is unknown which one is meant. */
function refuseRepetition(line: string, customId: string | null, name: string): Record {
  const shown = JSON.stringify(name.length > customIdLengthMax ? shorten(name) : name);
  const message = `The member ${shown} appears more than once. Write it once.`;
  return refuse(line, name === 'custom_id' ? null : customId, 'SYNTAX', message);
}

function readString(line: string): Record {
  return checkRequest(line, JSON.parse(line) as string, null);
}

/** Reads an operation that comes on its own as if it were that of a record. */
export function readRequest(request: string): Pick<Record, 'request' | 'fault'> {
  return checkRequest(JSON.stringify(request), request, null);
}

function checkRequest(line: string, request: string, customId: string | null): Record {
  if (/[\r\n]/.test(request))
    return refuse(line, customId, 'SYNTAX', 'The operation contains a line break (LF or CR).');
  if (!request.isWellFormed() || !(customId ?? '').isWellFormed()) {
    const column = request.isWellFormed() ? 0 : firstLoneSurrogate(request) + 1;
    const message = 'The text contains half of a surrogate pair, which is not a character.';
    return {
      ...refuse(request, customId?.toWellFormed() ?? null, 'ENCODING', message, column),
      request: request.toWellFormed(),
    };
  }
  if (request.length * 3 > operationBytesMax && encoder.encode(request).length > operationBytesMax) {
    return refuse(shorten(request), customId, 'TOO_LONG', `The operation is longer than ${operationBytesMax} bytes.`);
  }
  return { request, customId, fault: undefined };
}

function refuse(
  request: string,
  customId: string | null,
  code: LineFault['code'],
  message: string,
  column = 0,
): Record {
  const shown = request.length > operationBytesMax / 3 ? shorten(request) : request;
  return { request: shown, customId, fault: { code, message, column, endColumn: column === 0 ? 0 : column + 1 } };
}

function shorten(text: string): string {
  return `${text.slice(0, 256).toWellFormed()}…`;
}

function firstLoneSurrogate(text: string): number {
  let position = 0;
  for (const character of text) {
    if (!character.isWellFormed()) return position;
    position += character.length;
  }
  return position;
}
