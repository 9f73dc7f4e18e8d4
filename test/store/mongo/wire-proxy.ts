/**
 * A proxy before a MongoDB server that does what networks and fail-overs do: loses requests, loses replies of what was
 * carried out, answers in the server's place, resets connections, or falls silent. It reads the wire protocol only as far
 * as to know which command a message is (OP_MSG: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/).
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { BSON } from 'mongodb';

const headerBytes = 16;
const opMessage = 2013;
/** Header, flags, kind of section, length of the document, type of its first field: then comes that field's name. */
const commandOffset = headerBytes + 4 + 1 + 4 + 1;

export type InjectedFault =
  /** The connection breaks before the server has seen the command. */
  | { readonly kind: 'request-lost' }
  /** The server carries the command out, and the connection breaks before its answer. */
  | { readonly kind: 'reply-lost' }
  /** The server does not see the command; this is the answer. */
  | { readonly kind: 'refused'; readonly reply: object }
  /** The server carries the command out; this is the answer. */
  | { readonly kind: 'reply-replaced'; readonly reply: object };

interface Plan {
  readonly command: string;
  readonly fault: InjectedFault;
  /** Commands that pass before the first fault. */
  passing: number;
  left: number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** The fault of the reply that is awaited. */
  pending: { readonly fault: InjectedFault; readonly requestId: number } | undefined;
}

export interface WireProxy {
  readonly port: number;
  /** Lets the next `times` commands of that name have a fault, after `passing` that have none. */
  plan(command: string, fault: InjectedFault, times: number, passing?: number): void;
  /** Mishaps that were planned and have not happened; forgets them. */
  takeLeftPlans(): number;
  /** Breaks every connection. */
  resetAll(): void;
  /** Passes nothing on, on old and new connections, until `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

export async function startWireProxy(targetPort: number): Promise<WireProxy> {
  const pairs = new Set<Pair>();
  let plans: Plan[] = [];
  let isHeld = false;

  const listener = createServer((client) => {
    const pair: Pair = { client, server: connect(targetPort, '127.0.0.1'), pending: undefined };
    pairs.add(pair);
    for (const socket of [pair.client, pair.server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => end(pair));
      if (isHeld) socket.pause();
    }
    let received = Buffer.alloc(0);
    pair.client.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= headerBytes && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0));
        received = received.subarray(message.length);
        passOn(pair, message);
      }
    });
    pair.server.on('data', (bytes) => answer(pair, bytes));
  });

  function passOn(pair: Pair, message: Buffer): void {
    const fault = takeFault(message);
    if (fault?.kind === 'request-lost') return end(pair);
    const requestId = message.readInt32LE(4);
    if (fault?.kind === 'refused') {
      pair.client.write(toReply(requestId, fault.reply));
      return;
    }
    if (fault !== undefined) pair.pending = { fault, requestId };
    pair.server.write(message);
  }

  function answer(pair: Pair, bytes: Buffer): void {
    const { pending } = pair;
    if (pending === undefined) {
      pair.client.write(bytes);
      return;
    }
    pair.pending = undefined;
    if (pending.fault.kind === 'reply-replaced') pair.client.write(toReply(pending.requestId, pending.fault.reply));
    else end(pair);
  }

  function takeFault(message: Buffer): InjectedFault | undefined {
    const command = commandOf(message);
    const plan = plans.find((each) => each.command === command && each.left > 0);
    if (plan === undefined) return undefined;
    if (plan.passing > 0) {
      plan.passing -= 1;
      return undefined;
    }
    plan.left -= 1;
    return plan.fault;
  }

  function end(pair: Pair): void {
    pairs.delete(pair);
    for (const socket of [pair.client, pair.server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  function setHeld(held: boolean): void {
    isHeld = held;
    for (const socket of [...pairs].flatMap(({ client, server }) => [client, server])) {
      if (held) socket.pause();
      else socket.resume();
    }
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    plan: (command, fault, times, passing = 0) => void plans.push({ command, fault, passing, left: times }),
    takeLeftPlans() {
      const left = plans.reduce((sum, plan) => sum + plan.left, 0);
      plans = [];
      return left;
    },
    resetAll: () => [...pairs].forEach(end),
    hold: () => setHeld(true),
    release: () => setHeld(false),
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const pair of pairs) end(pair);
      await closed;
    },
  };
}

function commandOf(message: Buffer): string | undefined {
  if (message.readInt32LE(12) !== opMessage) return undefined;
  return message.toString('latin1', commandOffset, message.indexOf(0, commandOffset));
}

function toReply(requestId: number, document: object): Buffer {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(headerBytes + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(opMessage, 12);
  return Buffer.concat([head, body]);
}
