/** Claims of requests on budgets: what has no room is rejected with a problem document. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../problems.ts';
import { whenClosed } from '../when-closed.ts';
import type { Claim, Holder, Lease } from './budget.ts';
import type { BudgetKind, Budgets } from './budgets.ts';

/** Seconds after which a client may try again: requests that are not slow end within moments. */
const retryAfterSeconds = '2';

type ClaimedKind = Exclude<BudgetKind, 'connections' | 'encoders'>;

/** How messages name the parts of a budget. */
const names = {
  uploads: 'uploads',
  downloads: 'downloads of results',
  followers: 'followers of jobs',
  decoders: 'compressed uploads',
  bodies: 'requests with a body',
  responses: 'responses that wait to be read',
} as const satisfies Record<ClaimedKind, string>;

/** The exchange that makes a claim. Those of Fastify are examples. */
interface ClaimingRequest {
  readonly raw: IncomingMessage;
}
interface ClaimingReply {
  readonly raw: ServerResponse;
}

export interface Place extends Lease {
  /** For further claims of the same exchange. */
  readonly holder: Holder;
}

/**
 * Takes a part of a budget until the response is closed, or throws the problem that rejects the request. The client is
 * watched from then on: below the minimum rate it is cut off, and where there is no room the slowest gives way.
 */
export function takeUntilClosed(
  budgets: Budgets,
  kind: ClaimedKind,
  amount: number,
  request: ClaimingRequest,
  reply: ClaimingReply,
): Place {
  const holder = budgets.flows.watch(request.raw, reply.raw);
  const lease = leaseOf(budgets[kind].take(amount, holder), kind);
  whenClosed(reply.raw, () => lease.release());
  return { holder, release: () => lease.release() };
}

/** Takes memory for a decoder, and waits a little for it: an upload is not rejected for what is over in a moment. */
export async function takeDecoderMemory({ decoders, limits }: Budgets, bytes: number, holder: Holder): Promise<Lease> {
  return leaseOf(await decoders.takeSoon(bytes, holder, limits.decoderWaitMs), 'decoders');
}

/**
 * Takes memory for an encoder until the response is closed. False: there is none, and the response is sent as it is. No
 * encoder gives way to another one: that would end a download of somebody who needs it for one who can do without.
 */
export function takeEncoderMemory(
  { encoders, addresses }: Budgets,
  bytes: number,
  request: ClaimingRequest,
  reply: ClaimingReply,
): boolean {
  const holder = { address: addresses.ofRequest(request.raw), isSlow: false, rate: Infinity, evict() {} };
  const claim = encoders.take(bytes, holder);
  if (claim.kind !== 'taken') return false;
  whenClosed(reply.raw, () => claim.lease.release());
  return true;
}

export function leaseOf(claim: Claim, kind: ClaimedKind): Lease {
  if (claim.kind === 'taken') return claim.lease;
  const headers = { 'retry-after': retryAfterSeconds };
  const name = names[kind];
  if (claim.kind === 'full') throw new Problem('TOO_BUSY', `The server has no room for more ${name}.`, headers);
  const detail = `Your address has as many ${name} as one address may have (ADDRESS_SHARE). Behind a proxy, see TRUSTED_PROXIES.`;
  throw new Problem('TOO_MANY_REQUESTS', detail, headers);
}
