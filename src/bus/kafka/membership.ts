/**
 * The partitions of a member of a consumer group, from one rebalance to the next. Pure.
 *
 * A rebalance has a generation. A member that took part in two generations in a row knows that a partition it has in
 * both had no other owner in between, so what it has in hand of it is still its own. After a gap (it was frozen, or
 * thrown out and let in again) it knows nothing.
 */
export interface Membership {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: ReadonlySet<number>;
  /** Partitions that the present stream of messages once had and lost: it may still hold old messages of them. */
  readonly lost: ReadonlySet<number>;
}

/**
 * `kept`: messages in flight of the partitions that remain stay valid. `broken`: everything in flight and fetched must
 * be dropped and read again from the committed offsets.
 */
export type MembershipChange = 'kept' | 'broken';

/** A new stream begins: nothing is lost yet. */
export function beginMembership(
  previous: Membership | undefined,
  memberId: string,
  generation: number,
  partitions: Iterable<number>,
): { readonly membership: Membership; readonly change: MembershipChange } {
  const membership = { memberId, generation, partitions: new Set(partitions), lost: new Set<number>() };
  return { membership, change: isNext(previous, memberId, generation) ? 'kept' : 'broken' };
}

/** A rebalance under a stream that continues. */
export function changeMembership(
  previous: Membership,
  memberId: string,
  generation: number,
  partitions: Iterable<number>,
): { readonly membership: Membership; readonly change: MembershipChange } {
  const assigned = new Set(partitions);
  const lost = new Set(previous.lost);
  for (const partition of previous.partitions) if (!assigned.has(partition)) lost.add(partition);
  const membership = { memberId, generation, partitions: assigned, lost };
  const isRegained = [...assigned].some((partition) => lost.has(partition));
  const isKept = isNext(previous, memberId, generation) && !isRegained;
  return { membership, change: isKept ? 'kept' : 'broken' };
}

function isNext(previous: Membership | undefined, memberId: string, generation: number): boolean {
  if (previous === undefined || previous.memberId !== memberId) return false;
  return generation === previous.generation || generation === previous.generation + 1;
}
