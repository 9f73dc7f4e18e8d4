/** Clients that do harm, and one that does not. All are on this machine; `address` is one of 127.0.0.0/8. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack } from './attack.ts';

/** Connections that are opened at the same time: more than the backlog of a server would be lost and tried again. */
const batch = 200;

/** Opens the connections of an attack and sends its bytes on each. */
export async function openMany({ port, address, connections, bytes, isReading = false }: Attack): Promise<void> {
  for (let opened = 0; opened < connections; opened += batch) {
    const length = Math.min(batch, connections - opened);
    await Promise.all(Array.from({ length }, () => open()));
  }

  async function open(): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: address });
    socket.on('error', () => {});
    if (isReading) socket.resume();
    else socket.pause();
    await once(socket, 'connect');
    if (bytes !== undefined) socket.write(bytes);
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly address: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One request on a connection of its own. */
export async function call(port: number, { method = 'GET', path, address, headers = {}, body }: Call): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', localAddress: address, method, path, headers, agent: false } as const;
    const outgoing = request(options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const milliseconds = performance.now() - startedAt;
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString(), milliseconds });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const textPlain = { 'content-type': 'text/plain' };

export async function submit(port: number, address: string, body: string | Uint8Array, headers = {}): Promise<Answer> {
  return call(port, { method: 'POST', path: '/api/jobs', address, headers: { ...textPlain, ...headers }, body });
}

/** Submits lines and returns the id of the job. */
export async function createJob(port: number, address: string, body: string): Promise<string> {
  const answer = await submit(port, address, body);
  if (answer.status !== 201) throw new Error(`rejected with ${answer.status}: ${answer.body}`);
  return (JSON.parse(answer.body) as { id: string }).id;
}

/** Resolves with the milliseconds until the job was seen completed. */
export async function awaitJob(port: number, address: string, id: string): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { body } = await call(port, { path: `/api/jobs/${id}?wait=60`, address });
    if ((JSON.parse(body) as { status: string }).status === 'Completed') return performance.now() - startedAt;
  }
}

/** Tries until `attempt` gives something; the limit of the test ends it. */
export async function eventually<Value>(attempt: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await attempt();
    if (value !== undefined) return value;
    await sleep(100);
  }
}
