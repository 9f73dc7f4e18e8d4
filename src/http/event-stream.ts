import type { JobView } from '../engine/index.ts';
import { isFinished } from '../jobs/index.ts';
import { toJobBody } from './views.ts';

/** Proxies close connections that say nothing for long, often after 60 s, some after 30 s. */
const pingMs = 15_000;
/** What a browser waits before it connects again. */
const retryMs = 2_000;

/** Server-sent events (WHATWG HTML, section 9.2) for a job, until `views` ends. */
export async function* renderEvents(
  views: AsyncIterable<JobView>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const iterator = views[Symbol.asyncIterator]();
  const pings = createPings();
  try {
    yield `retry: ${retryMs}\n\n`;
    let last: JobView | undefined;
    let coming = iterator.next();
    for (;;) {
      // When the client leaves at a ping, nobody waits for this one any more.
      coming.catch(() => {});
      const event = await Promise.race([coming, pings.next()]);
      if (event === 'ping') {
        yield ': ping\n\n';
        continue;
      }
      if (event.done === true) break;
      last = event.value;
      yield `event: progress\ndata: ${JSON.stringify(toJobBody(last))}\n\n`;
      coming = iterator.next();
    }
    if (last !== undefined && isFinished(last.status)) yield 'event: end\ndata: {"reason":"finished"}\n\n';
    else if (!signal.aborted) yield 'event: end\ndata: {"reason":"deleted"}\n\n';
  } finally {
    pings.stop();
    await iterator.return?.();
  }
}

/** `next` resolves `pingMs` after the last call of it. */
function createPings() {
  let timer: NodeJS.Timeout | undefined;
  return {
    async next(): Promise<'ping'> {
      clearTimeout(timer);
      return new Promise((resolve) => {
        timer = setTimeout(resolve, pingMs, 'ping');
        timer.unref();
      });
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
