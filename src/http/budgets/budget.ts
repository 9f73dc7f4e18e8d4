/**
 * A budget: something that all clients share and that must not run out, such as slots for uploads or bytes for decoders.
 * A request that needs a part of it takes a lease and gives it back. Three rules keep one client from holding all of it: an
 * address has a share, a holder whose client is slow gives way when there is no room, and what finds no room is rejected.
 */

/** `full`: all of it is in use. `share`: the address has its share. `slow`: the holder was too slow and was ended. */
export const rejectionReasons = ['full', 'share', 'slow'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** Who holds a lease. */
export interface Holder {
  /** The client as shares count it; undefined: no share applies. */
  readonly address: string | undefined;
  /** Whether its client is so slow that others go first. */
  readonly isSlow: boolean;
  /** Bytes per second that its client moves. Only compared between slow holders. */
  readonly rate: number;
  /** Ends the exchange of the holder, to make room. */
  evict(): void;
}

export interface Lease {
  /** Gives the part back. May be called again. */
  release(): void;
}

export type Claim = { readonly kind: 'taken'; readonly lease: Lease } | { readonly kind: 'full' | 'share' };

export interface BudgetOptions {
  /** How much there is: slots, or bytes. */
  readonly max: number;
  /** The part that one address may hold, above 0; 1: all of it. */
  readonly share: number;
}

interface Held {
  readonly amount: number;
  readonly holder: Holder;
}

interface Waiter extends Held {
  readonly settle: (claim: Claim) => void;
}

export class Budget {
  readonly max: number;
  readonly rejected: Record<RejectionReason, number> = { full: 0, share: 0, slow: 0 };
  readonly #share: number;
  readonly #held = new Set<Held>();
  readonly #usedBy = new Map<string, number>();
  readonly #waiting = new Set<Waiter>();
  #used = 0;

  constructor({ max, share }: BudgetOptions) {
    this.max = max;
    this.#share = max * share;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes `amount` now, from slow holders if need be, or returns why not. */
  take(amount: number, holder: Holder): Claim {
    const claim = this.#tryTake(amount, holder);
    if (claim.kind !== 'taken') this.rejected[claim.kind] += 1;
    return claim;
  }

  /** As `take`, but waits for up to `waitMs` until others have given back what is missing. */
  async takeSoon(amount: number, holder: Holder, waitMs: number): Promise<Claim> {
    const claim = this.#tryTake(amount, holder);
    return claim.kind === 'taken' ? claim : this.#wait({ amount, holder }, claim, waitMs);
  }

  #tryTake(amount: number, holder: Holder): Claim {
    for (;;) {
      const obstacle = this.#findObstacle(amount, holder.address);
      if (obstacle === undefined) return { kind: 'taken', lease: this.#hold({ amount, holder }) };
      const victim = this.#findSlowest(obstacle === 'share' ? holder.address : undefined);
      if (victim === undefined) return { kind: obstacle };
      this.rejected.slow += 1;
      this.#drop(victim);
      victim.holder.evict();
    }
  }

  #findObstacle(amount: number, address: string | undefined): 'full' | 'share' | undefined {
    const own = address === undefined ? 0 : (this.#usedBy.get(address) ?? 0);
    // A single part may be larger than the share: an address can always have one.
    if (own > 0 && own + amount > this.#share && this.#share < this.max) return 'share';
    return this.#used + amount > this.max ? 'full' : undefined;
  }

  #findSlowest(address: string | undefined): Held | undefined {
    let slowest: Held | undefined;
    for (const held of this.#held) {
      const { holder } = held;
      if (!holder.isSlow || (address !== undefined && holder.address !== address)) continue;
      if (slowest === undefined || holder.rate < slowest.holder.rate) slowest = held;
    }
    return slowest;
  }

  #hold(held: Held): Lease {
    this.#held.add(held);
    this.#count(held, held.amount);
    return {
      release: () => {
        if (this.#drop(held)) this.#serveWaiting();
      },
    };
  }

  #drop(held: Held): boolean {
    if (!this.#held.delete(held)) return false;
    this.#count(held, -held.amount);
    return true;
  }

  #count({ holder: { address } }: Held, amount: number): void {
    this.#used += amount;
    if (address === undefined) return;
    const own = (this.#usedBy.get(address) ?? 0) + amount;
    if (own === 0) this.#usedBy.delete(address);
    else this.#usedBy.set(address, own);
  }

  async #wait(wanted: Held, claim: Exclude<Claim, { kind: 'taken' }>, waitMs: number): Promise<Claim> {
    const settled = Promise.withResolvers<Claim>();
    const waiter: Waiter = { ...wanted, settle: settled.resolve };
    const timer = setTimeout(() => {
      this.rejected[claim.kind] += 1;
      settled.resolve(claim);
    }, waitMs);
    this.#waiting.add(waiter);
    try {
      return await settled.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    }
  }

  /** First come, first served; a request that does not fit lets others pass. */
  #serveWaiting(): void {
    for (const waiter of this.#waiting) {
      const claim = this.#tryTake(waiter.amount, waiter.holder);
      if (claim.kind !== 'taken') continue;
      this.#waiting.delete(waiter);
      waiter.settle(claim);
    }
  }
}
