/**
 * The wire format of the reports of server-applications, on the response topic:
 *
 *   {"version":1,"job_id":"00000000-0000-0000-0000-000000000000","first_line":1,"count":1,"succeeded":0,"failed":0,
 *    "cancelled":1,"cost":0,"instance":{…}} LF
 *
 * To an instance that knows no reports this is the tombstone of a chunk of a job that never existed: it finds no such job
 * and drops it. So instances of both versions may read the topic in any order of an upgrade, and nothing is sent to the dead-letter topic as a
 * dead letter.
 */
import { isUtf8 } from 'node:buffer';
import { readInstanceReport, type InstanceReport } from '../../engine/index.ts';

const noJob = {
  version: 1,
  job_id: '00000000-0000-0000-0000-000000000000',
  first_line: 1,
  count: 1,
  succeeded: 0,
  failed: 0,
  cancelled: 1,
  cost: 0,
} as const;

/** A report is distinguished from other messages by its first bytes, so that these are not parsed twice. */
const prefix = Buffer.from(`${JSON.stringify(noJob).slice(0, -1)},"instance":`);
/** A report has some hundred bytes. */
const reportBytesMax = 64 * 1024;

export function writeReport(report: InstanceReport): Buffer {
  return Buffer.from(`${JSON.stringify({ ...noJob, instance: report })}\n`);
}

/** Undefined: the message is no report, whatever else it is. Never throws. */
export function readReport(value: Uint8Array | null | undefined): InstanceReport | undefined {
  if (value === null || value === undefined) return undefined;
  if (value.length < prefix.length || value.length > reportBytesMax) return undefined;
  if (prefix.compare(value, 0, prefix.length) !== 0 || !isUtf8(value)) return undefined;
  try {
    return readInstanceReport((JSON.parse(new TextDecoder().decode(value)) as { instance?: unknown }).instance);
  } catch {
    return undefined;
  }
}
