/**
 * The budget of connections. There may be thousands, and each new one must be decided immediately, so the idle ones are kept
 * in the order in which they became idle: where there is no room, the one that has been idle longest goes.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { BudgetOptions, RejectionReason } from './budget.ts';
import type { ClientAddresses } from './client-addresses.ts';

/** The connections of one address. */
interface Client {
  count: number;
  /** Those without a request in progress, the longest idle first. */
  readonly idle: Set<Socket>;
}

/** State of one connection. */
interface Owner {
  readonly address: string | undefined;
  readonly client: Client;
  /** Requests in progress: more than one when a client does not wait for responses. */
  requests: number;
}

export class ConnectionBudget {
  readonly max: number;
  readonly rejected: Record<RejectionReason, number> = { full: 0, share: 0, slow: 0 };
  readonly #share: number;
  readonly #addresses: ClientAddresses;
  readonly #clients = new Map<string | undefined, Client>();
  readonly #owners = new WeakMap<Socket, Owner>();
  readonly #idle = new Set<Socket>();
  #used = 0;

  constructor({ max, share }: BudgetOptions, addresses: ClientAddresses) {
    this.max = max;
    this.#share = Math.max(1, Math.floor(max * share));
    this.#addresses = addresses;
  }

  get used(): number {
    return this.#used;
  }

  /** Counts the connections of a server. Those beyond the budget are closed immediately. */
  limit(server: Server, onRejected: (reason: 'full' | 'share') => void): void {
    server.on('connection', (socket) => {
      const reason = this.#admit(socket);
      if (reason === undefined) return;
      this.rejected[reason] += 1;
      socket.destroy();
      onRejected(reason);
    });
    for (const event of ['request', 'checkContinue'] as const) {
      server.prependListener(event, ({ socket }, response) => {
        this.#noteRequests(socket, 1);
        response.once('close', () => this.#noteRequests(socket, -1));
      });
    }
  }

  #admit(socket: Socket): 'full' | 'share' | undefined {
    const address = this.#addresses.ofConnection(socket);
    const client = this.#clients.get(address) ?? { count: 0, idle: new Set() };
    if (address !== undefined && client.count >= this.#share && !this.#closeLongestIdle(client.idle)) return 'share';
    if (this.#used >= this.max && !this.#closeLongestIdle(this.#idle)) return 'full';
    this.#add(socket, address, client);
    return undefined;
  }

  #closeLongestIdle(idle: ReadonlySet<Socket>): boolean {
    const [socket] = idle;
    if (socket === undefined) return false;
    this.rejected.slow += 1;
    this.#remove(socket);
    socket.destroy();
    return true;
  }

  #add(socket: Socket, address: string | undefined, client: Client): void {
    this.#used += 1;
    client.count += 1;
    this.#clients.set(address, client);
    this.#owners.set(socket, { address, client, requests: 0 });
    this.#setIdle(socket, client, true);
    socket.once('close', () => this.#remove(socket));
  }

  #remove(socket: Socket): void {
    const owner = this.#owners.get(socket);
    if (owner === undefined) return;
    this.#setIdle(socket, owner.client, false);
    this.#owners.delete(socket);
    this.#used -= 1;
    owner.client.count -= 1;
    if (owner.client.count === 0) this.#clients.delete(owner.address);
  }

  #noteRequests(socket: Socket, change: 1 | -1): void {
    const owner = this.#owners.get(socket);
    if (owner === undefined) return;
    owner.requests += change;
    this.#setIdle(socket, owner.client, owner.requests === 0);
  }

  #setIdle(socket: Socket, client: Client, isIdle: boolean): void {
    for (const idle of [this.#idle, client.idle]) {
      idle.delete(socket);
      if (isIdle) idle.add(socket);
    }
  }
}
