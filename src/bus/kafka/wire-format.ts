/**
 * The wire format of requests and responses, version 1 for lines and version 2 for tables:
 *
 *   value    := head LF text
 *   head     := one line of JSON
 *   text     := the chunk's lines or rows, or its outcomes in the outcome encoding, as they are in the store
 *
 *   request  {"version":1,"job_id":…,"first_line":…,"count":…,"mode":…,"precision":…,"attempt":…,"cost_max":…,
 *             "faults":[{"line","code","message","column","end_column"}…],"reply_partition":…}
 *   response {"version":1,"job_id":…,"first_line":…,"count":…,"succeeded":…,"failed":…,"cancelled":…,"cost":…,
 *             "engine":…,"errors":{CODE:…},"service_ms":…}
 *
 *   version 2 has a request with "table", the program of table-codec.ts, and a response with "totals":[{"count",…}…].
 *   An instance that knows version 1 only would take the rows for lines, and record outcomes without their totals: it rejects them.
 *
 * A console consumer can read it, and the text is neither escaped nor copied into JSON. `reply_partition` is missing
 * when the asking instance has no partition of the response topic. `engine` is missing in a tombstone, and in a response of
 * a server from before outcomes carried their version: it is read as "unknown". `errors` is missing when nothing failed, and in a
 * response of a server from before errors were counted: they are counted from the text. `service_ms` is missing where the server
 * does not measure it. Fields that a reader does not know are ignored; a
 * change that an old reader would get wrong needs a new version.
 *
 * The readers trust nothing: whatever the bytes are, they return a message that keeps every promise of its type, or a
 * decodeError that says why, without any text of a user. They never throw.
 */
import { isUtf8 } from 'node:buffer';
import type { RequestMessage, ResponseMessage } from '../../engine/index.ts';
import {
  chunkLinesMax,
  countErrors,
  enginePattern,
  lineFeed,
  readErrorCounts,
  readProgramFields,
  readTotalsFields,
  splitRows,
  sumErrors,
  toProgramFields,
  toTotalsFields,
  unknownEngine,
  type ColumnTotals,
  type ErrorCounts,
  type LineFault,
  type RowSyntax,
  type TableProgram,
} from '../../jobs/index.ts';

const linesVersion = 1;
const tableVersion = 2;

/** 512 faults with their messages take about 150 KiB; the totals of 48 columns, fractions of 20,000 digits, 3.7 MiB. */
const headBytesMax = 4 * 1024 * 1024;
/** A chunk's lines or rows: 128 KiB and one more, which may have 1 MiB. */
export const requestTextBytesMax = 2 * 1024 * 1024;
/** A chunk's outcomes: 512 numbers of 65,536 bits take 10 MiB. */
export const responseTextBytesMax = 16 * 1024 * 1024;

const precisionMax = 100;
const attemptMax = 1_000_000;
const faultMessageLengthMax = 4_096;
/** Columns count UTF-16 units of a line, which has less than a mebibyte. */
const columnMax = 1024 * 1024;
const partitionMax = 100_000;
const faultCodes: readonly string[] = [
  'ENCODING',
  'TOO_LONG',
  'SYNTAX',
  'EMPTY',
  'QUOTE',
] satisfies LineFault['code'][];
const jobIdPattern = /^[\w.:-]{1,128}$/;
const modePattern = /^[a-z][a-z0-9]{0,31}$/;

/** `tombstone`: no value at all. `head`: no line of JSON with an object in front. `field`: a value that cannot be. `text`: the text does not fit the head. */
export type RefusalReason = 'tombstone' | 'empty' | 'head' | 'version' | 'field' | 'text';

export interface DecodeError {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  readonly detail: string;
}

export interface ReadRequest {
  readonly kind: 'read';
  readonly message: RequestMessage;
  /** The partition on which the asking instance hears the response first, or undefined. */
  readonly replyPartition: number | undefined;
}

export interface ReadResponse {
  readonly kind: 'read';
  readonly message: ResponseMessage;
}

export function writeRequest(message: RequestMessage, replyPartition: number | undefined): Buffer {
  return joinValue(
    {
      version: message.table === undefined ? linesVersion : tableVersion,
      job_id: message.jobId,
      first_line: message.firstLine,
      count: message.count,
      mode: message.mode,
      precision: message.precision,
      attempt: message.attempt,
      cost_max: message.costMax,
      faults: message.faults.map(({ line, code, message, column, endColumn }) => ({
        line,
        code,
        message,
        column,
        end_column: endColumn,
      })),
      reply_partition: replyPartition,
      ...(message.table !== undefined && { table: toProgramFields(message.table) }),
    },
    message.text,
  );
}

export function writeResponse({ jobId, firstLine, count, outcomes, serviceMs }: ResponseMessage): Buffer {
  const { succeeded, failed, errors, cancelled, cost, engine, totals, text } = outcomes;
  const version = totals === undefined ? linesVersion : tableVersion;
  const range = { job_id: jobId, first_line: firstLine, count };
  const ofTable = totals === undefined ? {} : { totals: toTotalsFields(totals) };
  const counts = { succeeded, failed, cancelled, cost, engine, errors };
  const service_ms = serviceMs === undefined ? undefined : Math.round(serviceMs);
  return joinValue({ version, ...range, ...counts, service_ms, ...ofTable }, text);
}

function joinValue(head: object, text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), text]);
}

export function readRequest(value: Uint8Array | null | undefined): ReadRequest | DecodeError {
  return returnDecodeError(() => {
    const { head, text } = splitValue(value, requestTextBytesMax);
    const range = readRange(head);
    const replyPartition = head['reply_partition'];
    const faults = readFaults(head, range);
    const table = readTable(head);
    if (table === undefined) checkLines(text, range.count);
    else checkRows({ ...range, text, faults }, table.dialect);
    return {
      kind: 'read',
      message: {
        ...range,
        mode: readPattern(head, 'mode', modePattern),
        precision: readInteger(head, 'precision', 1, precisionMax),
        attempt: readInteger(head, 'attempt', 1, attemptMax),
        costMax: readInteger(head, 'cost_max', 0, Number.MAX_SAFE_INTEGER),
        faults,
        text: copyOf(text),
        ...(table !== undefined && { table }),
      },
      replyPartition: replyPartition === undefined ? undefined : readInteger(head, 'reply_partition', 0, partitionMax),
    };
  });
}

export function readResponse(value: Uint8Array | null | undefined): ReadResponse | DecodeError {
  return returnDecodeError(() => {
    const { head, text } = splitValue(value, responseTextBytesMax);
    const range = readRange(head);
    const { count } = range;
    const succeeded = readInteger(head, 'succeeded', 0, count);
    const failed = readInteger(head, 'failed', 0, count);
    const cancelled = readInteger(head, 'cancelled', 0, count);
    const cost = readInteger(head, 'cost', 0, Number.MAX_SAFE_INTEGER);
    const engine = cancelled > 0 ? undefined : readEngine(head);
    const totals = readTotals(head);
    const serviceMs = readServiceMs(head);
    if (succeeded + failed + cancelled !== count) refuse('field', 'the outcomes do not add up to count');
    if (cancelled === 0) checkLines(text, count);
    else if (cancelled !== count) refuse('field', 'cancelled is neither 0 nor count');
    else if (text.length > 0 || totals !== undefined) refuse('text', 'a cancelled chunk has text or totals');
    return {
      kind: 'read',
      message: {
        ...range,
        ...(serviceMs !== undefined && { serviceMs }),
        outcomes: {
          succeeded,
          failed,
          ...(failed > 0 && { errors: readErrors(head, failed) ?? countErrors(text, failed) }),
          cancelled,
          cost,
          engine,
          ...(totals !== undefined && { totals }),
          text: copyOf(text),
        },
      },
    };
  });
}

/** Thrown and caught in this file only. */
class DecodeFailure extends Error {
  readonly decodeError: DecodeError;

  constructor(decodeError: DecodeError) {
    super(decodeError.detail);
    this.decodeError = decodeError;
  }
}

function refuse(reason: RefusalReason, detail: string): never {
  throw new DecodeFailure({ kind: 'refused', reason, detail });
}

function returnDecodeError<Read>(read: () => Read): Read | DecodeError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeFailure) return error.decodeError;
    throw error;
  }
}

type Head = Readonly<Record<string, unknown>>;

function splitValue(value: Uint8Array | null | undefined, textBytesMax: number): { head: Head; text: Uint8Array } {
  if (value === null || value === undefined) refuse('tombstone', 'the message has no value');
  if (value.length === 0) refuse('empty', 'the value is empty');
  const headLength = value.indexOf(lineFeed);
  if (headLength < 0) refuse('head', 'no line feed ends the head');
  if (headLength > headBytesMax) refuse('head', `the head is longer than ${headBytesMax} bytes`);
  const text = value.subarray(headLength + 1);
  if (text.length > textBytesMax) refuse('text', `the text is longer than ${textBytesMax} bytes`);
  const head = parseHead(value.subarray(0, headLength));
  const { version } = head;
  if (version !== linesVersion && version !== tableVersion) {
    refuse('version', `version ${typeof version === 'number' ? version : typeof version} is unknown`);
  }
  return { head, text };
}

function parseHead(bytes: Uint8Array): Head {
  if (!isUtf8(bytes)) refuse('head', 'the head is not UTF-8');
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  } catch {
    refuse('head', 'the head is not JSON');
  }
  if (typeof head !== 'object' || head === null || Array.isArray(head)) refuse('head', 'the head is not a JSON object');
  return head as Head;
}

interface Range {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
}

function readRange(head: Head): Range {
  const count = readInteger(head, 'count', 1, chunkLinesMax);
  return {
    jobId: readPattern(head, 'job_id', jobIdPattern),
    firstLine: readInteger(head, 'first_line', 1, Number.MAX_SAFE_INTEGER - chunkLinesMax),
    count,
  };
}

function readInteger(head: Head, field: string, min: number, max: number): number {
  const value = head[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    refuse('field', `${field} is not an integer from ${min} to ${max}`);
  }
  // JSON has a negative zero, the type's promise does not.
  return value + 0;
}

function readPattern(head: Head, field: string, pattern: RegExp): string {
  const value = head[field];
  if (typeof value !== 'string' || !pattern.test(value)) refuse('field', `${field} is malformed`);
  return value;
}

function readServiceMs(head: Head): number | undefined {
  return head['service_ms'] === undefined ? undefined : readInteger(head, 'service_ms', 0, Number.MAX_SAFE_INTEGER);
}

function readEngine(head: Head): string {
  return head['engine'] === undefined ? unknownEngine : readPattern(head, 'engine', enginePattern);
}

/** Undefined: the sender does not count errors. Counts that are there are those of all failed lines. */
function readErrors(head: Head, failed: number): ErrorCounts | undefined {
  if (head['errors'] === undefined) return undefined;
  const errors = readErrorCounts(head['errors'], failed);
  if (errors === undefined || sumErrors(errors) !== failed)
    refuse('field', 'errors are not the counts of failed lines');
  return errors;
}

function readFaults(head: Head, { firstLine, count }: Range): readonly LineFault[] {
  const faults = head['faults'];
  if (!Array.isArray(faults) || faults.length > count) refuse('field', 'faults is not an array of at most count');
  return faults.map((fault: unknown) => {
    if (typeof fault !== 'object' || fault === null) refuse('field', 'a fault is not an object');
    const fields = fault as Head;
    const { code, message } = fields;
    if (typeof code !== 'string' || !isFaultCode(code)) refuse('field', 'the code of a fault is unknown');
    if (typeof message !== 'string' || message.length > faultMessageLengthMax) {
      refuse('field', 'the message of a fault is missing or too long');
    }
    return {
      line: readInteger(fields, 'line', firstLine, firstLine + count - 1),
      code,
      message,
      column: readInteger(fields, 'column', 0, columnMax),
      endColumn: readInteger(fields, 'end_column', 0, columnMax),
    };
  });
}

/** Undefined: the lines are operations. A message of version 1 has no table, and one of version 2 always has. */
function readTable(head: Head): TableProgram | undefined {
  if (!isOfTable(head, 'table')) return undefined;
  return readProgramFields(head['table']) ?? refuse('field', 'table is not the program of a table');
}

function readTotals(head: Head): readonly ColumnTotals[] | undefined {
  if (!isOfTable(head, 'totals')) return undefined;
  return readTotalsFields(head['totals']) ?? refuse('field', 'totals are not the totals of columns');
}

function isOfTable(head: Head, field: string): boolean {
  const isTable = head['version'] === tableVersion;
  if (!isTable && head[field] !== undefined) refuse('field', `${field} is not a field of version ${linesVersion}`);
  return isTable;
}

function isFaultCode(code: string): code is LineFault['code'] {
  return faultCodes.includes(code);
}

function checkLines(text: Uint8Array, count: number): void {
  if (text.at(-1) !== lineFeed) refuse('text', 'the text does not end with a line feed');
  let lines = 0;
  for (let at = text.indexOf(lineFeed); at >= 0; at = text.indexOf(lineFeed, at + 1)) lines += 1;
  if (lines !== count) refuse('text', `the text has ${lines} lines, not ${count}`);
  if (!isUtf8(text)) refuse('text', 'the text is not UTF-8');
}

/** Rows end where the dialect says; they need not be UTF-8, and the last one may have no line end. */
function checkRows(
  chunk: Range & { readonly text: Uint8Array; readonly faults: readonly LineFault[] },
  syntax: RowSyntax,
): void {
  const last = splitRows(chunk, syntax).at(-1);
  const { text, count } = chunk;
  if (last?.end !== text.length || last.start === text.length) refuse('text', `the text does not have ${count} rows`);
}

/** A value is a view of the whole fetched batch: a view of it would keep the batch, and could not be transferred. */
function copyOf(text: Uint8Array): Uint8Array {
  return new Uint8Array(text);
}
