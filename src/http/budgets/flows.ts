/**
 * Watches how fast clients send and read, and ends the exchanges of those that hold a place and hardly use it. The server
 * looks at what the sockets have moved once a second, so a byte costs nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerOnSocket } from '../broken-requests.ts';
import { isBodyAwaited } from '../exchanges.ts';
import { Problem } from '../problems.ts';
import { whenClosed } from '../when-closed.ts';
import type { Holder } from './budget.ts';
import type { ClientAddresses } from './client-addresses.ts';
import { RateMeter, type RateLimits } from './rate-meter.ts';

export interface FlowLimits {
  /** How often the server looks. */
  readonly sampleMs: number;
  readonly sending: RateLimits;
  readonly reading: RateLimits;
}

export interface Flows {
  /** Watches an exchange until its response is closed. */
  watch(request: IncomingMessage, response: ServerResponse): Holder;
}

export interface FlowDependencies {
  readonly addresses: ClientAddresses;
  /** Called for each exchange that was cut off because its client was below the minimum rate. */
  readonly onTooSlow: () => void;
}

export function createFlows({ addresses, onTooSlow }: FlowDependencies, limits: FlowLimits): Flows {
  const flows = new Set<Flow>();
  let timer: NodeJS.Timeout | undefined;
  let sampledAt = 0;

  function sample(): void {
    const now = performance.now();
    for (const flow of flows) {
      if (flow.sample(now - sampledAt)) continue;
      onTooSlow();
      flow.evict();
    }
    sampledAt = now;
  }

  function start(): void {
    sampledAt = performance.now();
    timer = setInterval(sample, limits.sampleMs);
    timer.unref();
  }

  function remove(flow: Flow): void {
    flows.delete(flow);
    if (flows.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    watch(request, response) {
      const flow = new Flow(request, response, addresses.ofRequest(request), limits);
      flows.add(flow);
      if (timer === undefined) start();
      whenClosed(response, () => remove(flow));
      return flow;
    },
  };
}

class Flow implements Holder {
  readonly address: string | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #sending: RateMeter;
  readonly #reading: RateMeter;
  #received: number;
  #delivered: number;

  constructor(request: IncomingMessage, response: ServerResponse, address: string | undefined, limits: FlowLimits) {
    this.address = address;
    this.#request = request;
    this.#response = response;
    this.#socket = request.socket;
    this.#sending = new RateMeter(limits.sending);
    this.#reading = new RateMeter(limits.reading);
    this.#received = this.#socket.bytesRead;
    this.#delivered = countDelivered(this.#socket);
  }

  get isSlow(): boolean {
    return this.#sending.isSlow || this.#reading.isSlow;
  }

  get rate(): number {
    return Math.min(this.#sending.rate, this.#reading.rate);
  }

  /** False: the client is below the minimum rate. */
  sample(passedMs: number): boolean {
    const received = this.#socket.bytesRead;
    const delivered = countDelivered(this.#socket);
    const isSending = this.#sending.note(received - this.#received, passedMs, isBodyAwaited(this.#request));
    const isWaiting = this.#socket.writableLength > 0;
    const isReading = this.#reading.note(delivered - this.#delivered, passedMs, isWaiting);
    if (!isWaiting) this.#reading.reset();
    if (this.#request.complete) this.#sending.reset();
    this.#received = received;
    this.#delivered = delivered;
    return isSending && isReading;
  }

  evict(): void {
    // A response that waits behind another one of the same connection must not be written into that one.
    const isNext = this.#response.socket !== null;
    if (this.#request.complete || !isNext) this.#socket.destroy();
    else answerOnSocket(this.#socket, new Problem('REQUEST_TIMEOUT'), this.#response.headersSent);
  }
}

/** Bytes that the socket has passed on to the system. */
function countDelivered(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
