/**
 * The wire format of requests and responses, version 1:
 *
 *   value    := head LF text
 *   head     := one line of JSON
 *   text     := the chunk's lines, or its outcomes in the outcome encoding, as they are in the store
 *
 *   request  {"version":1,"job_id":…,"first_line":…,"count":…,"mode":…,"precision":…,"attempt":…,"cost_max":…,
 *             "faults":[{"line","code","message","column","end_column"}…],"reply_partition":…}
 *   response {"version":1,"job_id":…,"first_line":…,"count":…,"succeeded":…,"failed":…,"cancelled":…,"cost":…}
 *
 * A console consumer can read it, and the text is neither escaped nor copied into JSON. `reply_partition` is missing
 * when the asking instance has no partition of the response topic. Fields that a reader does not know are ignored; a
 * change that an old reader would get wrong needs a new version.
 *
 * The readers trust nothing: whatever the bytes are, they return a message that keeps every promise of its type, or a
 * refusal that says why, without any text of a user. They never throw.
 */
import { isUtf8 } from 'node:buffer';
import type { RequestMessage, ResponseMessage } from '../../engine/index.ts';
import { chunkLinesMax, lineFeed, type LineFault } from '../../jobs/index.ts';

export const wireVersion = 1;

/** 512 faults with their messages take about 150 KiB. */
const headBytesMax = 1024 * 1024;
/** A chunk's lines: 128 KiB and one line more, which as an NDJSON record may have 512 KiB. */
export const requestTextBytesMax = 1024 * 1024;
/** A chunk's outcomes: 512 numbers of 65,536 bits take 10 MiB. */
export const responseTextBytesMax = 16 * 1024 * 1024;

const precisionMax = 100;
const attemptMax = 1_000_000;
const faultMessageLengthMax = 4_096;
/** Columns count UTF-16 units of a line, which has less than a mebibyte. */
const columnMax = 1024 * 1024;
const partitionMax = 100_000;
const faultCodes: readonly string[] = ['ENCODING', 'TOO_LONG', 'SYNTAX', 'EMPTY'] satisfies LineFault['code'][];
const jobIdPattern = /^[\w.:-]{1,128}$/;
const modePattern = /^[a-z][a-z0-9]{0,31}$/;

/** `tombstone`: no value at all. `head`: no line of JSON with an object in front. `field`: a value that cannot be. `text`: the text does not fit the head. */
export type RefusalReason = 'tombstone' | 'empty' | 'head' | 'version' | 'field' | 'text';

export interface Refusal {
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
      version: wireVersion,
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
    },
    message.text,
  );
}

export function writeResponse({ jobId, firstLine, count, outcomes }: ResponseMessage): Buffer {
  const { succeeded, failed, cancelled, cost, text } = outcomes;
  return joinValue(
    { version: wireVersion, job_id: jobId, first_line: firstLine, count, succeeded, failed, cancelled, cost },
    text,
  );
}

function joinValue(head: object, text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), text]);
}

export function readRequest(value: Uint8Array | null | undefined): ReadRequest | Refusal {
  return refuseInsteadOfThrow(() => {
    const { head, text } = splitValue(value, requestTextBytesMax);
    const range = readRange(head);
    const replyPartition = head['reply_partition'];
    checkLines(text, range.count);
    return {
      kind: 'read',
      message: {
        ...range,
        mode: readPattern(head, 'mode', modePattern),
        precision: readInteger(head, 'precision', 1, precisionMax),
        attempt: readInteger(head, 'attempt', 1, attemptMax),
        costMax: readInteger(head, 'cost_max', 0, Number.MAX_SAFE_INTEGER),
        faults: readFaults(head, range),
        text: copyOf(text),
      },
      replyPartition: replyPartition === undefined ? undefined : readInteger(head, 'reply_partition', 0, partitionMax),
    };
  });
}

export function readResponse(value: Uint8Array | null | undefined): ReadResponse | Refusal {
  return refuseInsteadOfThrow(() => {
    const { head, text } = splitValue(value, responseTextBytesMax);
    const range = readRange(head);
    const { count } = range;
    const succeeded = readInteger(head, 'succeeded', 0, count);
    const failed = readInteger(head, 'failed', 0, count);
    const cancelled = readInteger(head, 'cancelled', 0, count);
    const cost = readInteger(head, 'cost', 0, Number.MAX_SAFE_INTEGER);
    if (succeeded + failed + cancelled !== count) refuse('field', 'the outcomes do not add up to count');
    if (cancelled === 0) checkLines(text, count);
    else if (cancelled !== count) refuse('field', 'cancelled is neither 0 nor count');
    else if (text.length > 0) refuse('text', 'a cancelled chunk has a text');
    return {
      kind: 'read',
      message: { ...range, outcomes: { succeeded, failed, cancelled, cost, text: copyOf(text) } },
    };
  });
}

/** Thrown and caught in this file only. */
class WireRefusal extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

function refuse(reason: RefusalReason, detail: string): never {
  throw new WireRefusal({ kind: 'refused', reason, detail });
}

function refuseInsteadOfThrow<Read>(read: () => Read): Read | Refusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireRefusal) return error.refusal;
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
  if (head['version'] !== wireVersion) {
    const version = head['version'];
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
  if (typeof value !== 'string' || !pattern.test(value)) refuse('field', `${field} does not have its form`);
  return value;
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

/** A value is a view of the whole fetched batch: a view of it would keep the batch, and could not be transferred. */
function copyOf(text: Uint8Array): Uint8Array {
  return new Uint8Array(text);
}
