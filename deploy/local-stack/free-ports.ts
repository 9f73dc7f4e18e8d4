/**
 * Finds ports for servers that must come back on the same port after a crash. They lie below the range from which the
 * system takes the ports of outgoing connections: one of those could otherwise sit on a server's port while it is down.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const portMin = 20_000;
const portMax = 30_000;
const attemptsMax = 200;

/** So many runs of `width` consecutive ports, each answered with its first. All are free at the moment of the answer. */
export async function findFreePorts(count: number, width = 1): Promise<number[]> {
  await using held = new AsyncDisposableStack();
  const taken = new Set<number>();
  const found: number[] = [];
  for (let attempt = 0; attempt < attemptsMax && found.length < count; attempt += 1) {
    const first = randomInt(portMin, portMax);
    const ports = Array.from({ length: width }, (_, index) => first + index);
    if (ports.some((port) => taken.has(port))) continue;
    const listeners = await Promise.all(ports.map(holdPort));
    for (const listener of listeners) if (listener !== undefined) held.use(listener);
    if (listeners.includes(undefined)) continue;
    for (const port of ports) taken.add(port);
    found.push(first);
  }
  if (found.length < count) throw new Error(`no ${count} free ports found`);
  return found;
}

export async function isPortFree(port: number): Promise<boolean> {
  const held = await holdPort(port);
  await held?.[Symbol.asyncDispose]();
  return held !== undefined;
}

/** Undefined when somebody has it. */
async function holdPort(port: number): Promise<AsyncDisposable | undefined> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
