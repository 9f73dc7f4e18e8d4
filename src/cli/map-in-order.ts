/**
 * Does `work` on up to `windowMax` items concurrently and returns the results in the order of the items. A result is given as
 * soon as it and all before it are there, whether or not more items have come: a slow source holds no result back.
 * When the source fails, what it gave before is finished first.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  windowMax: number,
): AsyncGenerator<Result, void, void> {
  const iterator = items[Symbol.asyncIterator]();
  const window: Promise<Result>[] = [];
  let isEnded = false;
  let failure: { readonly error: unknown } | undefined;
  let incoming: Promise<void> | undefined;

  async function takeItem(): Promise<void> {
    try {
      const next = await iterator.next();
      if (next.done === true) isEnded = true;
      else window.push(start(next.value));
    } catch (error) {
      failure = { error };
      isEnded = true;
    }
    incoming = undefined;
  }

  function start(item: Item): Promise<Result> {
    const result = work(item);
    // Results are awaited in order: without this, a failure behind the first result would count as unhandled.
    result.catch(() => undefined);
    return result;
  }

  try {
    while (!isEnded || window.length > 0) {
      if (!isEnded && window.length < windowMax) incoming ??= takeItem();
      const [head] = window;
      if (head === undefined) {
        await incoming;
      } else if (incoming === undefined || (await settlesFirst(head, incoming))) {
        yield await head;
        void window.shift();
      }
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    // Not awaited: the source may be waiting for input that never comes.
    iterator.return?.()?.catch(() => undefined);
  }
}

/** Whether `result` is there before `other`. */
async function settlesFirst(result: Promise<unknown>, other: Promise<void>): Promise<boolean> {
  return Promise.race([result.then(() => true), other.then(() => false)]);
}
