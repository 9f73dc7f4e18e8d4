/**
 * A queue that shares time between jobs. Each job has an account of the time spent on it, and the next item is always one
 * of the job that was served least: with items of equal cost that is round-robin, and a job of costly items gets as much
 * time as one of cheap items, not more. Within a job the items keep an order of their own.
 */
export class FairQueue<Item extends object> {
  readonly #orderOf: (item: Item) => number;
  readonly #accounts = new Map<string, Account<Item>>();
  /** The service of the job served last when it was chosen: who comes new starts here, with no claim to the past. */
  #floor = 0;
  size = 0;

  /** `orderOf` gives the place of an item among those of its job. */
  constructor(orderOf: (item: Item) => number) {
    this.#orderOf = orderOf;
  }

  /** Adds an item, or puts back one that was taken and is not finished. */
  put(key: string, item: Item): void {
    const { items } = this.#account(key);
    const order = this.#orderOf(item);
    // Sought from the back, for items mostly come in order.
    items.splice(items.findLastIndex((other) => this.#orderOf(other) <= order) + 1, 0, item);
    this.size += 1;
  }

  /** The item that `take` would return. */
  peek(): Item | undefined {
    return this.#next()?.items[0];
  }

  take(): Item | undefined {
    const account = this.#next();
    if (account === undefined) return undefined;
    this.#floor = Math.max(this.#floor, account.service);
    this.size -= 1;
    return account.items.shift();
  }

  /** Adds to the time spent on a job: an estimate when an item is taken, and the difference when it is known better. */
  charge(key: string, serviceMs: number): void {
    const account = this.#accounts.get(key);
    if (account !== undefined) account.service += serviceMs;
  }

  clear(): void {
    this.#accounts.clear();
    this.#floor = 0;
    this.size = 0;
  }

  #account(key: string): Account<Item> {
    if (this.size === 0) this.#forgetAll();
    let account = this.#accounts.get(key);
    if (account === undefined) {
      this.#forgetIdle();
      account = { items: [], service: this.#floor };
      this.#accounts.set(key, account);
    }
    // A job that had nothing waiting does not save up its share.
    if (account.items.length === 0) account.service = Math.max(account.service, this.#floor);
    return account;
  }

  /** Nothing waits, so all jobs start equal again. */
  #forgetAll(): void {
    for (const { service } of this.#accounts.values()) this.#floor = Math.max(this.#floor, service);
    this.#accounts.clear();
  }

  /** Drops the jobs that have nothing waiting and would come back at the floor anyway. */
  #forgetIdle(): void {
    for (const [key, account] of this.#accounts) {
      if (account.items.length === 0 && account.service <= this.#floor) this.#accounts.delete(key);
    }
  }

  /** Among tens of jobs a scan is cheaper than keeping an order that each charge would change. */
  #next(): Account<Item> | undefined {
    let least: Account<Item> | undefined;
    for (const account of this.#accounts.values()) {
      if (account.items.length > 0 && (least === undefined || account.service < least.service)) least = account;
    }
    return least;
  }
}

interface Account<Item> {
  readonly items: Item[];
  /** Milliseconds. */
  service: number;
}
