/** Server-sent events of a job (docs/api.md, "Following a job"), as they come over one connection. */
import { readLines } from './read-lines.ts';
import type { Job } from './types.ts';

export type JobEvent =
  | { readonly event: 'progress'; readonly job: Job }
  | { readonly event: 'end'; readonly reason: 'finished' | 'deleted' };

/** Ends when the connection does; only after an `end` event that is the end. */
export async function* readJobEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<JobEvent, void, void> {
  let event = '';
  let data = '';
  for await (const lines of readLines(body)) {
    for (const line of lines) {
      if (line.startsWith('event: ')) event = line.slice('event: '.length);
      else if (line.startsWith('data: ')) data += line.slice('data: '.length);
      else if (line === '' && data !== '') {
        yield toEvent(event, JSON.parse(data));
        data = '';
      }
    }
  }
}

function toEvent(event: string, data: unknown): JobEvent {
  if (event === 'end') return { event, reason: (data as { readonly reason: 'finished' | 'deleted' }).reason };
  return { event: 'progress', job: data as Job };
}
