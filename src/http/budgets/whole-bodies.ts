import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Holder, Lease } from './budget.ts';
import type { Budgets } from './budgets.ts';
import { leaseOf, takeUntilClosed } from './claims.ts';

/** Memory of a request in addition to the bytes of its body: its objects, and its response. */
const bytesPerRequest = 16 * 1024;
/** The first part of a growing reservation: most bodies are shorter and need no second one. */
const firstPartBytes = 64 * 1024;

/**
 * Reserves memory for a body that is held whole, until the response is closed; throws the problem when there is none. To
 * be called before the body is read. A body of unknown length is counted as the longest that is taken, `bytesMax`.
 */
export function reserveWholeBody(
  budgets: Budgets,
  request: FastifyRequest,
  reply: FastifyReply,
  bytesMax: number,
): void {
  const length = Number(request.headers['content-length'] ?? bytesMax);
  takeUntilClosed(budgets, 'bodies', bytesPerRequest + Math.min(length, bytesMax), request, reply);
}

/** Memory for a body that is held whole and whose length shows only while it is decoded. */
export interface GrowingReservation extends Lease {
  /** Makes room for so many bytes in all. Throws the problem when there is none; nothing is reserved then. */
  growTo(bytes: number): void;
}

/** Each part is twice as large as the one before, so that even single bytes cost few claims. */
export function createGrowingReservation({ bodies }: Budgets, holder: Holder, bytesMax: number): GrowingReservation {
  let reserved = 0;
  let lease: Lease | undefined;

  function release(): void {
    lease?.release();
    reserved = 0;
  }

  function growTo(bytes: number): void {
    if (bytes <= reserved) return;
    const wanted = Math.min(Math.max(bytes, 2 * reserved, firstPartBytes), bytesMax);
    // One larger part, not one more: an address can have a single part even beyond its share.
    release();
    lease = leaseOf(bodies.take(wanted, holder), 'bodies');
    reserved = wanted;
  }

  return { growTo, release };
}
