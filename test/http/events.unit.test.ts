import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openServer, waitFor } from './open-api.ts';

interface Event {
  readonly id?: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

async function* readEvents(response: Response): AsyncGenerator<Event, void, void> {
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, id, type, data] = /^(?:id: (.*)\n)?event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (type === undefined || data === undefined) continue;
      yield { ...(id === undefined ? {} : { id }), type, data: JSON.parse(data) as Record<string, unknown> };
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
    assert.deepEqual(events.at(-1), { id: 'end', type: 'end', data: { reason: 'finished' } });
    assert.ok(events.slice(0, -1).every(({ id, type }) => id === undefined && type === 'progress'));
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
    assert.deepEqual(events.at(-1), { id: 'end', type: 'end', data: { reason: 'deleted' } });
  });

  test('a browser that comes back after the end is told to stop, and one that was cut off goes on', async (context) => {
    const { url, engine } = await openServer(context);
    const id = await post(url, '1\n');
    await waitFor(engine, id);
    const comeBack = async (lastEventId: string) =>
      fetch(`${url}/api/jobs/${id}/events`, { headers: { 'last-event-id': lastEventId } });
    const [end] = (await Array.fromAsync(readEvents(await comeBack('')))).slice(-1);
    const stopped = await comeBack(end?.id ?? '');
    assert.equal(stopped.status, 204);
    assert.equal(await stopped.text(), '');
    const resumed = await comeBack('another');
    assert.equal(resumed.status, 200);
    await resumed.body?.cancel();
    await engine.deleteJob(id);
    assert.equal((await comeBack(end?.id ?? '')).status, 204);
  });

  test('a job is watched once, until the last client has left', async (context) => {
    const watching = new Set<AbortSignal>();
    const left = Promise.withResolvers<void>();
    const { url, gate, ...parts } = await openServer(context, {
      service: {
        async watchJob(jobId, intervalMs, signal) {
          watching.add(signal);
          signal.addEventListener('abort', () => left.resolve());
          return parts.engine.watchJob(jobId, intervalMs, signal);
        },
      },
    });
    gate.close();
    const id = await post(url, '1\n');
    const leavers = Array.from({ length: 51 }, () => new AbortController());
    const responses = await Promise.all(
      leavers.map(async ({ signal }) => fetch(`${url}/api/jobs/${id}/events`, { signal })),
    );
    for (const { body } of responses) await body?.getReader().read();
    assert.equal(watching.size, 1);
    for (const leaver of leavers) leaver.abort();
    await left.promise;
    gate.open();
    const events = await Array.fromAsync(readEvents(await fetch(`${url}/api/jobs/${id}/events`)));
    assert.deepEqual(events.at(-1), { id: 'end', type: 'end', data: { reason: 'finished' } });
    assert.equal(watching.size, 2);
  });

  test('a client that leaves does not end the events of others', async (context) => {
    const { url, gate } = await openServer(context);
    gate.close();
    const id = await post(url, '1\n');
    const leaver = new AbortController();
    const first = await fetch(`${url}/api/jobs/${id}/events`, { signal: leaver.signal });
    const others = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/api/jobs/${id}/events`)));
    await first.body?.getReader().read();
    leaver.abort();
    gate.open();
    for (const other of others) {
      const events = await Array.fromAsync(readEvents(other));
      assert.deepEqual(events.at(-1), { id: 'end', type: 'end', data: { reason: 'finished' } });
    }
  });

  test('a stop ends the events without a last one, so that clients come back', async (context) => {
    const { url, server, gate } = await openServer(context);
    gate.close();
    const id = await post(url, '1\n');
    const response = await fetch(`${url}/api/jobs/${id}/events`);
    const events = readEvents(response);
    assert.equal((await events.next()).value?.type, 'progress');
    const stopped = server.stop();
    assert.equal((await events.next()).done, true);
    await stopped;
  });
});
