/** The stream for followers of jobs: server-sent events (WHATWG HTML, section 9.2). */
import type { JobView } from '../engine/index.ts';
import type { JobEndBody } from './schemas/index.ts';
import { toJobBody } from './views.ts';

/** Time before a browser connects again, in milliseconds. */
const retryMs = 2_000;

/**
 * The id of the last event. A browser sends it as Last-Event-ID when it connects again, which it does after every end of
 * a stream; only the response 204 stops it. Other events have no id.
 */
export const endEventId = 'end';

/** The first lines of a stream. */
export const streamStart: Uint8Array = Buffer.from(`retry: ${retryMs}\n\n`);
/** A comment, which clients pass over. */
export const ping: Uint8Array = Buffer.from(': ping\n\n');

export function writeProgress(job: JobView): Uint8Array {
  return Buffer.from(`event: progress\ndata: ${JSON.stringify(toJobBody(job))}\n\n`);
}

export function writeEnd(reason: JobEndBody['reason']): Uint8Array {
  const body: JobEndBody = { reason };
  return Buffer.from(`id: ${endEventId}\nevent: end\ndata: ${JSON.stringify(body)}\n\n`);
}
