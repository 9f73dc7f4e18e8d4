import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openServer, waitFor } from './open-api.ts';

interface Event {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

async function* readEvents(response: Response): AsyncGenerator<Event, void, void> {
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, type, data] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (type !== undefined && data !== undefined) yield { type, data: JSON.parse(data) as Record<string, unknown> };
    }
  }
  assert.equal(text, '');
}

async function post(url: string, body: string): Promise<string> {
  const response = await fetch(`${url}/api/jobs`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  return ((await response.json()) as { id: string }).id;
}

suite('events', () => {
  test('progress, then the end', async (context) => {
    const { url, engine, gate } = await openServer(context);
    gate.close();
    gate.allow(1);
    const id = await post(url, '1\n'.repeat(600));
    await waitFor(engine, id, 512);
    const response = await fetch(`${url}/api/jobs/${id}/events`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const events: Event[] = [];
    for await (const event of readEvents(response)) {
      events.push(event);
      gate.open();
    }
    assert.deepEqual([events[0]?.type, events[0]?.data['id'], events[0]?.data['completed']], ['progress', id, 512]);
    assert.deepEqual(events.at(-1), { type: 'end', data: { reason: 'finished' } });
    const last = events.at(-2);
    assert.deepEqual([last?.data['completed'], last?.data['status']], [600, 'Completed']);
    const counts = events.slice(0, -1).map(({ data }) => Number(data['completed']));
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
  });

  test('a finished job ends at once', async (context) => {
    const { url, engine } = await openServer(context);
    const id = await post(url, '1\n');
    await waitFor(engine, id);
    const events = await Array.fromAsync(readEvents(await fetch(`${url}/api/jobs/${id}/events`)));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['progress', 'end'],
    );
  });

  test('a job that is deleted ends the events', async (context) => {
    const { url, engine, gate } = await openServer(context);
    gate.close();
    const id = await post(url, '1\n');
    const events: Event[] = [];
    for await (const event of readEvents(await fetch(`${url}/api/jobs/${id}/events`))) {
      events.push(event);
      await engine.deleteJob(id);
    }
    assert.deepEqual(events.at(-1), { type: 'end', data: { reason: 'deleted' } });
  });

  test('a client that leaves ends the watching; others go on', async (context) => {
    const watching = new Set<AbortSignal>();
    const left = Promise.withResolvers<void>();
    const { url, gate, ...parts } = await openServer(context, {
      service: {
        async watchJob(jobId, intervalMs, signal) {
          watching.add(signal);
          signal.addEventListener('abort', () => {
            watching.delete(signal);
            left.resolve();
          });
          return parts.engine.watchJob(jobId, intervalMs, signal);
        },
      },
    });
    gate.close();
    const id = await post(url, '1\n');
    const leaver = new AbortController();
    const first = await fetch(`${url}/api/jobs/${id}/events`, { signal: leaver.signal });
    const others = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/api/jobs/${id}/events`)));
    assert.equal(watching.size, 51);
    await first.body?.getReader().read();
    leaver.abort();
    await left.promise;
    assert.equal(watching.size, 50);
    gate.open();
    for (const other of others) {
      const events = await Array.fromAsync(readEvents(other));
      assert.deepEqual(events.at(-1), { type: 'end', data: { reason: 'finished' } });
    }
  });
});
