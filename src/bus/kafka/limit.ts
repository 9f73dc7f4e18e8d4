/** Thrown when a promise did not settle in time. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
  readonly code = 'timeout';
  readonly retryable = true;
}

/** Rejects when `promise` has not settled after `limitMs`. The work continues; its outcome is dropped. */
export async function limitTime<Value>(promise: Promise<Value>, limitMs: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new TimeLimitExceeded(`${what} took longer than ${limitMs} ms`)), limitMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
